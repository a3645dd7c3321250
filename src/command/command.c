/* What commands have in common: their tables, and the errors of a row. */
#include "postgres.h"

#include "command/command.h"

#include "access/relation.h"
#include "base/error_detail.h"
#include "base/errors.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "query/projection.h"
#include "utils/lsyscache.h"

/* Open the table that a command is about, under a lock that is kept, as that of any statement is.
 */
static Relation
open_crm_table(Oid relid, LOCKMODE lock)
{
	Relation rel = try_relation_open(relid, lock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation %u does not exist", relid),
				 errhint("Name one: relation => 'crm.opportunity'."),
				 err_code("unknown_relation")));
	if (!has_opportunity_trigger(rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table of opportunities that create_crm made",
						RelationGetRelationName(rel)),
				 errhint("Commands write tables that create_crm made. Write others, and those "
						 "that views show, by plain SQL."),
				 err_code("not_a_table")));
	return rel;
}

/* Open the table whose opportunities a command edits. */
Relation
open_opportunities(FunctionCallInfo fcinfo, int argument)
{
	return open_crm_table(relation_argument(fcinfo, argument), RowExclusiveLock);
}

/* The table whose opportunities a command reads, to write beside it. */
Source *
crm_opportunities(FunctionCallInfo fcinfo, int argument)
{
	Relation rel = open_crm_table(relation_argument(fcinfo, argument), AccessShareLock);
	Source *source = open_source(RelationGetRelid(rel));

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

char *
id_text(int64 id)
{
	return psprintf(INT64_FORMAT, id);
}

/* The message of a row's error. */
char *
row_error_message(const RowError *error, const char *id)
{
	return psprintf("opportunity %s %s", id, error->what);
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
