#ifndef SETTLED_H
#define SETTLED_H

#include "postgres.h"

#include "nodes/params.h"
#include "nodes/parsenodes.h"

extern Node *settled_value(Node *expr, ParamListInfo params);
extern Query *settle_query(Query *query, ParamListInfo params);

#endif
