/* Choices: values that a row takes anew must be among those of their field. */
#include "postgres.h"

#include "triggers/choice.h"

#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "triggers/owner_query.h"
#include "triggers/stage.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* A changed value. What a row has it keeps, whatever becomes of the choice. */
typedef struct Chosen
{
	const char *field;
	const char *value;
} Chosen;

static const OwnerQuery any_choice = {
	.table = "choice",
	.sql = "SELECT true FROM %s WHERE {=}true LIMIT 1",
};

static const OwnerQuery any_choice_of_field = {
	.table = "choice",
	.sql = "SELECT true FROM %s WHERE {=}field OPERATOR(pg_catalog.=) $1 LIMIT 1",
	.nargs = 1,
	.args = {TEXTOID},
};

/*
 * The lock keeps the choice active, and of its kind, until the end of the transaction: a unique
 * constraint over them makes a change of one a change of the row's key.
 */
static const OwnerQuery choice_of_value = {
	.table = "choice",
	.sql = "SELECT active, stage_kind FROM %s WHERE {=}field OPERATOR(pg_catalog.=) $1 "
		   "AND value OPERATOR(pg_catalog.=) $2 FOR KEY SHARE",
	.nargs = 2,
	.args = {TEXTOID, TEXTOID},
	.nresults = 2,
	.results = {{BOOLOID}, {TEXTOID, NULLABLE}},
};

static const OwnerQuery active_values = {
	.table = "choice",
	.sql = "SELECT pg_catalog.array_agg(value ORDER BY value COLLATE pg_catalog.\"C\") AS value "
		   "FROM %s "
		   "WHERE {=}field OPERATOR(pg_catalog.=) $1 AND active "
		   "AND COALESCE(stage_kind OPERATOR(pg_catalog.=) $2, true)",
	.nargs = 2,
	.args = {TEXTOID, TEXTOID},
	.nresults = 1,
	.results = {{TEXTARRAYOID, NULLABLE}},
};

static const OwnerQuery choice_row = {
	.table = "choice",
	.sql = "SELECT FROM %s WHERE {=}field OPERATOR(pg_catalog.=) $1 "
		   "AND value OPERATOR(pg_catalog.=) $2",
	.nargs = 2,
	.args = {TEXTOID, TEXTOID},
};

static const Disclosure choice_disclosure =
	DISCLOSURE("choice", "field", TEXTOID, "value", "active", "stage_kind");

/* Add a value. */
List *
choose_text(List *chosen, const char *field, const char *value)
{
	Chosen *choice = palloc(sizeof(Chosen));

	choice->field = field;
	choice->value = value;
	return lappend(chosen, choice);
}

/* The strings of an array, of which NULLs are none. */
static List *
strings_of(Datum array)
{
	List *strings = NIL;
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			strings = lappend(strings, TextDatumGetCString(elements[i]));
	return strings;
}

/* Add the elements of an array that an old one, if there is any, has not. */
List *
choose_elements(List *chosen, const char *field, Datum array, Datum old_array)
{
	List *old = old_array == (Datum) 0 ? NIL : strings_of(old_array);
	ListCell *cell;

	foreach (cell, strings_of(array))
	{
		CHECK_FOR_INTERRUPTS();
		if (!has_string(old, lfirst(cell)))
			chosen = choose_text(chosen, field, lfirst(cell));
	}
	return chosen;
}

/*
 * Refuse a value, with the nearest instead: of the choices that the writer sees, for the stage that
 * a close reason is for where it is seen. A choice that is hidden is told like one that isn't
 * there.
 */
pg_noreturn static void
refuse_choice(TriggerData *trigger, const Chosen *chosen, const StageOfRow *stage, const char *code,
			  const char *problem)
{
	Datum args[2] = {CStringGetTextDatum(chosen->field), CStringGetTextDatum(chosen->value)};
	Datum of_kind[2] = {args[0], CStringGetTextDatum(stage->kind)};
	bool reads = may_read(trigger, &choice_disclosure) &&
				 (stage->id == (Datum) 0 || strcmp(chosen->field, "close_reason") != 0 ||
				  may_tell(trigger, &stage_disclosure, stage->id));
	bool told = reads && writer_count(trigger, &choice_row, args) > 0;
	Datum values;
	bool none;
	const char *nearest = NULL;

	if (reads && writer_query(trigger, &active_values, of_kind, &values, &none) && !none)
		nearest = nearest_name(chosen->value, strings_of(values));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 told ? errmsg("%s", problem)
				  : errmsg("\"%s\" is not a choice of %s", chosen->value, chosen->field),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest)
							 : errhint("Take one of the active rows of \"choice\" for this field."),
			 errtable(trigger->tg_relation), err_code(told ? code : "unknown_choice"),
			 err_field(chosen->field)));
}

/* A value must be an active choice of its field, and a close reason one for the kind of stage. */
static void
check_choice(TriggerData *trigger, const Chosen *chosen, const StageOfRow *stage)
{
	Datum args[2] = {CStringGetTextDatum(chosen->field), CStringGetTextDatum(chosen->value)};
	Datum values[2];
	bool nulls[2];
	char *kind;

	if (!owner_query(trigger, &choice_of_value, args, values, nulls))
	{
		if (!owner_query(trigger, &any_choice_of_field, args, NULL, NULL))
			return;
		refuse_choice(trigger, chosen, stage, "unknown_choice",
					  psprintf("\"%s\" is not a choice of %s", chosen->value, chosen->field));
	}
	if (!DatumGetBool(values[0]))
		refuse_choice(trigger, chosen, stage, "choice_inactive",
					  psprintf("choice \"%s\" of %s is not active", chosen->value, chosen->field));

	kind = nulls[1] ? NULL : TextDatumGetCString(values[1]);
	if (kind != NULL && strcmp(kind, stage->kind) != 0)
		refuse_choice(trigger, chosen, stage, "choice_of_another_kind",
					  psprintf("choice \"%s\" of %s is for stages of kind %s, not %s",
							   chosen->value, chosen->field, kind, stage->kind));
}

/* Changed values must be among the choices of their fields, where these have any. */
void
check_choices(TriggerData *trigger, List *chosen, const StageOfRow *stage)
{
	ListCell *cell;

	if (chosen == NIL || !owner_query(trigger, &any_choice, NULL, NULL, NULL))
		return;
	foreach (cell, chosen)
	{
		CHECK_FOR_INTERRUPTS();
		check_choice(trigger, lfirst(cell), stage);
	}
}
