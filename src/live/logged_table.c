/* Tables whose changes are logged, as the caller may see them. */
#include "postgres.h"

#include "live/logged_table.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/shard.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fields/source.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "triggers/change_log.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

/* There is no whole history of a relation here. */
pg_noreturn static void
refuse_table(const char *name, const char *detail, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("changes of \"%s\" are not logged", name), errdetail("%s", detail),
					errhint("%s", hint), err_code("not_logged")));
}

/* Whether rows of a table come from another server by a subscription. */
static bool
is_subscribed(Oid relid)
{
	Relation catalog = table_open(SubscriptionRelRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool found;

	ScanKeyInit(&key, Anum_pg_subscription_rel_srrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, SubscriptionRelSrrelidSrsubidIndexId, true, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

/*
 * What logs a table itself: the trigger for rows, as the statement that is being run sees it in the
 * catalog. Any change of it, there and back too, makes another row there; who wrote that stays in
 * it.
 */
static uint64
log_of(Oid relid)
{
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	const char *name = get_rel_name(relid);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	char enabled = TRIGGER_DISABLED;
	uint64 log = 0;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, GetActiveSnapshot(), 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);

		if (!TRIGGER_FOR_ROW(trigger->tgtype) || !is_log_function(trigger->tgfoid))
			continue;
		enabled = trigger->tgenabled;
		log = (uint64) trigger->oid << 32 | HeapTupleHeaderGetRawXmin(tuple->t_data);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);

	if (enabled == TRIGGER_DISABLED || enabled == TRIGGER_FIRES_ON_REPLICA)
		refuse_table(name, "It has no trigger that logs them, or it is disabled.",
					 "Name a table that create_crm made, or one that has the trigger zz_log.");
	if (enabled == TRIGGER_FIRES_ON_ORIGIN && is_subscribed(relid))
		refuse_table(name, "Its rows come from another server, whose changes are logged there.",
					 "Ask that server, or let the trigger zz_log fire always.");
	return log;
}

/* What logs a table and its partitions, and under which name. */
static uint64
log_of_all(Oid relid)
{
	List *tables = find_all_inheritors(relid, AccessShareLock, NULL);
	const char *name = get_rel_name(relid);
	uint64 log = hash_combine64(log_of(relid), DatumGetUInt64(hash_any_extended(
												   (const unsigned char *) name, strlen(name), 0)));
	ListCell *cell;

	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
	{
		foreach (cell, tables)
			log = hash_combine64(log, log_of(lfirst_oid(cell)));
	}
	return log;
}

/* The entries of a log must be of this server: numbers of another's transactions mean nothing here.
 */
static void
check_log(const Source *source)
{
	Oid log = get_relname_relid("change_log", source->schema);
	ListCell *cell;

	if (!OidIsValid(log))
		return; /* the error is that of whoever asks it */
	foreach (cell, find_all_inheritors(log, AccessShareLock, NULL))
	{
		if (is_subscribed(lfirst_oid(cell)))
			refuse_table(source->name, "The table change_log comes from another server.",
						 "Ask that server.");
	}
}

/* The one column that the log knows a row by. */
static SourceColumn *
key_of(Relation rel, const Source *source)
{
	SourceColumn *key;
	int number;

	if (!bms_get_singleton_member(logged_key(rel), &number))
		refuse_table(source->name, "Its rows have no id, nor a primary key of one column.",
					 "Add one.");
	key = source_column(
		source, get_attname(source->relid, number + FirstLowInvalidHeapAttributeNumber, false));
	if (!OidIsValid(get_array_type(key->base_type)) ||
		!OidIsValid(lookup_type_cache(key->base_type, TYPECACHE_EQ_OPR)->eq_opr))
		refuse_table(source->name, "Rows can't be found by values of the type of their id.",
					 "Give it another type.");
	return key;
}

/* The columns that generated ones tell of, where the caller may read those. */
static Bitmapset *
generated_from(Relation rel, const Source *source)
{
	TupleDesc desc = RelationGetDescr(rel);
	Bitmapset *columns = NULL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated && may_select(source, NameStr(att->attname)))
			pull_varattnos(build_column_default(rel, i + 1), 1, &columns);
	}
	return columns;
}

/* The columns that the caller may not read, as an array: their changes are none to the caller. */
static Datum
hidden_columns(Relation rel, const Source *source)
{
	Bitmapset *told = NULL;
	ArrayBuildState *hidden = NULL;
	ListCell *cell;

	if (pg_class_aclcheck(source->relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	told = generated_from(rel, source);
	foreach (cell, source->columns)
	{
		SourceColumn *column = lfirst(cell);

		if (!may_select(source, column->name) &&
			!bms_is_member(column->number - FirstLowInvalidHeapAttributeNumber, told))
			hidden = accumArrayResult(hidden, CStringGetTextDatum(column->name), false, TEXTOID,
									  CurrentMemoryContext);
	}
	return hidden == NULL ? PointerGetDatum(construct_empty_array(TEXTOID))
						  : makeArrayResult(hidden, CurrentMemoryContext);
}

/* The caller must have a right to read the rows: asked before the history is, as any query does. */
static void
need_rights(const Source *source, const SourceColumn *key)
{
	if (!may_use_schema(GetUserId(), source->schema, ACL_USAGE))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, get_namespace_name(source->schema));
	if (!may_select(source, key->name))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, source->name);
}

/* Open a table whose changes are asked for; its lock is kept. */
LoggedTable *
open_logged_table(Oid relid)
{
	LoggedTable *table = palloc0(sizeof(LoggedTable));
	Source *source = open_source(relid);
	Relation rel = relation_open(relid, NoLock);

	table->source = source;
	if (rel->rd_rel->relkind != RELKIND_RELATION &&
		rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		refuse_table(source->name, "It is a view, or a table of another server.",
					 "Name the table itself.");
	if (rel->rd_rel->relispartition)
		refuse_table(source->name, "It is a partition.", "Name the table that it is a part of.");
	if (is_distributed(relid))
		refuse_table(source->name,
					 "Citus has its rows, and what is logged of them, on other servers.",
					 "Read the board or list anew.");
	table->log = log_of_all(relid);
	check_log(source);
	table->command.tg_relation = rel;
	table->key = key_of(rel, source);
	need_rights(source, table->key);
	table->hidden = hidden_columns(rel, source);
	return table;
}
