/* create_opportunity and edit_opportunity; what edits one row. */
#include "postgres.h"

#include "command/edit.h"

#include "access/table.h"
#include "base/arrays.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/statement.h"
#include "catalog/pg_type.h"
#include "command/changes.h"
#include "command/command.h"
#include "command/field_error.h"
#include "executor/spi.h"
#include "fields/ids.h"
#include "fields/named_field.h"
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
	Target target;
	Changes *changes;
	List *fields; /* of the row that is given back */
	int nargs;
	Oid *types;
	Datum *args;
	char *nulls;
} Edit;

/* Open an edit that gives back some fields; the parameters of its changes follow some others. */
static Edit
open_edit(const Target *target, Changes *changes, List *names, bool list, int others)
{
	Edit edit = {.target = *target, .changes = changes};
	FromClause *from = open_from(target->source);

	from->use_subselects = true;
	edit.fields = json_fields(projected_fields(from, names, list));
	edit.nargs = others + count_change_args(changes);
	edit.types = palloc(sizeof(Oid) * edit.nargs);
	edit.args = palloc(sizeof(Datum) * edit.nargs);
	edit.nulls = palloc(edit.nargs);
	change_args(changes, edit.types + others, edit.args + others, edit.nulls + others);
	return edit;
}

/* Read what a command is to set in a row, as the argument of a number has it. */
static Changes *
changes_argument(FunctionCallInfo fcinfo, int number, const Target *target, CmdType command)
{
	Changes *changes = read_changes(target->source, command, PG_GETARG_JSONB_P(number));

	need_change_rights(target->rel, changes, command == CMD_INSERT ? ACL_INSERT : ACL_UPDATE);
	return changes;
}

/* The fields that a row is to be given back with. */
static List *
fields_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NIL
								: text_array(PG_GETARG_ARRAYTYPE_P(number), "fields", MAX_FIELDS);
}

/* Run the statement of an edit, which is kept under its text: how many rows it wrote or gave. */
static uint64
run_edit(const Edit *edit, const char *sql)
{
	KeptPlan *statement = find_statement(sql);

	if (statement == NULL)
		statement = keep_statement(sql, sql, edit->nargs, edit->types, PLAN_BY_INDEX);
	run_change(statement, edit->args, edit->nulls, edit->target.rel, edit->changes);
	return SPI_processed;
}

/* Append the condition that a row has an id, a parameter. */
static void
append_row(StringInfo sql, const Source *source, const IdType *id, int parameter)
{
	append_id_condition(sql, id, psprintf("$%d", parameter));
	append_tenant(sql, source->relid, "o");
}

/*
 * The row of an id as the relation shows it after a rule or INSTEAD OF trigger did what it likes.
 * NULL: it doesn't show it.
 */
static Jsonb *
read_written_row(const Edit *edit, const IdType *id, Datum value, MemoryContext context)
{
	Oid type = id->type->type_id;
	KeptPlan *statement;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM %s AS o WHERE ", projected_columns(edit->fields),
					 edit->target.source->sql);
	append_row(&sql, edit->target.source, id, 1);
	statement = find_statement(sql.data);
	if (statement == NULL)
		statement = keep_statement(sql.data, sql.data, 1, &type, PLAN_BY_INDEX);
	run_statement(statement, &value, NULL);
	return SPI_processed == 0 ? NULL : returned_row(edit->fields, context);
}

/* A rule or trigger made nothing of a new row. */
pg_noreturn static void
refuse_creation(const Edit *edit)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("the opportunity was not created"),
			 errdetail("A trigger of table \"%s\" left it out.", edit->target.source->name),
			 errtable(edit->target.rel), err_code("not_allowed")));
}

/* Whether the row that a statement has returned has an id. */
static bool
returned_id(const IdType *type, Datum *id)
{
	bool isnull;

	*id = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		*id = copy_id(type, *id);
	return !isnull;
}

/* Write a new row that its table doesn't give back as it is shown, and read what became of it. */
static Jsonb *
create_elsewhere(const Edit *edit, StringInfo sql, MemoryContext context)
{
	IdType type = id_type(edit->target.source, "id");
	const Change *given = find_change(edit->changes, "id");
	bool returns = edit->target.writer != WRITER_REWRITE;
	bool known = given != NULL && !given->isnull;
	Datum id = known ? given->value : (Datum) 0;

	if (returns)
		appendStringInfoString(sql, " RETURNING o.id");
	if (run_edit(edit, sql->data) == 0)
		refuse_creation(edit);
	if (returns)
		known = returned_id(&type, &id);
	return known ? read_written_row(edit, &type, id, context) : NULL;
}

/* Write a new row, which its table gives back. */
static Jsonb *
create_row(const Edit *edit, StringInfo sql, MemoryContext context)
{
	appendStringInfo(sql, " RETURNING %s", projected_columns(edit->fields));
	if (run_edit(edit, sql->data) == 0)
		refuse_creation(edit);
	return returned_row(edit->fields, context);
}

/*
 * create_opportunity(changes jsonb, fields text[], relation regclass) -> jsonb
 */
Datum
create_opportunity(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Target target;
	Edit edit;
	StringInfoData sql;
	Jsonb *row;

	need_argument(fcinfo, 0, "changes");
	target = open_target(fcinfo, 2, CMD_INSERT);
	edit = open_edit(&target, changes_argument(fcinfo, 0, &target, CMD_INSERT),
					 fields_argument(fcinfo, 1), true, 0);
	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s AS o", target.source->sql);
	append_new_row(&sql, edit.changes);

	SPI_connect();
	row = target.returns_fields ? create_row(&edit, &sql, caller)
								: create_elsewhere(&edit, &sql, caller);
	SPI_finish();
	table_close(target.rel, NoLock);
	if (row == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(row);
}

/* The statement that edits the row, or gives it back as it is where there is nothing to change. */
static char *
edit_sql(const Edit *edit, const IdType *id)
{
	char *columns = projected_columns(edit->fields);
	bool changes = edit->nargs > EDIT_ARGS;
	StringInfoData sql;

	initStringInfo(&sql);
	if (changes)
	{
		appendStringInfo(&sql, "UPDATE %s AS o SET ", edit->target.source->sql);
		append_set_list(&sql, edit->changes, EDIT_ARGS + 1);
	}
	else
		appendStringInfo(&sql, "SELECT %s FROM %s AS o", columns, edit->target.source->sql);
	appendStringInfoString(&sql, " WHERE ");
	append_row(&sql, edit->target.source, id, EDIT_ID + 1);
	if (edit->nulls[EDIT_EXPECTED] == ' ')
		appendStringInfo(&sql, " AND o.version OPERATOR(pg_catalog.=) $%d", EDIT_EXPECTED + 1);
	if (changes && edit->target.returns_fields)
		appendStringInfo(&sql, " RETURNING %s", columns);
	return sql.data;
}

/* Say why the row was not edited. */
pg_noreturn static void
explain_edit_failure(const Edit *edit, const IdType *id)
{
	const char *text = id_as_text(id, edit->args[EDIT_ID]);
	bool expected = edit->nulls[EDIT_EXPECTED] == ' ';
	Datum version;
	bool isnull;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM %s AS o WHERE ",
					 expected ? "o.version::pg_catalog.int8" : "true", edit->target.source->sql);
	append_row(&sql, edit->target.source, id, EDIT_ID + 1);
	if (SPI_execute_with_args(sql.data, 1, edit->types, edit->args, NULL, false, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql.data);
	if (SPI_processed == 0)
		raise_row_error(&opportunity_missing, edit->target.rel, text, "id");
	version = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (expected && (isnull || DatumGetInt64(version) != DatumGetInt64(edit->args[EDIT_EXPECTED])))
		raise_row_error(&opportunity_changed, edit->target.rel, text, "version");
	raise_row_error(&opportunity_refused, edit->target.rel, text, "id");
}

/*
 * Edit the row of an id, unless it has another version than is expected, and give it back as the
 * relation shows it now. NULL: it no longer does. A trigger may leave a row that somebody changed
 * meanwhile: then the last one to save wins, as in a table. Needs a connection to SPI.
 */
Jsonb *
edit_by_id(const RowEdit *row, MemoryContext context)
{
	Edit edit = open_edit(row->target, row->changes, row->names, row->list, EDIT_ARGS);
	bool again = row->target->writer == WRITER_TRIGGER && row->expected == NULL;
	char *sql;

	edit.types[EDIT_ID] = row->id_type.type->type_id;
	edit.args[EDIT_ID] = row->id;
	edit.nulls[EDIT_ID] = ' ';
	edit.types[EDIT_EXPECTED] = INT8OID;
	edit.args[EDIT_EXPECTED] = row->expected != NULL ? Int64GetDatum(*row->expected) : (Datum) 0;
	edit.nulls[EDIT_EXPECTED] = row->expected != NULL ? ' ' : 'n';
	sql = edit_sql(&edit, &row->id_type);
	if (run_edit(&edit, sql) == 0 && (!again || run_edit(&edit, sql) == 0))
		explain_edit_failure(&edit, &row->id_type);
	if (row->target->returns_fields || edit.nargs == EDIT_ARGS)
		return returned_row(edit.fields, context);
	return read_written_row(&edit, &row->id_type, row->id, context);
}

/*
 * edit_opportunity(id text, changes jsonb, expected bigint, fields text[], relation regclass)
 * -> jsonb
 */
Datum
edit_opportunity(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Target target;
	RowEdit edit = {.target = &target, .list = true};
	int64 expected;
	Jsonb *row;

	need_argument(fcinfo, 0, "id");
	need_argument(fcinfo, 1, "changes");
	target = open_target(fcinfo, 4, CMD_UPDATE);
	edit.changes = changes_argument(fcinfo, 1, &target, CMD_UPDATE);
	edit.names = fields_argument(fcinfo, 3);
	edit.id_type = id_type(target.source, "id");
	edit.id = read_id(&edit.id_type, text_to_cstring(PG_GETARG_TEXT_PP(0)), "id");
	if (!PG_ARGISNULL(2))
	{
		need_row_version(target.source);
		expected = PG_GETARG_INT64(2);
		edit.expected = &expected;
	}

	SPI_connect();
	row = edit_by_id(&edit, caller);
	SPI_finish();
	table_close(target.rel, NoLock);
	if (row == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(row);
}
