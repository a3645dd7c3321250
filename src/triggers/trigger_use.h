#ifndef TRIGGER_USE_H
#define TRIGGER_USE_H

#include "postgres.h"

#include "base/compat.h"
#include "commands/trigger.h"
#include "utils/rel.h"

/* A column that a trigger needs. */
typedef struct TriggerColumn
{
	const char *name;
	Oid type;
	bool optional; /* where none is of that name and type its index is the one past the last … */
	int since;	   /* … and where the schema was made before that version; 0: all have it */
} TriggerColumn;

/* When a trigger fires: the timings … */
#define BEFORE_ROW (TRIGGER_EVENT_BEFORE | TRIGGER_EVENT_ROW)
#define AFTER_ROW (TRIGGER_EVENT_AFTER | TRIGGER_EVENT_ROW)
#define BEFORE_STATEMENT TRIGGER_EVENT_BEFORE
#define AFTER_STATEMENT TRIGGER_EVENT_AFTER

/* … and the events, each a bit. */
#define ON(event) (1 << ((event) &TRIGGER_EVENT_OPMASK))
#define ON_INSERT ON(TRIGGER_EVENT_INSERT)
#define ON_UPDATE ON(TRIGGER_EVENT_UPDATE)
#define ON_DELETE ON(TRIGGER_EVENT_DELETE)
#define ON_TRUNCATE ON(TRIGGER_EVENT_TRUNCATE)
#define ON_WRITE (ON_INSERT | ON_UPDATE | ON_DELETE)

/* How create_crm makes a trigger of a function. */
typedef struct TriggerUse
{
	const char *function;
	TriggerEvent timing;
	int events;
	const TriggerColumn *columns; /* what the function needs of the table */
	int count;
} TriggerUse;

extern TriggerData *trigger_data(FunctionCallInfo fcinfo, const TriggerUse *use);
pg_noreturn extern void refuse_trigger(const char *function);
pg_noreturn extern void refuse_null(Relation rel, int index);
extern void find_columns(Relation rel, const TriggerColumn *columns, int count, int *indexes);
extern TupleTableSlot *read_rows(Relation rel, Tuplestorestate *rows);

#endif
