#ifndef MATCHES_QUERY_H
#define MATCHES_QUERY_H

#include "postgres.h"

#include "nodes/params.h"
#include "nodes/parsenodes.h"

extern Query *replace_calls(Query *query, ParamListInfo params, int *work, bool *left);

#endif
