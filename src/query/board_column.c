/* Which rows the columns of a board show, as conditions. */
#include "postgres.h"

#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "fields/hidden_rows.h"
#include "query/stages.h"
#include "settings/tenant.h"
#include "utils/builtins.h"

/* Append the condition that the row is in the stage of one of some columns. */
static void
append_stages(StringInfo sql, const Selection *selection, const Field *stage, List *columns)
{
	List *ids = NIL;
	ListCell *cell;

	foreach (cell, columns)
		ids = lappend(ids, ((BoardColumn *) lfirst(cell))->stage);
	appendStringInfoString(sql, stage->sql);
	append_operator(sql, field_equality(stage));
	appendStringInfoString(sql, "ANY (");
	append_values(sql, selection->from->params, ids, stage->type);
	appendStringInfoChar(sql, ')');
}

/* Append the condition that a field has a value, or is NULL. */
static void
append_column_key(StringInfo sql, const Selection *selection, const char *name, const char *value)
{
	Field *field = need_field(selection->from, name);

	if (value == NULL)
		appendStringInfo(sql, "%s IS NULL", field->sql);
	else
		append_comparison(sql, selection->from, field, field_equality(field), value);
}

/* Those of some columns that are of a pipeline, for stages of a kind. */
static List *
columns_of_kind(List *columns, const char *pipeline, const char *kind)
{
	List *found = NIL;
	ListCell *cell;

	foreach (cell, columns)
	{
		BoardColumn *column = lfirst(cell);

		if (column->stage != NULL && strcmp(column->kind, kind) == 0 &&
			compare_texts(column->pipeline, pipeline) == 0)
			found = lappend(found, column);
	}
	return found;
}

/* The one of these that also shows rows of its kind whose stage is of another; NULL: none does. */
static const BoardColumn *
gathering_column(List *columns)
{
	const BoardColumn *first = NULL;
	ListCell *cell;

	foreach (cell, columns)
	{
		const BoardColumn *column = lfirst(cell);

		if (first == NULL || column->rank < first->rank)
			first = column;
	}
	return first;
}

/* Append to an expression: a row of a kind, on a condition, is in its own of some columns or else
 * in the one that gathers. */
static void
append_gathered(StringInfo sql, const Selection *selection, List *columns, const char *kind,
				const char *condition)
{
	Field *stage = need_field(selection->from, "stage_id");
	const BoardColumn *gathering = gathering_column(columns);

	appendStringInfo(sql, " WHEN %s%s THEN ", own_state_is(selection->from, kind), condition);
	if (gathering == NULL)
	{
		appendStringInfo(sql, "NULL");
		return;
	}
	appendStringInfoString(sql, "CASE WHEN ");
	append_stages(sql, selection, stage, columns);
	appendStringInfo(sql, " THEN %s ELSE ", stage->sql);
	append_value(sql, selection->from->params, gathering->stage, stage->type);
	appendStringInfoString(sql, " END");
}

/*
 * The stage whose column shows a row: the row's own, unless the row says itself that it is won or
 * lost and the stage doesn't.
 */
Field *
column_stage(const Selection *selection, const Stages *stages)
{
	static const char *const kinds[] = {"won", "lost"};
	Field *stage = need_field(selection->from, "stage_id");
	StringInfoData sql;
	ListCell *cell;

	if (!stages->own_state)
		return stage;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "CASE");
	foreach (cell, stages->columns)
	{
		const BoardColumn *column = lfirst(cell);
		StringInfoData of_pipeline;

		if (!stages->by_pipeline || column->stage != NULL || strcmp(column->kind, "none") != 0)
			continue;
		initStringInfo(&of_pipeline);
		appendStringInfoString(&of_pipeline, " AND ");
		append_column_key(&of_pipeline, selection, "pipeline_id", column->pipeline);
		for (int i = 0; i < lengthof(kinds); i++)
			append_gathered(&sql, selection,
							columns_of_kind(stages->columns, column->pipeline, kinds[i]), kinds[i],
							of_pipeline.data);
	}
	for (int i = 0; i < lengthof(kinds); i++)
		append_gathered(
			&sql, selection,
			columns_of_kind(stages->by_pipeline ? stages->shared : stages->columns, NULL, kinds[i]),
			kinds[i], "");
	appendStringInfo(&sql, " ELSE %s END", stage->sql);
	return make_field(stage->name, sql.data, stage->type);
}

/* The state of a row, where it is the row's own; NULL: its stage tells. */
Field *
column_state(const Selection *selection, const Stages *stages)
{
	return stages->own_state ? need_field(selection->from, "state") : NULL;
}

static void
append_since(Selection *selection, const char *since)
{
	StringInfo sql = &selection->conditions;
	Field *closing = need_field(selection->from, closing_column_name(selection->from->source));

	appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.>=) ", field_day(closing));
	append_value(sql, selection->from->params, since, DATEOID);
}

/* Those of some columns that show rows from a day on; NULL: rows of any. */
static List *
columns_since(List *columns, const char *since)
{
	List *found = NIL;
	ListCell *cell;

	foreach (cell, columns)
	{
		BoardColumn *column = lfirst(cell);

		if (column->stage != NULL && compare_texts(column->since, since) == 0)
			found = lappend(found, column);
	}
	return found;
}

/*
 * Whether a foreign key makes sure that no row has a stage that isn't one of the stages. Those that
 * row security hides, or that are another tenant's, are none.
 */
static bool
is_complete(const Selection *selection, const Stages *stages)
{
	Link *link = source_link(selection->from->source, "stage");

	return link != NULL && link->relid == stages->source->relid && link->enforced &&
		   !may_hide_of_tenant(link->relid) && !follows_tenant(link->relid);
}

/*
 * Limit a query over all columns to the rows that they show. Where a foreign key makes sure that
 * every stage is known, the condition is a list of what to take, which indexes can answer;
 * elsewhere it is a list of what to leave out, so that rows with a stray stage are not lost.
 */
void
append_day_limit(Selection *selection, const Stages *stages, const Field *stage)
{
	StringInfo sql = &selection->conditions;
	List *always = columns_since(stages->columns, NULL);
	List *limited = NIL;
	ListCell *cell;

	foreach (cell, stages->columns)
	{
		if (((BoardColumn *) lfirst(cell))->since != NULL)
			limited = lappend(limited, lfirst(cell));
	}
	if (limited == NIL)
		return;

	appendStringInfoString(sql, " AND (");
	if (stages->own_state)
		appendStringInfo(sql, "(%s) IS NOT TRUE OR ", own_state_is(selection->from, "won,lost"));
	appendStringInfo(sql, "%s IS NULL OR ", stage->sql);
	if (is_complete(selection, stages))
		append_stages(sql, selection, stage, always);
	else
	{
		appendStringInfoString(sql, "NOT (");
		append_stages(sql, selection, stage, limited);
		appendStringInfoChar(sql, ')');
	}
	while (limited != NIL)
	{
		const char *since = ((BoardColumn *) linitial(limited))->since;

		appendStringInfoString(sql, " OR (");
		append_stages(sql, selection, stage, columns_since(limited, since));
		append_since(selection, since);
		appendStringInfoChar(sql, ')');
		limited = list_difference_ptr(limited, columns_since(limited, since));
	}
	appendStringInfoChar(sql, ')');
}

/* Append the condition that the row is in a final column. */
void
append_in_final(StringInfo sql, Selection *selection, const Stages *stages)
{
	List *final_columns = NIL;
	ListCell *cell;

	if (stages->own_state)
	{
		appendStringInfoString(sql, own_state_is(selection->from, "won,lost"));
		return;
	}
	foreach (cell, stages->columns)
	{
		if (is_final(lfirst(cell)))
			final_columns = lappend(final_columns, lfirst(cell));
	}
	append_stages(sql, selection, need_field(selection->from, "stage_id"), final_columns);
}

/* Append: the row says itself that it is of the kind of a column, and is shown there. */
static void
append_own_state(Selection *selection, const Stages *stages, const BoardColumn *column)
{
	StringInfo sql = &selection->conditions;
	List *columns = columns_of_kind(stages->columns, column->pipeline, column->kind);
	const BoardColumn *gathering = gathering_column(columns);

	if (!is_final(column))
	{
		appendStringInfo(sql, " AND (%s) IS NOT TRUE AND ",
						 own_state_is(selection->from, "won,lost"));
		append_column_key(sql, selection, "stage_id", column->stage);
		return;
	}
	appendStringInfo(sql, " AND %s", own_state_is(selection->from, column->kind));
	if (gathering == NULL)
		return;
	appendStringInfoString(sql, " AND (");
	append_column_key(sql, selection, "stage_id", column->stage);
	if (column == gathering)
	{
		appendStringInfoString(sql, " OR (");
		append_stages(sql, selection, need_field(selection->from, "stage_id"), columns);
		appendStringInfoString(sql, ") IS NOT TRUE");
	}
	appendStringInfoChar(sql, ')');
}

/* Limit a query to the rows of one column. */
void
append_board_column(Selection *selection, const Stages *stages, const BoardColumn *column)
{
	StringInfo sql = &selection->conditions;

	if (stages->by_pipeline)
	{
		appendStringInfoString(sql, " AND ");
		append_column_key(sql, selection, "pipeline_id", column->pipeline);
	}
	if (stages->own_state)
		append_own_state(selection, stages, column);
	else
	{
		appendStringInfoString(sql, " AND ");
		append_column_key(sql, selection, "stage_id", column->stage);
	}
	if (column->since != NULL)
		append_since(selection, column->since);
}
