#include "postgres.h"

#include "owner_query.h"

#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tenant.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/*
 * Rules read other rows, and write what is derived, as the owner of the table that they stand on,
 * as core's foreign keys do: it must not depend on the rights or the row security of whoever
 * writes. Plans are
 * kept for the session, one for each table and query, and made anew once anything about them moved.
 */

/* Where a trigger's table belongs: for a partition, what holds is said by the topmost table. */
typedef struct Home
{
	Oid relid;
	Oid schema;
	Oid owner;
} Home;

typedef struct PlanKey
{
	const OwnerQuery *query;
	Oid relid;
} PlanKey;

typedef struct KeptPlan
{
	PlanKey key;
	Home home;
	bool tenants; /* the query takes the row's tenant as one parameter more */
	SPIPlanPtr plan;
} KeptPlan;

static HTAB *kept_plans;

/* The table that a trigger's relation belongs to. */
Oid
home_table(Relation rel)
{
	Oid relid = RelationGetRelid(rel);

	return rel->rd_rel->relispartition ? llast_oid(get_partition_ancestors(relid)) : relid;
}

/* The same, with its schema and owner. */
static Home
home_of(Relation rel)
{
	Home home;
	HeapTuple tuple;

	home.relid = home_table(rel);
	home.schema = RelationGetNamespace(rel);
	home.owner = rel->rd_rel->relowner;
	if (!rel->rd_rel->relispartition)
		return home;

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(home.relid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", home.relid);
	home.schema = ((Form_pg_class) GETSTRUCT(tuple))->relnamespace;
	home.owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return home;
}

/*
 * The table that a query reads. It must be a real table of the same owner: a view's functions and
 * another owner's row security would run with the rights of ours.
 */
static Oid
queried_table(const Home *home, const OwnerQuery *query)
{
	Oid relid = home->relid;
	HeapTuple tuple;
	Form_pg_class form;
	bool usable;

	if (query->table == NULL)
		return relid;

	relid = get_relname_relid(query->table, home->schema);
	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("table \"%s.%s\" does not exist", get_namespace_name(home->schema),
							   query->table),
						errdetail("The rules of table \"%s\" need it.", get_rel_name(home->relid)),
						err_code("table_missing")));

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	form = (Form_pg_class) GETSTRUCT(tuple);
	usable = form->relowner == home->owner &&
			 (form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE);
	ReleaseSysCache(tuple);
	if (!usable)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s.%s\" is not a table of the owner of \"%s\"",
						get_namespace_name(home->schema), query->table, get_rel_name(home->relid)),
				 errdetail("The rules of table \"%s\" use it with the rights of its owner, %s.",
						   get_rel_name(home->relid), GetUserNameFromId(home->owner, false)),
				 errhint("Give both tables the same owner."), err_code("owner_differs")));
	return relid;
}

/*
 * Make a plan. It is made once and used for tables that grow from empty, so that it must be the
 * index scan which the queries are written for, whatever the table's size is now.
 */
static SPIPlanPtr
make_plan(const Home *home, const OwnerQuery *query, bool tenants)
{
	Oid relid = queried_table(home, query);
	char *table = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
											 get_rel_name(relid));
	int level = NewGUCNestLevel();
	Oid types[OWNER_QUERY_MAX + 1];
	SPIPlanPtr plan;
	CachedPlan *cached;

	memcpy(types, query->args, sizeof(query->args));
	types[query->nargs] = TEXTOID;

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	(void) set_config_option("enable_sort", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	plan =
		SPI_prepare_cursor(psprintf(expand_tenants(query->sql, tenants, query->nargs + 1), table),
						   query->nargs + tenants, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare query: %s", SPI_result_code_string(SPI_result));
	cached = SPI_plan_get_cached_plan(plan);
	if (cached != NULL)
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	AtEOXact_GUC(true, level);
	return plan;
}

/* Throw away every plan whose tables changed or are gone. */
static void
sweep_plans(void)
{
	HASH_SEQ_STATUS status;
	KeptPlan *kept;

	hash_seq_init(&status, kept_plans);
	while ((kept = hash_seq_search(&status)) != NULL)
	{
		if (SPI_plan_is_valid(kept->plan))
			continue;
		SPI_freeplan(kept->plan);
		hash_search(kept_plans, &kept->key, HASH_REMOVE, NULL);
	}
}

/* The plan of a query for a trigger's relation. */
static KeptPlan *
kept_plan(Relation rel, const Home *home, const OwnerQuery *query)
{
	PlanKey key;
	KeptPlan *kept;
	SPIPlanPtr plan;
	bool tenants;
	bool found;

	if (kept_plans == NULL)
	{
		HASHCTL control;

		control.keysize = sizeof(PlanKey);
		control.entrysize = sizeof(KeptPlan);
		kept_plans =
			hash_create("opportunities: plans of rules", 16, &control, HASH_ELEM | HASH_BLOBS);
	}

	memset(&key, 0, sizeof(key));
	key.query = query;
	key.relid = RelationGetRelid(rel);
	kept = hash_search(kept_plans, &key, HASH_FIND, NULL);
	if (kept != NULL && memcmp(&kept->home, home, sizeof(Home)) == 0 &&
		SPI_plan_is_valid(kept->plan))
		return kept;

	tenants = has_tenants(home->relid);
	plan = make_plan(home, query, tenants);
	sweep_plans();
	kept = hash_search(kept_plans, &key, HASH_ENTER, &found);
	if (found)
		SPI_freeplan(kept->plan);
	kept->home = *home;
	kept->tenants = tenants;
	kept->plan = plan;
	return kept;
}

/* Copy the first row of the query's result into the caller's memory. */
static void
copy_row(const OwnerQuery *query, MemoryContext context, Datum *values, bool *nulls)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	MemoryContext old = MemoryContextSwitchTo(context);

	for (int i = 0; i < query->nresults; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->atttypid != query->results[i])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of table \"%s\" must be of type %s, not %s",
							NameStr(att->attname), query->table, format_type_be(query->results[i]),
							format_type_be(att->atttypid)),
					 err_code("column_type"), err_field(NameStr(att->attname))));
		values[i] = SPI_getbinval(SPI_tuptable->vals[0], desc, i + 1, &nulls[i]);
		if (!nulls[i])
			values[i] = datumCopy(values[i], att->attbyval, att->attlen);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Run a query as the owner of the trigger's table, and copy the first row of its result, if asked
 * for, into the caller's memory. What it asks runs no code of a user: the queries name only our
 * columns, core types and core operators, of a table whose owner is the one that they run as. What
 * it writes fires the triggers that the owner put there.
 */
static uint64
run_as_owner(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
			 const char *arg_nulls, int expected, Datum *values, bool *nulls)
{
	MemoryContext context = CurrentMemoryContext;
	Home home = home_of(trigger->tg_relation);
	bool writes = expected != SPI_OK_SELECT;
	Datum all_args[OWNER_QUERY_MAX + 1];
	char all_nulls[OWNER_QUERY_MAX + 1];
	KeptPlan *kept;
	Oid user;
	int security;
	int result;
	uint64 processed;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(home.owner,
						   security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);

	for (int i = 0; i < query->nargs; i++)
	{
		all_args[i] = args[i];
		all_nulls[i] = arg_nulls == NULL ? ' ' : arg_nulls[i];
	}
	kept = kept_plan(trigger->tg_relation, &home, query);
	if (kept->tenants)
	{
		all_args[query->nargs] = row_tenant(trigger);
		all_nulls[query->nargs] = ' ';
	}
	result = SPI_execute_snapshot(kept->plan, all_args, all_nulls,
								  query->latest ? GetLatestSnapshot() : InvalidSnapshot,
								  InvalidSnapshot, false, writes, writes ? 0 : 1);
	if (result != expected)
		elog(ERROR, "could not run a rule's query: %s", SPI_result_code_string(result));

	SetUserIdAndSecContext(user, security);
	processed = SPI_processed;
	if (processed > 0 && !writes)
		copy_row(query, context, values, nulls);
	SPI_finish();
	return processed;
}

/* Ask a query as the owner of the trigger's table: true and the row's columns where there is one.
 */
bool
owner_query(TriggerData *trigger, const OwnerQuery *query, const Datum *args, Datum *values,
			bool *nulls)
{
	return run_as_owner(trigger, query, args, NULL, SPI_OK_SELECT, values, nulls) > 0;
}

/* Insert as the owner of the trigger's table; arg_nulls is as SPI takes it. */
void
owner_insert(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
			 const char *arg_nulls)
{
	(void) run_as_owner(trigger, query, args, arg_nulls, SPI_OK_INSERT, NULL, NULL);
}
