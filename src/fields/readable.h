#ifndef READABLE_H
#define READABLE_H

#include "postgres.h"

#include "fields/from.h"

extern List *readable_fields(const FromClause *from, List *names);

#endif
