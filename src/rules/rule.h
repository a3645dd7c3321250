#ifndef RULE_H
#define RULE_H

#include "postgres.h"

#include "base/compat.h"
#include "commands/trigger.h"
#include "utils/rel.h"

/* A column that a rule needs. */
typedef struct RuleColumn
{
	const char *name;
	Oid type;
	bool optional; /* where none is of that name and type its index is the one past the last */
} RuleColumn;

extern TriggerData *rule_trigger(FunctionCallInfo fcinfo, TriggerEvent timing, const char *name);
pg_noreturn extern void refuse_trigger(const char *name);
extern TupleTableSlot *read_rows(Relation rel, Tuplestorestate *rows);
extern void find_columns(Relation rel, const RuleColumn *columns, int count, int *indexes);

#endif
