/* What commands have in common: their tables, and the errors of a row. */
#include "postgres.h"

#include "command/command.h"

#include "access/relation.h"
#include "base/error_detail.h"
#include "base/errors.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/ids.h"
#include "fields/source.h"
#include "query/projection.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Open what a command is about, under a lock that is kept, as that of any statement is. */
static Relation
open_relation(Oid relid, LOCKMODE lock)
{
	Relation rel = try_relation_open(relid, lock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation %u does not exist", relid),
				 errhint("Name one: relation => 'crm.opportunity'."),
				 err_code("unknown_relation")));
	return rel;
}

/* A command that is for tables that create_crm made alone: what else to do about others. */
pg_noreturn static void
refuse_mapped(Relation rel, const char *command, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("%s is not for \"%s\"", command, RelationGetRelationName(rel)),
			 errdetail("It writes tables that create_crm made, and relies on their triggers."),
			 errhint("%s", hint), err_code("not_a_table"), err_field("relation")));
}

/* A relation through which nothing can be written. */
pg_noreturn static void
refuse_read_only(const Source *source, CmdType command)
{
	const char *what = command == CMD_INSERT   ? "INSERT"
					   : command == CMD_UPDATE ? "UPDATE"
											   : "DELETE";

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("nothing can be written through \"%s\"", source->name),
			 errdetail("It is neither a table nor a view of one table, and has nothing to do "
					   "for %s.",
					   what),
			 errhint("Name a table, or give the view an INSTEAD OF %s trigger.", what),
			 err_code("relation_read_only"), err_field("relation")));
}

/*
 * Open the relation whose opportunities a command writes: a table that create_crm made, or a table
 * or view of others which has what a board needs.
 */
Target
open_target(FunctionCallInfo fcinfo, int argument, CmdType command)
{
	static const char *const needs[] = {"id", "stage_id", "amount", "probability"};
	Oid relid = relation_argument(fcinfo, argument);
	Target target = {.rel = open_relation(relid, RowExclusiveLock),
					 .source = open_source(relid),
					 .returns_fields = returns_fields(relid, command)};

	target.own = has_opportunity_trigger(target.rel);
	if (target.own)
		return target;
	need_columns(target.source, lengthof(needs), needs);
	if ((relation_is_updatable(relid, NIL, true, NULL) & 1 << command) == 0)
		refuse_read_only(target.source, command);
	target.writer = writer_of(relid, command);
	return target;
}

/* The user must have a right on a relation, and on what is written through it. */
void
need_right(Relation rel, AclMode right)
{
	char kind = rel->rd_rel->relkind;

	if (may_write_through(RelationGetRelid(rel), 0, right))
		return;
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("permission denied for %s %s",
						   kind == RELKIND_VIEW			   ? "view"
						   : kind == RELKIND_FOREIGN_TABLE ? "foreign table"
														   : "table",
						   RelationGetRelationName(rel)),
					errtable(rel), err_code("not_allowed")));
}

/* A relation must count versions of its rows, where the one is given that a user saw. */
void
need_row_version(const Source *source)
{
	const SourceColumn *version;

	need_columns(source, 1, (const char *const[]){"version"});
	version = source_column(source, "version");
	if (version->base_type != INT8OID && version->base_type != INT4OID &&
		version->base_type != INT2OID)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("\"version\" of \"%s\" is of type %s", source->name,
							   format_type_be(version->type)),
						errhint("Map a whole number that each change of a row makes another."),
						err_code("column_type"), err_field("version")));
}

/* The table whose opportunities a command reads, to write beside it. */
Source *
crm_opportunities(FunctionCallInfo fcinfo, int argument, const char *command, const char *hint)
{
	Relation rel = open_relation(relation_argument(fcinfo, argument), AccessShareLock);
	Source *source;

	if (!has_opportunity_trigger(rel))
		refuse_mapped(rel, command, hint);
	source = open_source(RelationGetRelid(rel));
	relation_close(rel, NoLock);
	return source;
}

/* No such row is visible to the user. */
const RowError opportunity_missing = {
	.sqlstate = ERRCODE_NO_DATA_FOUND,
	.code = "not_found",
	.what = "does not exist",
	.detail = "It is not in \"%s\", or you may not see it.",
	.hint = "Read the board or list anew.",
};

/* The row has another version than the user saw. */
const RowError opportunity_changed = {
	.sqlstate = ERRCODE_CONFLICT,
	.code = "row_changed",
	.what = "was changed meanwhile",
	.hint = "Read it anew and try again.",
};

/* The row is visible to the user, but a policy or trigger left it as it was. */
const RowError opportunity_refused = {
	.sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE,
	.code = "not_allowed",
	.what = "may not be changed by you",
	.detail = "A policy or a trigger of table \"%s\" left it as it was.",
};

/* The message of a row's error. */
char *
row_error_message(const RowError *error, const char *id)
{
	return psprintf("opportunity %s %s", id_in_message(id), error->what);
}

/* Raise a row's error. */
void
raise_row_error(const RowError *error, Relation rel, const char *id, const char *field)
{
	ereport(ERROR,
			(errcode(error->sqlstate), errmsg("%s", row_error_message(error, id)),
			 error->detail ? errdetail(error->detail, RelationGetRelationName(rel)) : 0,
			 error->hint ? errhint("%s", error->hint) : 0, errtable(rel), err_code(error->code),
			 err_field(field), err_place(NULL, list_make2("id", unconstify(char *, id)))));
}

/* The row that a statement has returned, whose first columns are fields, as an object of JSON. */
Jsonb *
returned_row(List *fields, MemoryContext context)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	Datum *values = palloc(sizeof(Datum) * desc->natts);
	bool *nulls = palloc(sizeof(bool) * desc->natts);
	MemoryContext caller;
	JsonbValue object;
	Jsonb *row;

	heap_deform_tuple(SPI_tuptable->vals[0], desc, values, nulls);
	set_row(&object, fields, values, nulls);
	caller = MemoryContextSwitchTo(context);
	row = JsonbValueToJsonb(&object);
	MemoryContextSwitchTo(caller);
	return row;
}
