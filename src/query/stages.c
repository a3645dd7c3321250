/* The stages of a board, as they are read. */
#include "postgres.h"

#include "query/stages.h"

#include "base/errors.h"
#include "base/literal.h"
#include "base/query.h"
#include "executor/spi.h"
#include "fields/computed.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns that the stages of a board must have. */
static const char *const stage_needs[] = {"id", "name", "position", "kind"};

/*
 * The first day that a final column shows, kept within the range of dates; NULL: it shows all. The
 * alias of the stage is to be filled in.
 */
#define FIRST_DAY_SHOWN                                                             \
	"(opportunities.business_date(pg_catalog.now()) OPERATOR(pg_catalog.-) "        \
	"CASE WHEN %1$s.archive_after::pg_catalog.int4 OPERATOR(pg_catalog.<) 1000000 " \
	"THEN %1$s.archive_after::pg_catalog.int4 "                                     \
	"WHEN %1$s.archive_after IS NOT NULL THEN 1000000 END)::pg_catalog.text"

/* The place of a stage among all: open ones first. */
static const char *const stage_rank =
	"pg_catalog.row_number() OVER (ORDER BY o.kind::pg_catalog.text OPERATOR(pg_catalog.<>) "
	"'open'::pg_catalog.text, o.position, o.id)::pg_catalog.text";

/* The column that tells when a row was closed; NULL: none does. */
const char *
closing_column_name(const Source *source)
{
	if (source_column(source, "closed_on") != NULL)
		return "closed_on";
	return source_column(source, "closed_at") != NULL ? "closed_at" : NULL;
}

/* Note a pipeline that isn't active, as a boolean's text form says. */
static void
note_idle(Stages *stages, char *pipeline, const char *idle)
{
	if (strcmp(idle, "t") == 0 && !is_idle(stages, pipeline))
		stages->idle = lappend(stages->idle, pipeline);
}

/* Append what is read of a stage, which has an alias in a query. */
void
append_stage(StringInfo sql, const SelectionArgs *args, const Stages *stages, const char *alias)
{
	const Source *source = stages->source;

	if (stages->by_pipeline)
		appendStringInfo(sql, "%s.pipeline_id::pg_catalog.text, ", alias);
	else
		appendStringInfoString(sql, "NULL AS pipeline_id, ");
	appendStringInfo(sql,
					 "%1$s.id::pg_catalog.text, %1$s.name::pg_catalog.text, "
					 "%1$s.kind::pg_catalog.text, ",
					 alias);
	if (source_column(source, "archive_after") != NULL &&
		closing_column_name(args->source) != NULL && !args->include_archived)
		appendStringInfo(sql, FIRST_DAY_SHOWN, alias);
	else
		appendStringInfoString(sql, "NULL");
	appendStringInfoString(sql, " AS first_day, ");
	if (source_column(source, "active") != NULL)
		appendStringInfo(sql, "%s.active IS FALSE", alias);
	else
		appendStringInfoString(sql, "false");
	appendStringInfoString(sql, " AS hidden");
}

/* Read a stage from some columns of a row that SPI holds, of which the first is given. */
BoardColumn *
read_board_stage(MemoryContext context, uint64 row, int first)
{
	BoardColumn *stage = MemoryContextAllocZero(context, sizeof(BoardColumn));
	char *kind = copy_value(context, row, first + 3);

	stage->pipeline = copy_value(context, row, first);
	stage->stage = copy_value(context, row, first + 1);
	stage->name = copy_value(context, row, first + 2);
	stage->kind = kind;
	if (kind == NULL || (strcmp(kind, "open") != 0 && !is_final(stage)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stage \"%s\" has kind \"%s\"", stage->name, kind == NULL ? "" : kind),
				 errhint("The kind of a stage is open, won or lost."), err_code("stage_kind_known"),
				 err_field("kind")));
	if (is_final(stage))
		stage->since = copy_value(context, row, first + 4);
	stage->hidden = strcmp(copy_value(context, row, first + 5), "t") == 0;
	return stage;
}

/* Limit the stages to those of the pipeline that a scope names, and those of every pipeline. */
static void
append_pipeline(Selection *selection, const char *pipeline)
{
	StringInfo sql = &selection->conditions;
	Field *field = need_field(selection->from, "pipeline_id");

	appendStringInfo(sql, " AND (%s IS NULL", field->sql);
	if (pipeline != NULL)
	{
		appendStringInfoString(sql, " OR ");
		check_literal(pipeline, field->type, "value_unreadable", field->name, "scope");
		append_comparison(sql, selection->from, field, field_equality(field), pipeline);
	}
	appendStringInfoChar(sql, ')');
}

/* A query for all rows of a relation that stands beside the rows of a board. */
static Selection *
select_all(Source *source, Params *params)
{
	SelectionArgs args = {.source = source, .include_archived = true};

	return open_selection(&args, params);
}

/* A query for the stages, those of one pipeline after those of another, and those of every pipeline
 * last. */
static char *
stages_query(const SelectionArgs *args, const Stages *stages, Selection *selection)
{
	Field *pipeline_order = NULL;
	Field *pipeline_active = NULL;
	StringInfoData sql;

	if (stages->scoped)
		append_pipeline(selection, stages->pipeline);
	if (stages->by_pipeline)
	{
		pipeline_order = find_field(selection->from, "pipeline.position", NULL);
		pipeline_active = find_field(selection->from, "pipeline.active", NULL);
	}

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	append_stage(&sql, args, stages, "o");
	appendStringInfo(&sql, ", %s AS rank, %s IS FALSE AS idle", stage_rank,
					 pipeline_active != NULL ? pipeline_active->sql : "true");
	append_from(&sql, selection);
	if (stages->by_pipeline)
		appendStringInfo(&sql, " ORDER BY %s%so.pipeline_id",
						 pipeline_order != NULL ? pipeline_order->sql : "",
						 pipeline_order != NULL ? ", " : "");
	return sql.data;
}

static List *
read_stage_rows(const SelectionArgs *args, Stages *stages)
{
	MemoryContext context = CurrentMemoryContext;
	Params params = {0};
	Selection *selection = select_all(stages->source, &params);
	List *result = NIL;
	uint64 rows = run_selection(stages_query(args, stages, selection), selection, PLAN_ONCE, NULL);

	for (uint64 row = 0; row < rows; row++)
	{
		BoardColumn *stage = read_board_stage(context, row, 1);

		stage->rank = atoi(copy_value(context, row, 7));
		note_idle(stages, stage->pipeline, copy_value(context, row, 8));
		result = lappend(result, stage);
	}
	return result;
}

/* The relation of all pipelines, where they share stages and none is named. NULL: it isn't read. */
static Source *
pipelines_source(const Stages *stages, const Source *source)
{
	Oid relid = get_relname_relid("pipeline", source->schema);
	Source *pipelines;

	if (stages->scoped || stages->shared == NIL || !OidIsValid(relid))
		return NULL;
	pipelines = open_source(relid);
	return source_column(pipelines, "id") != NULL ? pipelines : NULL;
}

/* A query for all pipelines in their order. */
static char *
pipelines_query(const Selection *selection)
{
	const Source *source = selection->from->source;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT o.id::pg_catalog.text, %s IS FALSE AS idle",
					 source_column(source, "active") != NULL ? "o.active" : "true");
	append_from(&sql, selection);
	appendStringInfo(&sql, " ORDER BY %so.id",
					 source_column(source, "position") != NULL ? "o.position, " : "");
	return sql.data;
}

/* Open all pipelines that there are, in their order. */
static void
open_pipelines(Stages *stages, Source *source)
{
	Params params = {0};
	Selection *selection = select_all(source, &params);
	uint64 rows = run_selection(pipelines_query(selection), selection, PLAN_ONCE, NULL);

	for (uint64 row = 0; row < rows; row++)
	{
		char *pipeline = copy_value(CurrentMemoryContext, row, 1);

		note_idle(stages, pipeline, copy_value(CurrentMemoryContext, row, 2));
		open_pipeline(stages, pipeline);
	}
}

/* The type of stages if equal ids can differ as texts, else NULL. */
static const IdType *
inexact_type(Source *rows, const Source *stages)
{
	const SourceColumn *key = source_column(rows, "stage_id");
	IdType *type;

	if (key == NULL || key->base_type != source_column(stages, "id")->base_type ||
		!needs_one_text(need_field(open_from(rows), "stage_id")))
		return NULL;
	type = palloc(sizeof(IdType));
	*type = id_type(rows, "stage_id");
	return type;
}

/* The columns of a board before any stage has been read. */
Stages *
open_stages(const SelectionArgs *args)
{
	Stages *stages = palloc0(sizeof(Stages));
	Source *source = open_sibling(args->source, "stage", "A board");

	need_columns(source, lengthof(stage_needs), stage_needs);
	stages->source = source;
	stages->by_pipeline = source_column(source, "pipeline_id") != NULL &&
						  source_column(args->source, "pipeline_id") != NULL;
	stages->scoped = stages->by_pipeline && scoped_pipeline(args, &stages->pipeline);
	stages->own_state = has_own_state(args->source);
	stages->inexact = inexact_type(args->source, source);
	return stages;
}

/*
 * Read the columns of a board: for each pipeline the no-stage column, its stages and those of every
 * pipeline. Needs a connection to SPI; allocates in the caller's context.
 */
Stages *
read_stages(const SelectionArgs *args)
{
	Stages *stages = open_stages(args);
	List *rows = read_stage_rows(args, stages);
	Source *pipelines;
	ListCell *cell;

	foreach (cell, rows)
	{
		if (stages->by_pipeline && ((BoardColumn *) lfirst(cell))->pipeline == NULL)
			stages->shared = lappend(stages->shared, lfirst(cell));
	}
	pipelines = pipelines_source(stages, stages->source);
	if (stages->scoped)
		open_pipeline(stages, stages->pipeline);
	else if (pipelines != NULL)
		open_pipelines(stages, pipelines);
	foreach (cell, rows)
	{
		BoardColumn *stage = lfirst(cell);

		if (stages->by_pipeline && stage->pipeline == NULL)
			continue;
		add_stage(stages, stage);
	}
	return stages;
}

/* The query that read the stages, with literals in place of parameters. */
char *
stages_sql(const SelectionArgs *args, const Stages *stages)
{
	return stages_query(args, stages, select_all(stages->source, NULL));
}

/* The same for that of the pipelines. NULL: they weren't read. */
char *
pipelines_sql(const SelectionArgs *args, const Stages *stages)
{
	Source *source = pipelines_source(stages, args->source);

	return source == NULL ? NULL : pipelines_query(select_all(source, NULL));
}
