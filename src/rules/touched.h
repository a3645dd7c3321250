#ifndef TOUCHED_H
#define TOUCHED_H

#include "postgres.h"

#include "commands/trigger.h"
#include "rules/owner_query.h"

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

extern TouchedList touched_rows(TriggerData *trigger, const char *column, const char *counts);
extern void touched_arrays(const TouchedList *touched, Datum *arrays);
extern void update_opportunities(TriggerData *trigger, const char *counts,
								 const OwnerQuery *update);

#endif
