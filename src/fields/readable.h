#ifndef READABLE_H
#define READABLE_H

#include "postgres.h"

#include "fields/from.h"

extern bool may_read_all(Source *source, List *names);
extern List *readable_fields(const FromClause *from, List *names);

#endif
