#ifndef STATEMENT_H
#define STATEMENT_H

#include "postgres.h"

#include "base/kept_plan.h"
#include "base/query_params.h"
#include "nodes/pg_list.h"

/* When a kept statement is planned. */
typedef enum PlanTiming
{
	PLAN_BY_INDEX,	/* once, by the indexes that it is written for: the table may be empty now */
	PLAN_ONCE,		/* once, for any values */
	PLAN_EACH_TIME, /* for the values given */
	PLAN_IN_TIME,	/* once, as soon as that turns out to cost no more than each time */
} PlanTiming;

extern KeptPlan *find_statement(const char *key);
extern KeptPlan *keep_statement(const char *key, const char *sql, int nargs, Oid *types,
								PlanTiming timing);
extern void run_statement(const KeptPlan *statement, Datum *args, const char *nulls);
extern void run_kept_query(const char *sql, const Params *params, PlanTiming timing,
						   DestReceiver *receiver);
extern void run_recent_query(const char *sql, const Params *params, PlanTiming timing,
							 DestReceiver *receiver);

#endif
