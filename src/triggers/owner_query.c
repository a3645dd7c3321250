/* Queries of triggers, which run as the tables' owner. */
#include "postgres.h"

#include "triggers/owner_query.h"

#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/kept_plan.h"
#include "base/query.h"
#include "base/query_params.h"
#include "base/shard.h"
#include "base/sqltext.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/*
 * Triggers read other rows, and write what is derived, as the owner of the table that they stand
 * on, as core's foreign keys do: it must not depend on the rights or the row security of whoever
 * writes.
 */

/* Where a trigger's table belongs: for a partition, what holds is said by the topmost table. */
typedef struct Home
{
	Oid relid;
	Oid schema;
	Oid owner;
	bool tenants; /* it keeps them apart */
} Home;

typedef struct PlanKey
{
	const OwnerQuery *query;
	Oid relid;
	Oid schema;
	Oid owner;
	bool tenants;
	bool as_writer;
} PlanKey;

static PlanCache plans = {
	.name = "opportunities: plans of triggers",
	.control = {.keysize = sizeof(PlanKey)},
	.flags = HASH_BLOBS,
};

/* The table that a trigger's relation belongs to. A partition that is being detached has no other.
 */
Oid
home_table(Relation rel)
{
	Oid relid = RelationGetRelid(rel);
	List *ancestors = rel->rd_rel->relispartition ? get_partition_ancestors(relid) : NIL;

	return ancestors == NIL ? relid : llast_oid(ancestors);
}

/*
 * The user on whose behalf rows are written: where a trigger or a foreign key writes as the owner
 * of the tables, the user outside it.
 */
Oid
writer(void)
{
	return InNoForceRLSOperation() ? GetOuterUserId() : GetUserId();
}

/* The tenant of the row that a trigger writes; the current one for a command, which has no row. */
Datum
row_tenant(TriggerData *trigger)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	HeapTuple tuple =
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	AttrNumber number = get_attnum(RelationGetRelid(trigger->tg_relation), TENANT_COLUMN);
	bool isnull;
	Datum tenant = (Datum) 0;

	if (tuple == NULL)
		return CStringGetTextDatum(session_tenant());
	if (number == InvalidAttrNumber || TupleDescAttr(desc, number - 1)->atttypid != TEXTOID)
		isnull = true;
	else
		tenant = heap_getattr(tuple, number, desc, &isnull);
	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
						errmsg("a row of table \"%s\" has no tenant",
							   RelationGetRelationName(trigger->tg_relation)),
						errhint("Leave tenant_id out: it is the setting opportunities.tenant."),
						err_code("tenant_missing"), err_field(TENANT_COLUMN)));
	return tenant;
}

/* The table that a trigger's relation belongs to, with its schema and owner. */
static Home
home_of(Relation rel)
{
	Home home;
	HeapTuple tuple;

	home.relid = home_table(rel);
	home.schema = RelationGetNamespace(rel);
	home.owner = rel->rd_rel->relowner;
	home.tenants = has_tenants(home.relid);
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
 * A table that a query names, quoted; NULL is the trigger's own. It must be a real table of the
 * same owner: a view's functions and another owner's row security would run with the rights of
 * ours. Beside a shard it is the shard that has the same tenants.
 */
static Oid
queried_table(const Home *home, const char *table)
{
	Oid relid = table == NULL ? home->relid : get_relname_relid(table, home->schema);
	const char *schema = get_namespace_name(home->schema);
	const char *name = table == NULL ? get_rel_name(relid) : table;
	HeapTuple tuple;
	Form_pg_class form;
	bool usable;

	if (table != NULL && OidIsValid(relid))
		relid = table_beside(home->relid, relid);
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s.%s\" does not exist", schema, name),
				 errdetail("The triggers of table \"%s\" need it.", get_rel_name(home->relid)),
				 err_code("relation_missing")));

	form = (Form_pg_class) GETSTRUCT(tuple);
	usable = form->relowner == home->owner &&
			 (form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE);
	ReleaseSysCache(tuple);
	if (!usable)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s.%s\" is not a table of the owner of \"%s\"", schema, name,
						get_rel_name(home->relid)),
				 errdetail("The triggers of table \"%s\" use it with the rights of its owner, %s.",
						   get_rel_name(home->relid), GetUserNameFromId(home->owner, false)),
				 errhint("Give both tables the same owner."), err_code("owner_differs")));
	return relid;
}

/* A query with some text in place of a mark. */
static char *
replace_mark(const char *sql, const char *mark, const char *text)
{
	const char *place = strstr(sql, mark);

	return place == NULL
			   ? pstrdup(sql)
			   : psprintf("%.*s%s%s", (int) (place - sql), sql, text, place + strlen(mark));
}

/* The text of a query of a table, or of a shard of one, which doesn't number new rows itself. */
static char *
number_new_rows(const OwnerQuery *query, Oid relid)
{
	Oid table = query->after == NULL ? InvalidOid : table_of_shard(relid);
	Oid sequence = InvalidOid;
	char *next;

	if (OidIsValid(table))
		sequence = identity_sequence(table, get_attnum(table, "id"));
	if (!OidIsValid(sequence))
		return replace_mark(replace_mark(query->sql, "{id}", ""), "{next}", "");
	/* by its OID: what is made here is a format */
	next = psprintf("opportunities_internal.next_number('%u'::pg_catalog.regclass, "
					"(SELECT pg_catalog.max(k.id) FROM %%1$s AS k WHERE %s)), ",
					sequence, query->after);
	return replace_mark(replace_mark(query->sql, "{id}", "id, "), "{next}", next);
}

/* The text of a query for the tables that it names, and whether they are all shards. */
static char *
query_text(const Home *home, const OwnerQuery *query, bool *of_shards)
{
	Oid table = queried_table(home, query->table);
	Oid second = query->second == NULL ? table : queried_table(home, query->second);
	char *sql = expand_tenants(number_new_rows(query, table), home->tenants, query->nargs + 1);

	*of_shards = OidIsValid(table_of_shard(table)) && OidIsValid(table_of_shard(second));
	return psprintf(sql, sql_relation(table), sql_relation(second));
}

/* Whether a query takes the row's tenant, behind its arguments. */
static bool
takes_tenant(const Home *home, const OwnerQuery *query)
{
	return home->tenants && (strstr(query->sql, "{=}") || strstr(query->sql, "{value}"));
}

/*
 * Make a plan. It is made once and used for tables that grow from empty, so that it must be the
 * index scan which the queries are written for, whatever the table's size is now.
 */
static KeptPlan *
make_plan(const Home *home, const OwnerQuery *query)
{
	/* A bitmap looks as cheap for one row, and isn't. */
	static const char *const not_by_index[] = {"enable_seqscan", "enable_sort", "enable_bitmapscan",
											   NULL};
	/* But it has a condition; the other ways through an index need none. */
	static const char *const not_by_keys[] = {"enable_seqscan",	  "enable_sort",
											  "enable_indexscan", "enable_indexonlyscan",
											  "enable_memoize",	  NULL};
	bool of_shards;
	char *sql = query_text(home, query, &of_shards);
	Oid types[OWNER_QUERY_MAX + 1];
	KeptPlan *kept;

	memcpy(types, query->args, sizeof(query->args));
	types[query->nargs] = TEXTOID;
	kept = save_plan(SPI_prepare_cursor(of_shards ? local_statement(sql) : own_statement(sql),
										query->nargs + takes_tenant(home, query), types,
										of_shards ? CURSOR_OPT_GENERIC_PLAN : for_any_values(0)));
	plan_now(kept->plan, query->by_keys ? not_by_keys : not_by_index);
	return kept;
}

/* The plan of a query for a trigger's table; it takes the row's tenant as one parameter more. */
static KeptPlan *
plan_for(const Home *home, const OwnerQuery *query, bool as_writer)
{
	PlanKey key;
	KeptPlan *kept;

	memset(&key, 0, sizeof(key));
	key.query = query;
	key.relid = home->relid;
	key.schema = home->schema;
	key.owner = home->owner;
	key.tenants = home->tenants;
	key.as_writer = as_writer;
	kept = find_plan(&plans, &key);
	if (kept == NULL)
	{
		kept = make_plan(home, query);
		keep_plan(&plans, &key, kept);
	}
	return kept;
}

/* Refuse a table whose column, as a query's result has it, is of another type. */
pg_noreturn static void
refuse_type(Relation rel, const OwnerQuery *query, Form_pg_attribute att, Oid type)
{
	const char *table = query->table != NULL ? query->table : get_rel_name(home_table(rel));

	ereport(
		ERROR,
		(errcode(ERRCODE_DATATYPE_MISMATCH),
		 errmsg("column \"%s\" of table \"%s\" must be of type %s, not %s", NameStr(att->attname),
				table, format_type_be(type), format_type_be(att->atttypid)),
		 errdetail("The triggers of table \"%s\" need it.", RelationGetRelationName(rel)),
		 err_code("column_type"), err_field(NameStr(att->attname))));
}

/* The same where a row has no value in it, which it mustn't lack. */
pg_noreturn static void
refuse_no_value(Relation rel, const OwnerQuery *query, Form_pg_attribute att)
{
	const char *table = query->table != NULL ? query->table : get_rel_name(home_table(rel));

	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("a row of table \"%s\" has no value in column \"%s\"", table,
					NameStr(att->attname)),
			 errdetail("The triggers of table \"%s\" need it.", RelationGetRelationName(rel)),
			 err_code("column_null"), err_field(NameStr(att->attname))));
}

/* The columns of a query's result must be of the types that it says. */
static void
check_types(Relation rel, const OwnerQuery *query, TupleDesc desc)
{
	for (int i = 0; i < query->nresults; i++)
		if (TupleDescAttr(desc, i)->atttypid != query->results[i].type)
			refuse_type(rel, query, TupleDescAttr(desc, i), query->results[i].type);
}

/* Copy a row of the query's result into the caller's memory. */
static void
copy_row(Relation rel, const OwnerQuery *query, MemoryContext context, uint64 row, Datum *values,
		 bool *nulls)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	MemoryContext old = MemoryContextSwitchTo(context);

	check_types(rel, query, desc);
	for (int i = 0; i < query->nresults; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool null;

		values[i] = SPI_getbinval(SPI_tuptable->vals[row], desc, i + 1, &null);
		if (null && !query->results[i].nullable)
			refuse_no_value(rel, query, att);
		if (!null)
			values[i] = datumCopy(values[i], att->attbyval, att->attlen);
		if (nulls != NULL)
			nulls[i] = null;
		Assert(nulls != NULL || !query->results[i].nullable);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Run a query as the owner of the trigger's table, or as whoever writes; SPI holds its rows. What
 * it writes fires its triggers before it returns, as the owner too: as those of a cascading foreign
 * key are.
 */
static void
execute(TriggerData *trigger, const OwnerQuery *query, const Datum *args, const char *nulls,
		bool as_writer, bool writes, long limit)
{
	Home home = home_of(trigger->tg_relation);
	Datum all_args[OWNER_QUERY_MAX + 1];
	char all_nulls[OWNER_QUERY_MAX + 1];
	SPIPlanPtr plan;
	Oid user;
	int security;
	int result;

	GetUserIdAndSecContext(&user, &security);
	if (as_writer)
		SetUserIdAndSecContext(writer(), security & ~SECURITY_NOFORCE_RLS);
	else
		SetUserIdAndSecContext(home.owner,
							   security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);

	for (int i = 0; i < query->nargs; i++)
	{
		all_args[i] = args[i];
		all_nulls[i] = nulls == NULL ? ' ' : nulls[i];
	}
	plan = plan_for(&home, query, as_writer)->plan;
	if (SPI_getargcount(plan) > query->nargs)
	{
		all_args[query->nargs] = row_tenant(trigger);
		all_nulls[query->nargs] = ' ';
	}
	result = SPI_execute_snapshot(plan, all_args, all_nulls,
								  query->latest ? GetLatestSnapshot() : InvalidSnapshot,
								  InvalidSnapshot, query->current, writes, limit);
	if (result < 0)
		elog(ERROR, "could not run a trigger's query: %s", SPI_result_code_string(result));
	SetUserIdAndSecContext(user, security);
}

/* Ask a query: how many rows there are, up to a limit, and the columns of one after the other. */
static int
ask(TriggerData *trigger, const OwnerQuery *query, const Datum *args, bool as_writer, int limit,
	Datum *values, bool *nulls)
{
	MemoryContext context = CurrentMemoryContext;
	int count;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	execute(trigger, query, args, NULL, as_writer, false, limit);
	count = (int) SPI_processed;
	for (int row = 0; row < count && values != NULL; row++)
		copy_row(trigger->tg_relation, query, context, row, values + row * query->nresults,
				 nulls == NULL ? NULL : nulls + row * query->nresults);
	SPI_finish();
	return count;
}

/*
 * Ask a query as the owner of the trigger's table. nulls is NULL where none is nullable. No code of
 * a user runs meanwhile: the queries name only our columns, core types and core operators, of a
 * table whose owner is the one that they run as.
 */
int
owner_rows(TriggerData *trigger, const OwnerQuery *query, const Datum *args, int limit,
		   Datum *values, bool *nulls)
{
	return ask(trigger, query, args, false, limit, values, nulls);
}

/* A receiver of rows that are such as the query says. */
typedef struct CheckedReceiver
{
	DestReceiver pub;
	Relation rel;
	const OwnerQuery *query;
	DestReceiver *receiver;
} CheckedReceiver;

static void
start_checked(DestReceiver *self, int operation, TupleDesc desc)
{
	check_types(((CheckedReceiver *) self)->rel, ((CheckedReceiver *) self)->query, desc);
}

static bool
receive_checked(TupleTableSlot *slot, DestReceiver *self)
{
	const CheckedReceiver *checked = (const CheckedReceiver *) self;
	const OwnerQuery *query = checked->query;

	slot_getallattrs(slot);
	for (int i = 0; i < query->nresults; i++)
		if (slot->tts_isnull[i] && !query->results[i].nullable)
			refuse_no_value(checked->rel, query, TupleDescAttr(slot->tts_tupleDescriptor, i));
	return checked->receiver->receiveSlot(slot, checked->receiver);
}

/*
 * Ask a query of many rows, which go to a receiver, as the owner of the trigger's table: of what
 * the statement sees that is being run, and by a plan for these values. The receiver must run no
 * code of a user.
 */
void
owner_scan(TriggerData *trigger, const OwnerQuery *query, const Datum *args, DestReceiver *receiver)
{
	Home home = home_of(trigger->tg_relation);
	CheckedReceiver checked = {row_receiver(receive_checked), trigger->tg_relation, query,
							   receiver};
	Params params = {0};
	StringInfoData unused;
	bool of_shards;
	Oid user;
	int security;

	checked.pub.rStartup = start_checked;
	initStringInfo(&unused);
	for (int i = 0; i < query->nargs; i++)
		append_datum(&unused, &params, args[i], query->args[i]);
	if (takes_tenant(&home, query))
		append_datum(&unused, &params, row_tenant(trigger), TEXTOID);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(home.owner,
						   security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	run_params_query(query_text(&home, query, &of_shards), &params, &checked.pub);
	SetUserIdAndSecContext(user, security);
	SPI_finish();
}

/* The same for one row: whether there is any. */
bool
owner_query(TriggerData *trigger, const OwnerQuery *query, const Datum *args, Datum *values,
			bool *nulls)
{
	return ask(trigger, query, args, false, 1, values, nulls) > 0;
}

/* The same as whoever writes, who may read its columns: of the rows that row security shows. */
bool
writer_query(TriggerData *trigger, const OwnerQuery *query, const Datum *args, Datum *values,
			 bool *nulls)
{
	return ask(trigger, query, args, true, 1, values, nulls) > 0;
}

/* How many rows of a query are visible to the writer, who may read its columns. */
int
writer_count(TriggerData *trigger, const OwnerQuery *query, const Datum *args)
{
	return ask(trigger, query, args, true, 0, NULL, NULL);
}

/*
 * Rethrow the error of a constraint without its DETAIL: it shows the whole row, since the statement
 * ran as the owner, to a caller who may not read it. The server's log keeps it.
 */
pg_noreturn static void
throw_without_row(MemoryContext context)
{
	ErrorData *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	if (error->table_name != NULL && error->detail_log == NULL)
	{
		error->detail_log = error->detail;
		error->detail = NULL;
	}
	ReThrowError(error);
}

/*
 * Run a statement to its end as the owner of the trigger's table: how many rows it found or
 * changed. The nulls are SPI's, NULL where no argument is.
 */
uint64
owner_execute(TriggerData *trigger, const OwnerQuery *query, const Datum *args, const char *nulls)
{
	MemoryContext context = CurrentMemoryContext;
	bool told = has_privs_of_role(writer(), home_of(trigger->tg_relation).owner);
	uint64 processed;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	PG_TRY();
	{
		execute(trigger, query, args, nulls, false, true, 0);
	}
	PG_CATCH();
	{
		if (!told && ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
			throw_without_row(context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	processed = SPI_processed;
	SPI_finish();
	return processed;
}
