#ifndef TOUCHED_H
#define TOUCHED_H

#include "postgres.h"

#include "fmgr.h"
#include "rules/owner_query.h"
#include "rules/rule.h"

/* The columns that a trigger's use names of the rows of a statement. */
enum
{
	TOUCHED_PARENT, /* what a row belongs to */
	TOUCHED_COUNTS, /* where there is one: a row counts that has a value in it */
	TOUCHED_COLUMNS
};

/* What a row that a statement wrote belongs to. */
typedef struct Touched
{
	int64 id;
	char *tenant; /* NULL where there are none */
} Touched;

typedef struct TouchedList
{
	Touched *items;
	int count;
	int room;
} TouchedList;

extern TouchedList touched_rows(TriggerData *trigger, const TriggerUse *use);
extern void touched_arrays(const TouchedList *touched, Datum *arrays);
extern void update_opportunities(FunctionCallInfo fcinfo, const TriggerUse *use,
								 const OwnerQuery *update);

#endif
