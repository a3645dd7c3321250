/* set_default_view, and which saved view applies where a call names none. */
#include "postgres.h"

#include "base/errors.h"
#include "base/literal.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "query/saved_view.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(set_default_view);

/* The type of the pipelines' keys. */
static Oid
pipeline_type(Oid table)
{
	Source *views = open_source(table);

	need_columns(views, 1, (const char *const[]){"pipeline_id"});
	return source_column(views, "pipeline_id")->type;
}

/* The condition that a view is for a layout. */
static char *
of_layout(const char *layout)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "f.layout OPERATOR(pg_catalog.=) ");
	append_text_literal(&sql, layout);
	return sql.data;
}

/*
 * An expression for the one pipeline that a selection is of, as text: the one that the scope names,
 * else the only one there is. NULL: there may be several.
 */
static char *
only_pipeline(const SelectionArgs *selection)
{
	Oid pipelines = get_relname_relid("pipeline", selection->source->schema);
	SourceColumn *column = source_column(selection->source, "pipeline_id");
	StringInfoData sql;
	char *pipeline;

	initStringInfo(&sql);
	if (column == NULL)
		return NULL;
	if (scoped_pipeline(selection, &pipeline))
	{
		if (pipeline == NULL)
			return NULL;
		append_text_literal(&sql, pipeline);
		return sql.data;
	}
	if (!OidIsValid(pipelines) || get_attnum(pipelines, "id") == InvalidAttrNumber ||
		!has_rows_for_user(pipelines))
		return NULL;
	appendStringInfo(&sql, "(SELECT pg_catalog.min(p.id::pg_catalog.text) FROM %s AS p WHERE true",
					 sql_relation(pipelines));
	append_tenant(&sql, pipelines, "p");
	appendStringInfoString(&sql, " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.=) 1)");
	return sql.data;
}

/*
 * Show the fields of the view that is the user's default for a layout and the pipeline, else the
 * pipeline's; one for a pipeline comes before one for any. None where there is none, the user may
 * not read views, or the relation is not one of opportunities.
 */
void
apply_default_view(View *view, const SelectionArgs *selection, const char *layout)
{
	Oid table = saved_table(&saved_views, selection->source);
	StoredView stored = {0};
	char *pipeline;

	if (!OidIsValid(table) || source_column(selection->source, "stage_id") == NULL ||
		!has_rows_for_user(table))
		return;
	pipeline = only_pipeline(selection);
	if (!find_view(&stored, table,
				   psprintf("f.is_default AND f.columns IS NOT NULL AND %s AND %s "
							"AND (f.pipeline_id IS NULL%s%s) "
							"ORDER BY f.shared, f.pipeline_id IS NULL LIMIT 1",
							saved_condition(table, NULL, true), of_layout(layout),
							pipeline == NULL
								? ""
								: " OR f.pipeline_id::pg_catalog.text OPERATOR(pg_catalog.=) ",
							pipeline == NULL ? "" : pipeline)))
		return;
	check_view_fields(selection->source, &stored);
	view->fields = stored.view.fields;
	view->columns = stored.view.columns;
	if (view->name == NULL)
		view->name = stored.name;
}

/* The condition that a view is the user's own, and whether it is shared. */
static char *
of_own(Oid table, bool shared)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%sf.shared AND f.owner OPERATOR(pg_catalog.=) ", shared ? "" : "NOT ");
	append_text_literal(&sql, current_user_name());
	append_tenant(&sql, table, "f");
	return sql.data;
}

/* Lock the views of one's own of a layout: whoever else makes one of them the default waits. */
static void
lock_views(Oid table, const char *layout, bool shared)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM %s AS f WHERE %s AND %s ORDER BY f.name FOR NO KEY UPDATE",
					 sql_relation(table), of_own(table, shared), of_layout(layout));
	(void) run_sql(sql.data);
}

/* Run an UPDATE of views. Returns how many it wrote. */
static uint64
write_views(StringInfo sql)
{
	appendStringInfoString(sql, " RETURNING true");
	return run_sql(sql->data);
}

/* No view of the user's own stays the default for a layout and pipeline. */
static void
end_default(Oid table, const char *layout, const char *pipeline, bool shared)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "UPDATE %s AS f SET is_default = false WHERE f.is_default AND %s AND %s AND ",
					 sql_relation(table), of_own(table, shared), of_layout(layout));
	if (pipeline == NULL)
		appendStringInfoString(&sql, "f.pipeline_id IS NULL");
	else
	{
		appendStringInfoString(&sql, "f.pipeline_id::pg_catalog.text OPERATOR(pg_catalog.=) ");
		append_literal(&sql, pipeline, pipeline_type(table));
		appendStringInfoString(&sql, "::pg_catalog.text");
	}
	(void) write_views(&sql);
}

/* Make a view of the user's own the default. Returns false where there is none of that name. */
static bool
make_default(Oid table, const char *name, const char *layout, const char *pipeline, bool shared)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "UPDATE %s AS f SET is_default = true, pipeline_id = ", sql_relation(table));
	if (pipeline == NULL)
		appendStringInfoString(&sql, "NULL");
	else
		append_literal(&sql, pipeline, pipeline_type(table));
	appendStringInfo(&sql, " WHERE %s AND %s AND f.name OPERATOR(pg_catalog.=) ",
					 of_own(table, shared), of_layout(layout));
	append_text_literal(&sql, name);
	return write_views(&sql) > 0;
}

/*
 * set_default_view(name text, layout text, pipeline_id text, shared boolean, relation regclass)
 */
Datum
set_default_view(PG_FUNCTION_ARGS)
{
	Source *source = source_argument(fcinfo, 4);
	Oid table = saved_table(&saved_views, source);
	char *name = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *pipeline = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	bool shared = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	char *layout;

	need_argument(fcinfo, 1, "layout");
	layout = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!OidIsValid(table))
		unknown_saved(&saved_views, source, name == NULL ? "" : name, !shared);
	if (pipeline != NULL)
		check_literal(pipeline, pipeline_type(table), "value_unreadable", "pipeline_id",
					  "pipeline_id");
	SPI_connect();
	lock_views(table, layout, shared);
	end_default(table, layout, pipeline, shared);
	if (name != NULL && !make_default(table, name, layout, pipeline, shared))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("you have no %s view \"%s\" of layout %s",
							   shared ? "shared" : "private", name, layout),
						errhint("Save it first: save_view(name, layout)."),
						err_code("unknown_view"), err_field("view")));
	SPI_finish();
	PG_RETURN_VOID();
}
