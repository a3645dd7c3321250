#ifndef NOT_NULL_H
#define NOT_NULL_H

#include "postgres.h"

#include "utils/relcache.h"

extern bool never_null(Relation relation, AttrNumber column);

#endif
