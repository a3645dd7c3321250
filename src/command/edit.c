/* create_opportunity and edit_opportunity. */
#include "postgres.h"

#include "access/table.h"
#include "base/arrays.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/literal.h"
#include "base/sqltext.h"
#include "base/statement.h"
#include "catalog/pg_type.h"
#include "command/changes.h"
#include "command/command.h"
#include "command/field_error.h"
#include "executor/spi.h"
#include "fields/named_field.h"
#include "fields/value_reader.h"
#include "fmgr.h"
#include "query/projection.h"
#include "query/selection.h"
#include "settings/tenant.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(create_opportunity);
PG_FUNCTION_INFO_V1(edit_opportunity);

/* The parameters of the statement that edits a row; those of the changes follow. */
enum
{
	EDIT_ID,
	EDIT_EXPECTED,
	EDIT_ARGS
};

/* The arguments of an edit. */
typedef struct Edit
{
	Relation rel;
	Source *source;
	FromClause *from;
	Changes *changes;
	List *fields; /* of the row that is given back */
	int nargs;
	Oid *types;
	Datum *args;
	char *nulls;
} Edit;

/* Read the arguments of an edit; the parameters of its changes follow some others. */
static Edit
read_edit(FunctionCallInfo fcinfo, int changes, int fields, int relation, AclMode right, int others)
{
	Edit edit = {0};
	List *names = NIL;

	need_argument(fcinfo, changes, "changes");
	edit.rel = open_opportunities(fcinfo, relation);
	edit.source = open_source(RelationGetRelid(edit.rel));
	edit.changes = read_changes(edit.source, PG_GETARG_JSONB_P(changes));
	need_change_rights(edit.rel, edit.changes, right);
	if (!PG_ARGISNULL(fields))
		names = text_array(PG_GETARG_ARRAYTYPE_P(fields), "fields", MAX_FIELDS);
	edit.from = open_from(edit.source);
	edit.from->use_subselects = true;
	edit.fields = json_fields(projected_fields(edit.from, names, true));

	edit.nargs = others + count_change_args(edit.changes);
	edit.types = palloc(sizeof(Oid) * edit.nargs);
	edit.args = palloc(sizeof(Datum) * edit.nargs);
	edit.nulls = palloc(edit.nargs);
	change_args(edit.changes, edit.types + others, edit.args + others, edit.nulls + others);
	return edit;
}

/* Run the statement of an edit, which is kept under its text: whether it gave the row back. */
static bool
run_edit(const Edit *edit, const char *sql)
{
	KeptPlan *statement = find_statement(sql);

	if (statement == NULL)
		statement = keep_statement(sql, sql, edit->nargs, edit->types, PLAN_BY_INDEX);
	run_change(statement, edit->args, edit->nulls, edit->rel, edit->changes);
	return SPI_processed > 0;
}

/*
 * create_opportunity(changes jsonb, fields text[], relation regclass) -> jsonb
 */
Datum
create_opportunity(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Edit edit = read_edit(fcinfo, 0, 1, 2, ACL_INSERT, 0);
	StringInfoData sql;
	Jsonb *row;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s AS o", edit.source->sql);
	append_new_row(&sql, edit.changes);
	appendStringInfo(&sql, " RETURNING %s", projected_columns(edit.fields));

	SPI_connect();
	if (!run_edit(&edit, sql.data))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("the opportunity was not created"),
				 errdetail("A trigger of table \"%s\" left it out.", edit.source->name),
				 errtable(edit.rel), err_code("not_allowed")));
	row = returned_row(edit.fields, caller);
	SPI_finish();
	table_close(edit.rel, NoLock);
	PG_RETURN_JSONB_P(row);
}

/* Read an id, which is given as cards and lists have it. */
static Datum
read_id(const Edit *edit, const Field *id, char *text)
{
	ValueTarget target = {"id", id->type, id->column->typmod};
	JsonbValue json;
	Value value;
	ValueProblem problem;

	set_string(&json, text, strlen(text));
	if (!read_value(&target, &json, &value, &problem))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("id holds a value that \"id\" can't read"),
						errdetail("%s", problem.detail), errhint("%s", problem.hint),
						errtable(edit->rel), err_code("value_unreadable"), err_field("id")));
	return value_as(&value, id->type);
}

/* Append the condition on the id. */
static void
append_row(StringInfo sql, const Edit *edit, const Field *id)
{
	appendStringInfoString(sql, id->sql);
	append_operator(sql, field_equality(id));
	appendStringInfo(sql, "$%d", EDIT_ID + 1);
	append_tenant(sql, edit->source->relid, "o");
}

/* The statement that edits the row, or gives it back as it is where there is nothing to change. */
static char *
edit_sql(const Edit *edit, const Field *id)
{
	char *columns = projected_columns(edit->fields);
	bool changes = edit->nargs > EDIT_ARGS;
	StringInfoData sql;

	initStringInfo(&sql);
	if (changes)
	{
		appendStringInfo(&sql, "UPDATE %s AS o SET ", edit->source->sql);
		append_set_list(&sql, edit->changes, EDIT_ARGS + 1);
	}
	else
		appendStringInfo(&sql, "SELECT %s FROM %s AS o", columns, edit->source->sql);
	appendStringInfo(&sql, " WHERE ($%1$d IS NULL OR o.version OPERATOR(pg_catalog.=) $%1$d) AND ",
					 EDIT_EXPECTED + 1);
	append_row(&sql, edit, id);
	if (changes)
		appendStringInfo(&sql, " RETURNING %s", columns);
	return sql.data;
}

/* Say why the row was not edited. */
pg_noreturn static void
explain_edit_failure(const Edit *edit, const Field *id)
{
	const char *text = literal_text(id->type, edit->args[EDIT_ID]);
	bool isnull;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT o.version::pg_catalog.int8 FROM %s AS o WHERE ",
					 edit->source->sql);
	append_row(&sql, edit, id);
	if (SPI_execute_with_args(sql.data, 1, edit->types, edit->args, NULL, false, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql.data);
	if (SPI_processed == 0)
		raise_row_error(&opportunity_missing, edit->rel, text, "id");
	if (edit->nulls[EDIT_EXPECTED] == ' ' &&
		DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull)) !=
			DatumGetInt64(edit->args[EDIT_EXPECTED]))
		raise_row_error(&opportunity_changed, edit->rel, text, "version");
	raise_row_error(&opportunity_refused, edit->rel, text, "id");
}

/*
 * edit_opportunity(id text, changes jsonb, expected bigint, fields text[], relation regclass)
 * -> jsonb
 */
Datum
edit_opportunity(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	static const char *const needs[] = {"id", "version"};
	Edit edit;
	const Field *id;
	Jsonb *row;

	need_argument(fcinfo, 0, "id");
	edit = read_edit(fcinfo, 1, 3, 4, ACL_UPDATE, EDIT_ARGS);
	need_columns(edit.source, lengthof(needs), needs);
	id = need_field(edit.from, "id");
	edit.types[EDIT_ID] = id->base_type;
	edit.args[EDIT_ID] = read_id(&edit, id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	edit.nulls[EDIT_ID] = ' ';
	edit.types[EDIT_EXPECTED] = INT8OID;
	edit.args[EDIT_EXPECTED] = PG_ARGISNULL(2) ? (Datum) 0 : Int64GetDatum(PG_GETARG_INT64(2));
	edit.nulls[EDIT_EXPECTED] = PG_ARGISNULL(2) ? 'n' : ' ';

	SPI_connect();
	if (!run_edit(&edit, edit_sql(&edit, id)))
		explain_edit_failure(&edit, id);
	row = returned_row(edit.fields, caller);
	SPI_finish();
	table_close(edit.rel, NoLock);
	PG_RETURN_JSONB_P(row);
}
