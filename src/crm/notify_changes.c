/* notify_changes: the index of live updates, and notifications switched on and off. */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/query.h"
#include "base/shard.h"
#include "catalog/namespace.h"
#include "catalog/pg_index.h"
#include "commands/trigger.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(notify_changes);

#define TRIGGER_NAME "zz_notify"

/* Whether changes of a CRM are notified. */
bool
is_notified(Oid schema)
{
	Oid log = get_relname_relid("change_log", schema);

	return OidIsValid(log) && OidIsValid(get_trigger_oid(log, TRIGGER_NAME, true));
}

/* The table of a schema's history. */
static Oid
log_of_schema(Oid schema)
{
	Oid log = get_relname_relid("change_log", schema);

	if (!OidIsValid(log))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("schema \"%s\" has no table \"change_log\"", get_namespace_name(schema)),
				 errhint("create_crm makes it, with the tables of a CRM."),
				 err_code("relation_missing"), err_field("schema")));
	return log;
}

/* Whether an index is usable, and one of some columns of a table. */
static bool
is_index_of(Oid index, Oid table, List *columns)
{
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool right;
	int i = 0;
	ListCell *cell;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	right = form->indrelid == table && form->indisvalid &&
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
			form->indnkeyatts == list_length(columns);
	foreach (cell, columns)
	{
		const char *name = lfirst_node(IndexElem, cell)->name;

		right = right && form->indkey.values[i++] == get_attnum(table, name);
	}
	ReleaseSysCache(tuple);
	return right;
}

/* Whether the index is there already: a large one is better made before, without a lock. */
static bool
has_index(Oid log, const IndexStmt *statement)
{
	Oid index = get_relname_relid(statement->idxname, get_rel_namespace(log));

	if (OidIsValid(index) && !is_index_of(index, log, statement->indexParams))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
						errmsg("\"%s\" is not the index that is needed", statement->idxname),
						errdetail("It is not valid, or is one of another table or other columns."),
						errhint("Drop it."), err_code("index_taken")));
	return OidIsValid(index);
}

/* Make what is missing: the index, and the trigger where it is wanted. */
static void
make_live(Oid log, bool trigger)
{
	const char *definition = crm_definition(LIVE_PART, has_tenants(log), InvalidOid);
	ListCell *cell;

	foreach (cell, raw_parser(definition, RAW_PARSE_DEFAULT))
	{
		RawStmt *raw = lfirst_node(RawStmt, cell);
		const char *sql = definition + raw->stmt_location;

		if (IsA(raw->stmt, IndexStmt) ? !has_index(log, (IndexStmt *) raw->stmt) : trigger)
			(void) run_sql(raw->stmt_len > 0 ? pnstrdup(sql, raw->stmt_len) : sql);
	}
}

/* notify_changes(schema name, enabled boolean) -> void */
Datum
notify_changes(PG_FUNCTION_ARGS)
{
	Oid schema = find_schema(fcinfo, 0);
	Oid log = log_of_schema(schema);
	const char *name = get_namespace_name(schema);
	int level;

	need_argument(fcinfo, 1, "enabled");
	if (PG_GETARG_BOOL(1) && is_distributed(log))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("changes in schema \"%s\" cannot be notified", name),
						errdetail("Citus has its tables on other servers, whose notifications "
								  "nobody hears here."),
						err_code("notified_elsewhere"), err_field("schema")));
	SPI_connect();
	level = set_local_path(psprintf("%s, pg_temp", quote_identifier(name)));
	make_live(log, PG_GETARG_BOOL(1));
	if (!PG_GETARG_BOOL(1) && is_notified(schema))
		(void) run_sql(psprintf("DROP TRIGGER " TRIGGER_NAME " ON %s",
								quote_qualified_identifier(name, "change_log")));
	AtEOXact_GUC(true, level);
	SPI_finish();
	PG_RETURN_VOID();
}
