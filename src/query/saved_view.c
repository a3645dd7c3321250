/* saved_view: its trigger, save_view, and what a view adds to a call. */
#include "postgres.h"

#include "query/saved_view.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/period_field.h"
#include "fields/value_label.h"
#include "filter/saved_filter.h"
#include "fmgr.h"
#include "query/keyset.h"
#include "query/projection.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "triggers/manager.h"
#include "triggers/owner_query.h"
#include "triggers/saved.h"
#include "triggers/trigger_use.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(saved_view_trigger);
PG_FUNCTION_INFO_V1(save_view);

enum
{
	VIEW_SHARED = SAVED_COLUMNS,
	VIEW_SHOWN,
	VIEW_SORT,
	VIEW_LANE_BY,
	VIEW_FILTER,
	VIEW_IS_DEFAULT,
	VIEW_COLUMNS
};

static const TriggerColumn columns[VIEW_COLUMNS] = {
	SAVED_TABLE,
	[VIEW_SHARED] = {"shared", BOOLOID},
	[VIEW_SHOWN] = {"columns", JSONBOID},
	[VIEW_SORT] = {"sort", TEXTARRAYOID},
	[VIEW_LANE_BY] = {"lane_by", TEXTOID},
	[VIEW_FILTER] = {"filter", TEXTOID},
	[VIEW_IS_DEFAULT] = {"is_default", BOOLOID},
};

/* Whether all that an UPDATE does to a view is that it isn't everybody's default any more. */
static bool
undoes_default(const Row *row)
{
	if (was_null(row, VIEW_SHARED) || !DatumGetBool(old_value_of(row, VIEW_SHARED)) ||
		was_null(row, VIEW_IS_DEFAULT) || !DatumGetBool(old_value_of(row, VIEW_IS_DEFAULT)) ||
		is_null(row, VIEW_IS_DEFAULT) || DatumGetBool(value_of(row, VIEW_IS_DEFAULT)))
		return false;
	for (int i = 0; i < RelationGetNumberOfAttributes(row->rel); i++)
	{
		if (i != row->at[VIEW_IS_DEFAULT] && i != row->at[SAVED_UPDATED_AT] && row_differs(row, i))
			return false;
	}
	return true;
}

/* Everybody sees a shared default unasked, so whoever manages its owner can undo it. */
static bool
may_write(const Row *row)
{
	return undoes_default(row) &&
		   manages(row->trigger, current_user_name(), old_value_of(row, SAVED_OWNER));
}

const SavedKind saved_views = {
	"saved_view",
	"view",
	"unknown_view",
	{"saved_view_trigger", BEFORE_ROW, ON_WRITE, columns, VIEW_COLUMNS},
	DISCLOSURE("saved_view", "name", TEXTOID, "owner"),
	may_write,
};

/* What a view names must be a field of the relation. */
static void
need_view_field(FromClause *from, const StoredView *stored, const char *member, const char *name)
{
	DeadEnd end;

	if (find_field(from, labelled_field(name), &end) == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("view \"%s\" names a field \"%s\" that \"%s\" doesn't have",
							   stored->name, name, from->source->name),
						errdetail("It is in %s of the view.", member),
						errhint_nearest(labelled_field(name),
										known_fields(from, labelled_field(name), &end)),
						err_code("unknown_field"), err_field(name)));
}

void
check_view_fields(Source *source, const StoredView *stored)
{
	FromClause *from = open_from(source);
	ListCell *cell;

	if (stored->view.fields == NIL)
		return;
	foreach (cell, stored->view.fields)
		need_view_field(from, stored, "columns", lfirst(cell));
	(void) projected_fields(from, stored->view.fields, true);
}

static void
check_view_sort(Source *source, const StoredView *stored)
{
	FromClause *from = open_from(source);
	ListCell *cell;

	if (stored->view.sort == NIL)
		return;
	foreach (cell, stored->view.sort)
	{
		const char *name = lfirst(cell);

		need_view_field(from, stored, "sort", *name == '-' ? name + 1 : name);
	}
	(void) sort_keys(from, stored->view.sort);
}

/* The field that lanes are of: all(owner) asks for those, too, that hold nothing. */
char *
lane_name(const char *lane_by, bool *all)
{
	int length = strlen(lane_by);

	*all = strncmp(lane_by, "all(", 4) == 0 && lane_by[length - 1] == ')';
	return *all ? pnstrdup(lane_by + 4, length - 5) : pstrdup(lane_by);
}

static void
check_view_lane(Source *source, const StoredView *stored)
{
	FromClause *from = open_from(source);
	char *name;
	bool all;

	if (stored->view.lane_by == NULL)
		return;
	name = lane_name(stored->view.lane_by, &all);
	if (strchr(name, '(') == NULL)
		need_view_field(from, stored, "lane_by", name);
	(void) grouping_field(from, name);
}

/* The filter that a view applies: a shared view means the same to everybody, so a shared one. */
static Jsonb *
view_filter(Source *source, const StoredView *stored)
{
	Jsonb *definition;

	if (stored->filter == NULL)
		return NULL;
	definition = look_up_filter(source, stored->filter, !stored->shared);
	if (definition == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("view \"%s\" applies filter \"%s\", which does not exist",
							   stored->name, stored->filter),
						stored->shared ? errhint("A shared view takes a shared filter.") : 0,
						err_code("unknown_filter"), err_field("filter")));
	return definition;
}

/* The fields of a view's columns, a JSON array of objects with "field" and maybe "label". */
static List *
view_fields(const char *name, Jsonb *shown)
{
	List *fields = NIL;
	ListCell *cell;

	if (!JB_ROOT_IS_ARRAY(shown) || JB_ROOT_IS_SCALAR(shown))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("columns of view \"%s\" are not a JSON array", name),
				 errhint("Give an object for each: [{\"field\": \"title\", \"label\": \"What\"}]."),
				 err_code("invalid_columns"), err_field("columns")));
	check_limit(JB_ROOT_COUNT(shown), MAX_FIELDS, "too_many_fields", "columns", "fields");
	foreach (cell, json_elements(&shown->root))
	{
		const JsonbValue *element = lfirst(cell);
		char *field =
			json_is_object(element) ? json_string(element->val.binary.data, "field") : NULL;

		if (field == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a column of view \"%s\" names no field", name),
					 errdetail("It is at $[%d].", foreach_current_index(cell)),
					 errhint("Each is an object: {\"field\": \"title\", \"label\": \"What\"}."),
					 err_code("invalid_columns"), err_field("columns")));
		fields = lappend(fields, field);
	}
	return fields;
}

/* Take a view out of a row with the columns name, shared, columns, sort, lane_by and filter. */
static void
read_view(StoredView *stored, const Datum *values, const bool *nulls, const int *at)
{
	stored->name = nulls[at[SAVED_NAME]] ? "" : TextDatumGetCString(values[at[SAVED_NAME]]);
	stored->shared = !nulls[at[VIEW_SHARED]] && DatumGetBool(values[at[VIEW_SHARED]]);
	if (!nulls[at[VIEW_SHOWN]])
	{
		stored->view.columns = DatumGetJsonbPCopy(values[at[VIEW_SHOWN]]);
		stored->view.fields = view_fields(stored->name, stored->view.columns);
	}
	if (!nulls[at[VIEW_SORT]])
		stored->view.sort =
			text_array(DatumGetArrayTypeP(values[at[VIEW_SORT]]), "sort", MAX_SORT_FIELDS);
	if (!nulls[at[VIEW_LANE_BY]])
		stored->view.lane_by = TextDatumGetCString(values[at[VIEW_LANE_BY]]);
	if (!nulls[at[VIEW_FILTER]])
		stored->filter = TextDatumGetCString(values[at[VIEW_FILTER]]);
}

/* Find the first view that a condition holds for. */
bool
find_view(StoredView *stored, Oid table, const char *condition)
{
	static const int at[VIEW_COLUMNS] = {[SAVED_NAME] = 0, [VIEW_SHARED] = 1,  [VIEW_SHOWN] = 2,
										 [VIEW_SORT] = 3,  [VIEW_LANE_BY] = 4, [VIEW_FILTER] = 5};
	MemoryContext caller = CurrentMemoryContext;
	bool found;

	SPI_connect();
	found = run_query(psprintf(
				"SELECT f.name::pg_catalog.text, f.shared::pg_catalog.bool, "
				"f.columns::pg_catalog.jsonb, f.sort::pg_catalog.text[], "
				"f.lane_by::pg_catalog.text, f.filter::pg_catalog.text FROM %s AS f WHERE %s",
				sql_relation(table), condition)) > 0;
	if (found)
	{
		MemoryContext inner = MemoryContextSwitchTo(caller);
		Datum values[VIEW_COLUMNS];
		bool nulls[VIEW_COLUMNS];

		heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, values, nulls);
		read_view(stored, values, nulls, at);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return found;
}

/*
 * Take from the view of a name what the call leaves out, and the fields that even then nobody named
 * from the default view. NULL: no name.
 */
static void
complete_view(View *view, SelectionArgs *selection, const char *name, const char *layout)
{
	Source *source = selection->source;

	if (name != NULL)
	{
		Oid table = saved_table(&saved_views, source);
		StoredView stored = {0};

		if (!OidIsValid(table) || !find_view(&stored, table,
											 psprintf("%s ORDER BY f.shared LIMIT 1",
													  saved_condition(table, name, true))))
			unknown_saved(&saved_views, source, name, true);
		view->name = stored.name;
		if (view->fields == NIL)
		{
			check_view_fields(source, &stored);
			view->fields = stored.view.fields;
			view->columns = stored.view.columns;
		}
		if (view->sort == NIL)
		{
			check_view_sort(source, &stored);
			view->sort = stored.view.sort;
		}
		if (view->lane_by == NULL)
		{
			check_view_lane(source, &stored);
			view->lane_by = stored.view.lane_by;
		}
		if (selection->filter == NULL)
			selection->filter = view_filter(source, &stored);
	}
	if (view->fields == NIL)
		apply_default_view(view, selection, layout);
}

/*
 * Read the arguments of the projection, given their numbers, and complete them by the view that one
 * of them names. The lane has been read already.
 */
void
read_view_args(FunctionCallInfo fcinfo, View *view, SelectionArgs *selection, int fields, int sort,
			   int name, const char *layout)
{
	view->fields = PG_ARGISNULL(fields)
					   ? NIL
					   : text_array(PG_GETARG_ARRAYTYPE_P(fields), "fields", MAX_FIELDS);
	view->sort =
		PG_ARGISNULL(sort) ? NIL : text_array(PG_GETARG_ARRAYTYPE_P(sort), "sort", MAX_SORT_FIELDS);
	complete_view(view, selection,
				  PG_ARGISNULL(name) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(name)), layout);
}

/* All that a view names must be there. */
static void
check_view_names(Source *source, const StoredView *stored)
{
	check_view_fields(source, stored);
	check_view_sort(source, stored);
	check_view_lane(source, stored);
}

/*
 * The pipeline of a row must be one that the writer sees, unless it stays as it was. Ours have a
 * foreign key for that.
 */
static void
check_view_pipeline(const Row *row, Source *table)
{
	int at = get_attnum(RelationGetRelid(row->rel), "pipeline_id") - 1;
	StringInfoData sql;
	Link *link;
	char *pipeline;
	int key;

	if (at < 0 || row->nulls[at] || (!row->is_insert && !row_differs(row, at)))
		return;
	link = source_link(table, "pipeline");
	if (link == NULL || link->enforced || (key = link_key(link)) < 0)
		return;

	pipeline = value_text(need_field(open_from(table), "pipeline_id"), row->values[at]);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM %s AS p WHERE %s", sql_relation(link->relid),
					 sql_column("p", list_nth(link->foreign, key)));
	append_operator(&sql, list_nth_oid(link->operators, key));
	append_literal(&sql, pipeline, TupleDescAttr(RelationGetDescr(row->rel), at)->atttypid);
	append_tenant(&sql, link->relid, "p");
	SPI_connect();
	if (run_query(sql.data) == 0)
		ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
						errmsg("pipeline \"%s\" does not exist", pipeline),
						err_code("saved_view_pipeline_fkey"), err_field("pipeline_id")));
	SPI_finish();
}

/* What a row names must be there, unless it stays as it was. */
static void
check_saved_view(const Row *row)
{
	StoredView stored = {0};
	Source *table = open_source(home_table(row->rel));
	Source *source;
	bool writes = row->is_insert;

	check_view_pipeline(row, table);
	for (int i = VIEW_SHARED; i <= VIEW_FILTER && !writes; i++)
		writes = differs(row, i);
	if (!writes)
		return;

	read_view(&stored, row->values, row->nulls, row->at);
	source = open_sibling(table, "opportunity", "A view");
	check_view_names(source, &stored);
	/* another user's private filters are not seen here */
	if (stored.shared ||
		strcmp(TextDatumGetCString(value_of(row, SAVED_OWNER)), current_user_name()) == 0)
		(void) view_filter(source, &stored);
}

/* saved_view_trigger() -> trigger */
Datum
saved_view_trigger(PG_FUNCTION_ARGS)
{
	return saved_trigger(fcinfo, &saved_views, check_saved_view);
}

/* Fields as a view's columns. */
static Jsonb *
columns_json(List *fields)
{
	JsonbInState state = {0};
	ListCell *cell;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, fields)
	{
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_text(&state, "field", lfirst(cell));
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return finish_json(&state, WJB_END_ARRAY);
}

/* New columns, but those that the view has already stay as they are, with their labels. */
static const char *const keep_labels =
	"(SELECT pg_catalog.jsonb_agg(COALESCE((SELECT c.c FROM "
	"pg_catalog.jsonb_array_elements(f.columns) "
	"AS c (c) WHERE (c.c OPERATOR(pg_catalog.->>) 'field') OPERATOR(pg_catalog.=) "
	"(e.c OPERATOR(pg_catalog.->>) 'field') LIMIT 1), e.c) ORDER BY e.n) "
	"FROM pg_catalog.jsonb_array_elements(%s) WITH ORDINALITY AS e (c, n))";

/* The arguments of save_view. */
enum
{
	SAVE_VIEW_NAME,
	SAVE_VIEW_LAYOUT,
	SAVE_VIEW_FIELDS,
	SAVE_VIEW_SORT,
	SAVE_VIEW_LANE_BY,
	SAVE_VIEW_FILTER,
	SAVE_VIEW_SHARED,
	SAVE_VIEW_RELATION
};

/*
 * save_view(name text, layout text, fields text[], sort text[], lane_by text, filter text,
 * shared boolean, relation regclass) -> bigint
 */
Datum
save_view(PG_FUNCTION_ARGS)
{
	StoredView stored = {.shared =
							 !PG_ARGISNULL(SAVE_VIEW_SHARED) && PG_GETARG_BOOL(SAVE_VIEW_SHARED)};
	SavedValue values[] = {{"layout", TEXTOID, fcinfo->args[SAVE_VIEW_LAYOUT]},
						   {"columns", JSONBOID, {.isnull = true}, keep_labels},
						   {"sort", TEXTARRAYOID, fcinfo->args[SAVE_VIEW_SORT]},
						   {"lane_by", TEXTOID, fcinfo->args[SAVE_VIEW_LANE_BY]},
						   {"filter", TEXTOID, fcinfo->args[SAVE_VIEW_FILTER]}};
	Source *source;

	need_argument(fcinfo, SAVE_VIEW_NAME, "name");
	need_argument(fcinfo, SAVE_VIEW_LAYOUT, "layout");
	source = source_argument(fcinfo, SAVE_VIEW_RELATION);
	stored.name = text_to_cstring(PG_GETARG_TEXT_PP(SAVE_VIEW_NAME));
	if (!PG_ARGISNULL(SAVE_VIEW_FIELDS))
		stored.view.fields =
			text_array(PG_GETARG_ARRAYTYPE_P(SAVE_VIEW_FIELDS), "fields", MAX_FIELDS);
	if (!PG_ARGISNULL(SAVE_VIEW_SORT))
		stored.view.sort =
			text_array(PG_GETARG_ARRAYTYPE_P(SAVE_VIEW_SORT), "sort", MAX_SORT_FIELDS);
	if (!PG_ARGISNULL(SAVE_VIEW_LANE_BY))
		stored.view.lane_by = text_to_cstring(PG_GETARG_TEXT_PP(SAVE_VIEW_LANE_BY));
	if (!PG_ARGISNULL(SAVE_VIEW_FILTER))
		stored.filter = text_to_cstring(PG_GETARG_TEXT_PP(SAVE_VIEW_FILTER));
	check_view_names(source, &stored);
	(void) view_filter(source, &stored);

	if (stored.view.fields != NIL)
		values[1].value = (NullableDatum){JsonbPGetDatum(columns_json(stored.view.fields)), false};
	PG_RETURN_INT64(save_row(&saved_views, source, PG_GETARG_DATUM(SAVE_VIEW_NAME), stored.shared,
							 values, lengthof(values)));
}
