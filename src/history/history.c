/* How opportunities stood between two days: the rows that are there, and the log. */
#include "postgres.h"

#include "history/history.h"

#include "access/relation.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query_params.h"
#include "base/sqltext.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fields/hidden_rows.h"
#include "history/history_log.h"
#include "history/history_rows.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "settings/tenant.h"
#include "triggers/change_log.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Into how many batches rows are divided at most: each reads the log once. */
#define MAX_BATCHES 1024

/* There is no history of a relation that is none of create_crm's, or not of a column. */
pg_noreturn static void
refuse_relation(const Source *source)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("changes of \"%s\" are not logged", source->name),
					errdetail("It is no table of opportunities that create_crm made."),
					errhint("Name the table opportunity of a CRM."), err_code("not_logged")));
}

/* Rows are divided no further, and some have more changes than memory is taken for. */
pg_noreturn static void
refuse_size(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("the history of opportunities takes too much memory"),
					errdetail("Changes that are read at once come to more than %d MB.",
							  MAX_HISTORY_BYTES / (1024 * 1024)),
					errhint("Ask for fewer days, or for fewer fields in by and in the selection."),
					err_code("history_too_large")));
}

/* Whether the log leaves a column out: its trigger names it, or it is generated. */
static bool
is_not_logged(Relation rel, const SourceColumn *column)
{
	/* a copy, as the table's own may be read anew while functions are looked up */
	const TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);

	if (TupleDescAttr(RelationGetDescr(rel), column->number - 1)->attgenerated)
		return true;
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (!is_log_function(trigger->tgfoid))
			continue;
		for (int j = 0; j < trigger->tgnargs; j++)
			if (strcmp(trigger->tgargs[j], column->name) == 0)
				return true;
	}
	return false;
}

static void
ask_for_column(History *history, const SourceColumn *column, bool as_now)
{
	HistoryColumn *added = &history->columns[history->count++];

	added->as_now = as_now;
	if (!as_now && is_not_logged(history->command->tg_relation, column))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("nobody knows what \"%s\" was", column->name),
						errdetail("Changes of this column are not logged."),
						errhint("Leave it out, and what is computed of it."),
						err_code("column_not_logged"), err_field(column->name)));
	added->column = column;
	get_typlenbyval(column->type, &added->length, &added->by_value);
}

/* Whether a list of names has one. */
static bool
is_wanted(List *names, const char *name)
{
	ListCell *cell;

	foreach (cell, names)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

/* Whether a column is what a row is known by, here and in history. */
static bool
is_row_key(const Source *source, const SourceColumn *column)
{
	return strcmp(column->name, "id") == 0 || column->number == tenant_column(source->relid);
}

/* The number of a column among those of a history; −1: it isn't among them. */
int
history_column(const History *history, const char *name)
{
	for (int i = 0; i < history->count; i++)
		if (strcmp(history->columns[i].column->name, name) == 0)
			return i;
	return -1;
}

/* A column of a table must be there, and of the type that its values are read as. */
void
need_type(const Source *source, const char *name, Oid type)
{
	const SourceColumn *column = source_column(source, name);

	if (column == NULL)
		refuse_relation(source);
	if (!IsBinaryCoercible(column->type, type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" of table \"%s\" must be of type %s, not %s", name,
							   source->name, format_type_be(type), format_type_be(column->type)),
						err_code("column_type"), err_field(name)));
}

/* The number of a column that is always there, of its type. */
static int
standard_column(const History *history, const char *name, Oid type)
{
	need_type(history->source, name, type);
	return history_column(history, name);
}

/*
 * Open the history of a table of opportunities: of some of its columns, of others as they are now,
 * or were last, and of those that it takes to follow them. Its lock is kept.
 */
History *
open_history(Source *source, List *names, List *as_now)
{
	History *history = palloc0(sizeof(History));
	ListCell *cell;

	if (!made_by_create_crm(source->relid))
		refuse_relation(source);
	names = list_concat(list_copy(names), list_make3("created_at", "closed_on", "stage_id"));
	history->source = source;
	history->command = palloc0(sizeof(TriggerData));
	history->command->tg_relation = relation_open(source->relid, NoLock);
	history->columns = palloc0(sizeof(HistoryColumn) * list_length(source->columns));
	foreach (cell, source->columns)
	{
		const SourceColumn *column = lfirst(cell);

		if (is_wanted(as_now, column->name))
			ask_for_column(history, column, true);
		else if (is_wanted(names, column->name) && !is_row_key(source, column))
			ask_for_column(history, column, false);
	}
	need_type(source, "id", INT8OID);
	history->created_at = standard_column(history, "created_at", TIMESTAMPTZOID);
	history->closed_on = standard_column(history, "closed_on", DATEOID);
	history->stage_id = standard_column(history, "stage_id", INT8OID);
	history->entered_at = history_column(history, "stage_entered_at");
	if (history->entered_at >= 0)
		need_type(source, "stage_entered_at", TIMESTAMPTZOID);
	/* whose a deleted row was, only its entry in the log says */
	history->with_deleted = !may_hide_of_tenant(source->relid) && !follows_tenant(source->relid);
	history->context = AllocSetContextCreate(CurrentMemoryContext, "opportunities: history",
											 ALLOCSET_DEFAULT_SIZES);
	history->row_context = AllocSetContextCreate(
		CurrentMemoryContext, "opportunities: history of a row", ALLOCSET_DEFAULT_SIZES);
	return history;
}

/* A row as it is now, in the current memory. */
static RowState *
present_state(const History *history, const TupleTableSlot *slot)
{
	RowState *state = make_state(history);

	for (int i = 0; i < history->count; i++)
	{
		const HistoryColumn *column = &history->columns[i];
		Datum value = slot->tts_values[i + 1];

		state->nulls[i] = slot->tts_isnull[i + 1];
		if (state->nulls[i])
			continue;
		if (column->length == -1)
			state->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		else
			state->values[i] = datumCopy(value, column->by_value, column->length);
	}
	return state;
}

/* What receives the rows that are there. */
typedef struct PresentReader
{
	DestReceiver pub;
	History *history;
} PresentReader;

/* Follow a row as it comes: what all of them hold may be more than what the log has of them. */
static bool
receive_present(TupleTableSlot *slot, DestReceiver *self)
{
	History *history = ((PresentReader *) self)->history;
	HistoryRow untouched = {0};
	HistoryRow *row;
	MemoryContext caller;

	slot_getallattrs(slot);
	untouched.id = DatumGetInt64(slot->tts_values[0]);
	if (!is_of_batch(history, untouched.id))
		return true;
	row = find_history_row(history, untouched.id);
	if (row == NULL)
		row = &untouched;
	caller = MemoryContextSwitchTo(history->row_context);
	row->present = present_state(history, slot);
	MemoryContextSwitchTo(caller);
	sort_entries(row);
	walk_back(history, row);
	row->followed = true;
	return true;
}

/* Follow rows from what they are now, as the caller sees them. */
static void
read_present(History *history, const char *where, const Params *params)
{
	PresentReader reader = {row_receiver(receive_present), history};
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT o.id");
	for (int i = 0; i < history->count; i++)
		appendStringInfo(&sql, ", %s", sql_column("o", history->columns[i].column->name));
	appendStringInfo(&sql, " FROM %s AS o WHERE %s", history->source->sql, where);
	append_tenant(&sql, history->source->relid, "o");
	run_params_query(sql.data, params, &reader.pub);
}

/*
 * Follow the rows of a batch that are there: all, or those that can have been open since the first
 * day. Whatever else the log has of one that was closed before counted by then.
 */
static void
follow_present(History *history)
{
	Params params = {0};
	StringInfoData unused;

	initStringInfo(&unused);
	if (!history->with_closed)
		append_datum(&unused, &params, DateADTGetDatum(history->first_day), DATEOID);
	read_present(history,
				 history->with_closed
					 ? "true"
					 : "(o.closed_on IS NULL OR o.closed_on OPERATOR(pg_catalog.>=) $1)",
				 &params);
}

/* Follow the rows of a batch, and then those that are there no more. */
static void
follow_batch(History *history)
{
	List *rows;
	ListCell *cell;

	follow_present(history);
	rows = all_rows(history);
	foreach (cell, rows)
	{
		HistoryRow *row = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (row->followed)
			continue;
		sort_entries(row);
		walk_back(history, row);
	}
	list_free(rows);
}

/* Tell the visitor of a history everything, a row at a time, each from now back to the first day.
 */
void
follow_history(History *history)
{
	find_known_from(history);
	read_final_stages(history);
	history->batches = 1;
	for (history->batch = 0; history->batch < history->batches; history->batch++)
	{
		make_rows(history);
		while (!read_log(history))
		{
			if (history->batches == MAX_BATCHES)
				refuse_size();
			history->batches *= 2;
			make_rows(history);
		}
		follow_batch(history);
	}
	MemoryContextDelete(history->context);
	MemoryContextDelete(history->row_context);
}
