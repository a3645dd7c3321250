#ifndef QUERY_PARAMS_H
#define QUERY_PARAMS_H

#include "postgres.h"

#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"
#include "utils/plancache.h"

/* The values that a query's text names $1, $2 and so on, so that the text is the same for all. */
typedef struct Params
{
	int count;
	int room;
	Oid *types;
	Datum *values;
} Params;

extern void append_datum(StringInfo sql, Params *params, Datum value, Oid type);
extern void append_value(StringInfo sql, Params *params, const char *value, Oid type);
extern void append_values(StringInfo sql, Params *params, List *values, Oid type);
extern ParamListInfo param_list(const Params *params);
extern CachedPlan *plan_params_query(SPIPlanPtr plan, const char *sql, const Params *params);
extern DestReceiver row_receiver(bool (*receive)(TupleTableSlot *row, DestReceiver *self));
extern void run_rewritten(Query *query, const char *sql, DestReceiver *receiver);
extern char *slot_text(const TupleTableSlot *slot, int column);
extern double query_cost(const char *sql, const Params *params);
extern void run_params_query(const char *sql, const Params *params, DestReceiver *receiver);

#endif
