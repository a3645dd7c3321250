#ifndef CHOICE_H
#define CHOICE_H

#include "postgres.h"

#include "commands/trigger.h"
#include "nodes/pg_list.h"

/* The stage of the row that takes them. */
typedef struct StageOfRow
{
	const char *kind;
	Datum id; /* 0: none */
} StageOfRow;

/* Changed values, to be looked up among the choices of their fields. */
extern List *choose_text(List *chosen, const char *field, const char *value);
extern List *choose_elements(List *chosen, const char *field, Datum array, Datum old_array);
extern void check_choices(TriggerData *trigger, List *chosen, const StageOfRow *stage);

#endif
