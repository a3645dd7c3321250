#include "postgres.h"
#include "fmgr.h"
PG_FUNCTION_INFO_V1(matches);
PG_FUNCTION_INFO_V1(matches_rules);
Datum matches(PG_FUNCTION_ARGS) { elog(ERROR, "run time"); }
Datum matches_rules(PG_FUNCTION_ARGS) { elog(ERROR, "run time"); }
