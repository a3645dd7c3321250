/* How a trigger function is called, and the columns that it needs. */
#include "postgres.h"

#include "triggers/trigger_use.h"

#include "base/errors.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "settings/crm_version.h"
#include "settings/test_database.h"
#include "triggers/owner_query.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(refuse_truncate);
PG_FUNCTION_INFO_V1(replan);

static const OwnerQuery any_row = {
	.sql = "SELECT true FROM %s LIMIT 1",
	.latest = true,
};

/* Refuse a call of a trigger function in a way that it isn't made for. */
void
refuse_trigger(const char *function)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("function \"%s\" works only as the trigger that create_crm makes", function),
			 err_code("trigger_misplaced")));
}

/* The trigger's data, checked against how create_crm makes the trigger. */
TriggerData *
trigger_data(FunctionCallInfo fcinfo, const TriggerUse *use)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		(trigger->tg_event & (TRIGGER_EVENT_ROW | TRIGGER_EVENT_TIMINGMASK)) != use->timing ||
		!(ON(trigger->tg_event) & use->events))
		refuse_trigger(use->function);
	return trigger;
}

/* A trigger needs a value that a row, in a table of another shape than ours, doesn't have. */
void
refuse_null(Relation rel, int index)
{
	const char *column = NameStr(TupleDescAttr(RelationGetDescr(rel), index)->attname);

	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("null value in column \"%s\" of relation \"%s\" violates not-null constraint",
					column, RelationGetRelationName(rel)),
			 errtable(rel), err_code("value_required"), err_field(column)));
}

/* Rewind a read pointer of our own on a transition table, and return a slot for its rows. */
TupleTableSlot *
read_rows(Relation rel, Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	return MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);
}

/* The column of a name, or NULL; the search begins at a place, and leaves it there. */
static Form_pg_attribute
find_column(TupleDesc desc, const char *name, int *at)
{
	for (int steps = 0; steps < desc->natts; steps++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, *at);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
		*at = (*at + 1) % desc->natts;
	}
	return NULL;
}

/*
 * Find columns by name, as indexes into a row's values. A search starts where the last one ended,
 * so that columns in the order of the table are found in one pass.
 */
void
find_columns(Relation rel, const TriggerColumn *columns, int count, int *indexes)
{
	TupleDesc desc = RelationGetDescr(rel);
	int at = 0;

	for (int i = 0; i < count; i++)
	{
		Form_pg_attribute att = find_column(desc, columns[i].name, &at);

		if (columns[i].optional &&
			(att == NULL || att->atttypid != columns[i].type ||
			 (columns[i].since > 0 &&
			  is_made_before(get_rel_namespace(home_table(rel)), columns[i].since))))
		{
			indexes[i] = desc->natts;
			continue;
		}
		if (att == NULL)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
							errmsg("table \"%s\" has no column \"%s\"",
								   RelationGetRelationName(rel), columns[i].name),
							errdetail("The triggers of the table need it."),
							err_code("column_missing"), err_field(columns[i].name)));
		if (att->atttypid != columns[i].type)
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("column \"%s\" of table \"%s\" must be of type %s, not %s",
								   columns[i].name, RelationGetRelationName(rel),
								   format_type_be(columns[i].type), format_type_be(att->atttypid)),
							err_code("column_type"), err_field(columns[i].name)));
		indexes[i] = at;
	}
}

/*
 * refuse_truncate() -> trigger: a table that holds rows is not truncated, but where nothing is to
 * be kept.
 */
Datum
refuse_truncate(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"refuse_truncate", BEFORE_STATEMENT, ON_TRUNCATE};
	TriggerData *trigger = trigger_data(fcinfo, &use);

	if (!is_test_database() && owner_query(trigger, &any_row, NULL, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" holds rows and cannot be truncated",
						RelationGetRelationName(trigger->tg_relation)),
				 errdetail("TRUNCATE would fire no trigger of a row."), errhint("Use DELETE."),
				 err_code("truncate_refused"), errtable(trigger->tg_relation)));
	PG_RETURN_POINTER(NULL);
}

/* replan() -> trigger: a write invalidates the plans that depend on the table, in every session. */
Datum
replan(PG_FUNCTION_ARGS)
{
	static const TriggerUse row_use = {"replan", AFTER_ROW, ON_WRITE};
	static const TriggerUse statement_use = {"replan", AFTER_STATEMENT, ON_WRITE | ON_TRUNCATE};
	bool row = CALLED_AS_TRIGGER(fcinfo) &&
			   TRIGGER_FIRED_FOR_ROW(((TriggerData *) fcinfo->context)->tg_event);
	TriggerData *trigger = trigger_data(fcinfo, row ? &row_use : &statement_use);

	CacheInvalidateRelcacheByRelid(home_table(trigger->tg_relation));
	PG_RETURN_POINTER(NULL);
}
