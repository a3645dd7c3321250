#include "postgres.h"

#include "base/errors.h"
#include "base/json.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "query/stages.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns that the stages of a board must have. */
static const char *const stage_needs[] = {"id", "name", "position", "kind"};

/* The first day that a final column shows, kept within the range of dates; NULL: it shows all. */
static const char *const first_day_shown =
	"(opportunities.business_date(pg_catalog.now()) OPERATOR(pg_catalog.-) "
	"CASE WHEN o.archive_after::pg_catalog.int4 OPERATOR(pg_catalog.<) 1000000 "
	"THEN o.archive_after::pg_catalog.int4 "
	"WHEN o.archive_after IS NOT NULL THEN 1000000 END)::pg_catalog.text";

/* Compare two texts, of which NULL is the least. */
int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static bool
same_text(const char *a, const char *b)
{
	return compare_texts(a, b) == 0;
}

/* Whether a column's rows are won or lost. */
bool
is_final(const BoardColumn *column)
{
	return strcmp(column->kind, "won") == 0 || strcmp(column->kind, "lost") == 0;
}

static BoardColumn *
add_column(Stages *stages, char *pipeline, char *stage, char *name, char *kind)
{
	BoardColumn *column = palloc0(sizeof(BoardColumn));

	column->pipeline = pipeline;
	column->stage = stage;
	column->name = name;
	column->kind = kind;
	stages->columns = lappend(stages->columns, column);
	return column;
}

/* Add a stage; the no-stage column of its pipeline comes before the first. */
static void
add_stage(Stages *stages, char *pipeline, char *stage, char *name, char *kind, char *since,
		  bool hidden)
{
	BoardColumn *last = stages->columns == NIL ? NULL : llast(stages->columns);
	BoardColumn *column;

	if (kind == NULL ||
		(strcmp(kind, "open") != 0 && strcmp(kind, "won") != 0 && strcmp(kind, "lost") != 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("stage \"%s\" has kind \"%s\"", name, kind == NULL ? "" : kind),
						errhint("The kind of a stage is open, won or lost."),
						err_code("stage_kind"), err_field("kind")));

	if (last == NULL || !same_text(last->pipeline, pipeline))
		add_column(stages, pipeline, NULL, NULL, "none");
	column = add_column(stages, pipeline, stage, name, kind);
	column->hidden = hidden;
	if (strcmp(kind, "open") != 0)
		column->since = since;
}

/* The column that tells when a row was closed; NULL: none does. */
static const char *
closing_column(const Source *source)
{
	if (source_column(source, "closed_on") != NULL)
		return "closed_on";
	return source_column(source, "closed_at") != NULL ? "closed_at" : NULL;
}

/* A scope of one pipeline. */
static Jsonb *
pipeline_scope(const char *pipeline)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "pipeline_id", pipeline);
	return finish_json(&state, WJB_END_OBJECT);
}

/*
 * Read the columns of a board: for each pipeline the no-stage column first, then the open stages
 * in order, then the final ones. Needs a connection to SPI; allocates in the caller's context.
 */
Stages *
read_stages(const SelectionArgs *args)
{
	MemoryContext context = CurrentMemoryContext;
	Source *source = open_sibling(args->source, "stage", "A board");
	SelectionArgs stage_args = {.source = source, .include_archived = true};
	Stages *stages = palloc0(sizeof(Stages));
	Link *link = source_link(args->source, "stage");
	Params params = {0};
	Selection *selection;
	Field *pipeline_order = NULL;
	StringInfoData sql;
	uint64 rows;

	need_columns(source, lengthof(stage_needs), stage_needs);
	stages->by_pipeline = source_column(source, "pipeline_id") != NULL &&
						  source_column(args->source, "pipeline_id") != NULL;
	stages->complete = link != NULL && link->relid == source->relid && link->enforced;

	selection = open_selection(&stage_args, &params);
	if (stages->by_pipeline && scoped_pipeline(args, &stages->pipeline))
		append_scope(selection, pipeline_scope(stages->pipeline));
	if (stages->by_pipeline)
		pipeline_order = find_field(selection->from, "pipeline.position", NULL);

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT %s, o.id::pg_catalog.text, o.name::pg_catalog.text, "
					 "o.kind::pg_catalog.text, %s, %s",
					 stages->by_pipeline ? "o.pipeline_id::pg_catalog.text" : "NULL",
					 source_column(source, "archive_after") != NULL &&
							 closing_column(args->source) != NULL && !args->include_archived
						 ? first_day_shown
						 : "NULL",
					 source_column(source, "active") != NULL ? "o.active IS FALSE" : "false");
	append_from(&sql, selection);
	appendStringInfo(&sql,
					 " ORDER BY %s%so.kind::pg_catalog.text OPERATOR(pg_catalog.<>) "
					 "'open'::pg_catalog.text, o.position, o.id",
					 pipeline_order != NULL ? psprintf("%s, ", pipeline_order->sql) : "",
					 stages->by_pipeline ? "o.pipeline_id, " : "");

	rows = run_selection(sql.data, selection, ONCE, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		char *hidden = copy_value(context, row, 6);

		add_stage(stages, copy_value(context, row, 1), copy_value(context, row, 2),
				  copy_value(context, row, 3), copy_value(context, row, 4),
				  copy_value(context, row, 5), strcmp(hidden, "t") == 0);
		MemoryContextSwitchTo(old);
	}
	return stages;
}

/*
 * The index of a column, which is added where rows have a stage that is not among the stages, or
 * a pipeline that has none: no row is ever left out of a board's totals.
 */
int
find_board_column(Stages *stages, const char *pipeline, const char *stage)
{
	ListCell *cell;

	foreach (cell, stages->columns)
	{
		BoardColumn *column = lfirst(cell);

		if (same_text(column->stage, stage) && same_text(column->pipeline, pipeline))
			return foreach_current_index(cell);
	}
	add_column(stages, pipeline == NULL ? NULL : pstrdup(pipeline),
			   stage == NULL ? NULL : pstrdup(stage), NULL, "none");
	return list_length(stages->columns) - 1;
}

/*
 * Append: the row is in one of some columns, those that show rows from the day since on (NULL: no
 * rule), or with any_day, those that have any such rule. Returns false where there is none.
 */
static bool
append_stage_list(Selection *selection, const Field *stage, const Stages *stages, const char *since,
				  bool any_day)
{
	StringInfo sql = &selection->conditions;
	ListCell *cell;
	int start = sql->len;
	bool found = false;

	appendStringInfoString(sql, stage->sql);
	append_operator(sql, field_equality(stage));
	appendStringInfoString(sql, "ANY (ARRAY[");
	foreach (cell, stages->columns)
	{
		BoardColumn *column = lfirst(cell);

		if (column->stage == NULL ||
			!(any_day ? column->since != NULL : same_text(column->since, since)))
			continue;
		if (found)
			appendStringInfoString(sql, ", ");
		append_value(sql, selection->from->params, column->stage, stage->type);
		found = true;
	}
	appendStringInfoString(sql, "])");
	if (!found)
	{
		sql->len = start;
		sql->data[start] = '\0';
	}
	return found;
}

static void
append_since(Selection *selection, const char *since)
{
	StringInfo sql = &selection->conditions;
	Field *closing = need_field(selection->from, closing_column(selection->from->source));

	appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.>=) ", field_day(closing));
	append_value(sql, selection->from->params, since, DATEOID);
}

/*
 * Limit a query over all columns to the rows that they show. Where a foreign key makes sure that
 * every stage is known, the rule is a list of what to take, which indexes can answer; elsewhere
 * it is a list of what to leave out, so that rows with a stray stage are not lost.
 */
void
append_day_rule(Selection *selection, const Stages *stages)
{
	StringInfo sql = &selection->conditions;
	Field *stage = need_field(selection->from, "stage_id");
	List *days = NIL;
	ListCell *cell;

	foreach (cell, stages->columns)
	{
		BoardColumn *column = lfirst(cell);
		ListCell *day;
		bool seen = column->since == NULL;

		foreach (day, days)
			seen = seen || strcmp(lfirst(day), column->since) == 0;
		if (!seen)
			days = lappend(days, column->since);
	}
	if (days == NIL)
		return;

	if (stages->complete)
	{
		appendStringInfo(sql, " AND (%s IS NULL", stage->sql);
		appendStringInfoString(sql, " OR ");
		if (!append_stage_list(selection, stage, stages, NULL, false))
			appendStringInfoString(sql, "false");
	}
	else
	{
		appendStringInfoString(sql, " AND ((");
		append_stage_list(selection, stage, stages, NULL, true);
		appendStringInfoString(sql, ") IS NOT TRUE");
	}
	foreach (cell, days)
	{
		appendStringInfoString(sql, " OR (");
		append_stage_list(selection, stage, stages, lfirst(cell), false);
		append_since(selection, lfirst(cell));
		appendStringInfoChar(sql, ')');
	}
	appendStringInfoChar(sql, ')');
}

static void
append_key(Selection *selection, const char *name, const char *value)
{
	Field *field = need_field(selection->from, name);

	appendStringInfoString(&selection->conditions, " AND ");
	if (value == NULL)
		appendStringInfo(&selection->conditions, "%s IS NULL", field->sql);
	else
		append_comparison(&selection->conditions, selection->from, field, field_equality(field),
						  value);
}

/* Append: the row is in a final column. */
void
append_in_final(StringInfo sql, Selection *selection, const Stages *stages)
{
	Field *stage = need_field(selection->from, "stage_id");
	const char *separator = "";
	ListCell *cell;

	appendStringInfoString(sql, stage->sql);
	append_operator(sql, field_equality(stage));
	appendStringInfoString(sql, "ANY (ARRAY[");
	foreach (cell, stages->columns)
	{
		BoardColumn *column = lfirst(cell);

		if (!is_final(column))
			continue;
		appendStringInfoString(sql, separator);
		append_value(sql, selection->from->params, column->stage, stage->type);
		separator = ", ";
	}
	appendStringInfo(sql, "]::%s[])",
					 format_type_extended(stage->type, -1, FORMAT_TYPE_FORCE_QUALIFY));
}

/* Limit a query to the rows of one column. */
void
append_board_column(Selection *selection, const Stages *stages, const BoardColumn *column)
{
	if (stages->by_pipeline)
		append_key(selection, "pipeline_id", column->pipeline);
	append_key(selection, "stage_id", column->stage);
	if (column->since != NULL)
		append_since(selection, column->since);
}

/*
 * The columns as lists of indexes, one for each pipeline: rows without a stage first, those whose
 * stage nobody knows after them, then the stages in order.
 */
List *
board_pipelines(const Stages *stages)
{
	List *pipelines = NIL;
	ListCell *first;

	foreach (first, stages->columns)
	{
		BoardColumn *column = lfirst(first);
		List *indexes = NIL;
		List *known = NIL;
		ListCell *cell;
		bool seen = false;

		foreach (cell, stages->columns)
		{
			BoardColumn *other = lfirst(cell);
			int index = foreach_current_index(cell);

			if (!same_text(other->pipeline, column->pipeline))
				continue;
			if (index < foreach_current_index(first))
			{
				seen = true;
				break;
			}
			if (strcmp(other->kind, "none") == 0)
				indexes = lappend_int(indexes, index);
			else
				known = lappend_int(known, index);
		}
		if (!seen)
			pipelines = lappend(pipelines, list_concat(indexes, known));
	}
	return pipelines;
}
