/* What saved filters and saved views have in common: owners, names, sharing. */
#include "postgres.h"

#include "triggers/saved.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/query.h"
#include "base/shard.h"
#include "base/sqltext.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Columns that are saved at once, at most, besides owner, name and shared. */
#define MAX_VALUES 8
#define FIRST_VALUES 3

/*
 * The table of a kind beside a relation, or InvalidOid. A view in its place is none: writes to what
 * it shows would reach no plan, and its functions would run as whoever looks up a name.
 */
Oid
saved_table(const SavedKind *kind, const Source *source)
{
	Oid relid = get_relname_relid(kind->table, source->schema);
	char relkind = OidIsValid(relid) ? get_rel_relkind(relid) : '\0';

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		return InvalidOid;
	return table_beside(source->relid, relid);
}

/* The condition on a row f of a table that the user can mean it, by its name where one is given. */
char *
saved_condition(Oid table, const char *name, bool private_too)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(f.shared");
	if (private_too)
	{
		appendStringInfoString(&sql, " OR NOT f.shared AND f.owner OPERATOR(pg_catalog.=) ");
		append_text_literal(&sql, current_user_name());
	}
	appendStringInfoChar(&sql, ')');
	append_tenant(&sql, table, "f");
	if (name != NULL)
	{
		appendStringInfoString(&sql, " AND f.name OPERATOR(pg_catalog.=) ");
		append_text_literal(&sql, name);
	}
	return sql.data;
}

/* There is none of that name: say which is meant, or that there is no table. */
void
unknown_saved(const SavedKind *kind, const Source *source, const char *name, bool private_too)
{
	Oid table = saved_table(kind, source);
	List *names = NIL;

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s \"%s\" does not exist", kind->noun, name),
				 errdetail("There is no table \"%s\" beside \"%s\".", kind->table, source->name),
				 errhint("create_crm with parts => '{filters}' makes it."), err_code(kind->unknown),
				 err_field(kind->noun)));

	SPI_connect();
	(void) run_query(psprintf("SELECT f.name FROM %s AS f WHERE f.name IS NOT NULL AND %s",
							  sql_relation(table), saved_condition(table, NULL, private_too)));
	for (uint64 row = 0; row < SPI_processed; row++)
		names = lappend(names, copy_value(CurrentMemoryContext, row, 1));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("%s \"%s\" does not exist", kind->noun, name),
					errhint_nearest(name, names), err_code(kind->unknown), err_field(kind->noun)));
}

/* The command that replaces the user's own row of that name. */
static char *
update_command(Oid table, const SavedValue *values, int count)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS f SET ", sql_relation(table));
	for (int i = 0; i < count; i++)
	{
		const char *parameter = psprintf("$%d", FIRST_VALUES + i + 1);

		appendStringInfo(&sql, "%s%s = ", i > 0 ? ", " : "", quote_identifier(values[i].column));
		if (values[i].update != NULL)
			appendStringInfo(&sql, values[i].update, parameter);
		else
			appendStringInfoString(&sql, parameter);
	}
	appendStringInfoString(&sql,
						   " WHERE f.owner OPERATOR(pg_catalog.=) $1 AND f.name "
						   "OPERATOR(pg_catalog.=) $2 AND f.shared OPERATOR(pg_catalog.=) $3");
	append_tenant(&sql, table, "f");
	appendStringInfoString(&sql, " RETURNING f.id::pg_catalog.int8");
	return sql.data;
}

/* The command that makes a row, unless there is one of that name. */
static char *
insert_command(Oid table, bool shared, const SavedValue *values, int count)
{
	StringInfoData into;
	StringInfoData parameters;

	initStringInfo(&into);
	initStringInfo(&parameters);
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(&into, ", %s", quote_identifier(values[i].column));
		appendStringInfo(&parameters, ", $%d", FIRST_VALUES + i + 1);
	}
	return psprintf("INSERT INTO %s AS f (owner, name, shared%s) VALUES ($1, $2, $3%s) "
					"ON CONFLICT (%s%s DO NOTHING RETURNING f.id::pg_catalog.int8",
					sql_relation(table), into.data, parameters.data,
					has_tenants(table) ? "tenant_id, " : "",
					shared ? "name) WHERE shared" : "owner, name) WHERE NOT shared");
}

/* What the commands take. */
typedef struct Parameters
{
	int count;
	Oid types[FIRST_VALUES + MAX_VALUES];
	Datum values[FIRST_VALUES + MAX_VALUES];
	char nulls[FIRST_VALUES + MAX_VALUES];
} Parameters;

/* Run one of the commands; whether it wrote a row. */
static bool
write_row(const char *sql, Parameters *parameters)
{
	int code = SPI_execute_with_args(sql, parameters->count, parameters->types, parameters->values,
									 parameters->nulls, false, 0);

	if (code < 0)
		elog(ERROR, "could not save: %s", SPI_result_code_string(code));
	return SPI_processed > 0;
}

/*
 * Save under a name, in place of the user's own of that name. Returns the id. A row that row
 * security hides is never met by an update of ours, whose error would then be the policy's.
 */
int64
save_row(const SavedKind *kind, const Source *source, Datum name, bool shared,
		 const SavedValue *values, int count)
{
	Oid table = saved_table(kind, source);
	Parameters parameters = {.count = FIRST_VALUES + count, .types = {TEXTOID, TEXTOID, BOOLOID}};
	char *update;
	int64 id;
	bool isnull;

	Assert(count <= MAX_VALUES);
	if (!OidIsValid(table))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("there is no table \"%s\" beside \"%s\"", kind->table, source->name),
						errhint("create_crm with parts => '{filters}' makes it."),
						err_code("relation_missing")));

	memset(parameters.nulls, ' ', parameters.count);
	parameters.values[0] = CStringGetTextDatum(current_user_name());
	parameters.values[1] = name;
	parameters.values[2] = BoolGetDatum(shared);
	for (int i = 0; i < count; i++)
	{
		parameters.types[FIRST_VALUES + i] = values[i].type;
		parameters.values[FIRST_VALUES + i] = values[i].value.value;
		if (values[i].value.isnull)
			parameters.nulls[FIRST_VALUES + i] = 'n';
	}
	SPI_connect();
	update = update_command(table, values, count);
	/* The second update meets what the insert found there: a row that is new since the first. */
	if (!write_row(update, &parameters) &&
		!write_row(insert_command(table, shared, values, count), &parameters) &&
		!write_row(update, &parameters))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s \"%s\" is another user's", kind->noun, TextDatumGetCString(name)),
				 errhint("Save it under another name, or as a private one."), err_code("not_owner"),
				 err_field("owner")));
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return id;
}

/*
 * A row, as it was or as it is written, must be the user's own, unless the user may do anything
 * with the table.
 */
static void
check_saved_owner(const Row *row, const SavedKind *kind, bool written)
{
	Datum (*value)(const Row *row, int column) = written ? value_of : old_value_of;
	Datum name;

	if (has_privs_of_role(GetUserId(), row->rel->rd_rel->relowner) ||
		strcmp(TextDatumGetCString(value(row, SAVED_OWNER)), current_user_name()) == 0)
		return;
	name = value(row, SAVED_NAME);
	ereport(
		ERROR,
		(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		 written
			 ? errmsg("%s \"%s\" would be another user's", kind->noun, TextDatumGetCString(name))
		 : may_tell(row->trigger, &kind->owners, name)
			 ? errmsg("%s \"%s\" is another user's", kind->noun, TextDatumGetCString(name))
			 : errmsg("the %s is another user's", kind->noun),
		 written ? errhint("A %s's owner is who saves it: leave the column owner out.", kind->noun)
				 : errhint("Only its owner changes and deletes it."),
		 err_code("not_owner"), err_field("owner")));
}

/* What a kind's trigger does before INSERT, UPDATE or DELETE of a row. */
Datum
saved_trigger(FunctionCallInfo fcinfo, const SavedKind *kind, SavedCheck check)
{
	Row row = open_row(fcinfo, &kind->use);
	bool of_owner =
		kind->may_write == NULL || row.is_insert || row.is_delete || !kind->may_write(&row);

	if (of_owner && !row.is_insert)
		check_saved_owner(&row, kind, false);
	if (row.is_delete)
		return PointerGetDatum(close_row(&row));

	if (!row.is_insert)
	{
		keep_value(&row, SAVED_CREATED_AT);
		keep_value(&row, SAVED_UPDATED_AT);
		if (row_changed(&row))
			set_value(&row, SAVED_UPDATED_AT,
					  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	}
	if (of_owner)
		check_saved_owner(&row, kind, true);
	check(&row);
	return PointerGetDatum(close_row(&row));
}
