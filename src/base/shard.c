/* Citus's catalogs: which tables it distributes, and the shards of them that are on this server. */
#include "postgres.h"

#include "base/shard.h"

#include "base/citus.h"
#include "base/kept_plan.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* Plans of questions to Citus's catalogs, by the address of the question. */
static PlanCache questions = {
	.name = "opportunities: questions to Citus",
	.control = {.keysize = sizeof(char *)},
	.flags = HASH_BLOBS,
};

/* Ask Citus's catalogs about a table, a shard's number and its name: a text, or NULL. */
static char *
ask_catalogs(const char *question, Oid table, int64 shard, const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum args[] = {ObjectIdGetDatum(table), Int64GetDatum(shard), CStringGetTextDatum(name)};
	char *answer = NULL;
	KeptPlan *plan;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	plan = find_plan(&questions, &question);
	if (plan == NULL)
	{
		plan = save_plan(SPI_prepare(own_statement(question), lengthof(args),
									 (Oid[]){OIDOID, INT8OID, TEXTOID}));
		keep_plan(&questions, &question, plan);
	}
	if (SPI_execute_plan(plan->plan, args, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not ask the catalogs of Citus");
	if (SPI_processed > 0)
		answer = copy_value(caller, 0, 1);
	SPI_finish();
	return answer;
}

/* Whether rows of a table are on other servers. */
bool
is_distributed(Oid table)
{
	return on_citus() && ask_catalogs("SELECT true FROM pg_catalog.pg_dist_partition AS p "
									  "WHERE p.logicalrelid OPERATOR(pg_catalog.=) $1",
									  table, 0, "") != NULL;
}

/* Whether the tables of a schema are on another server, all on one. */
bool
is_distributed_schema(Oid schema)
{
	return on_citus() && ask_catalogs("SELECT true FROM pg_catalog.pg_dist_schema AS s "
									  "WHERE s.schemaid OPERATOR(pg_catalog.=) $1",
									  schema, 0, "") != NULL;
}

/* The number behind a table's name, if it may be that of a shard; else 0. */
static int64
shard_number(const char *name)
{
	const char *line = name == NULL ? NULL : strrchr(name, '_');
	size_t digits = line == NULL ? 0 : strspn(line + 1, "0123456789");

	return digits > 0 && digits <= 18 && line[digits + 1] == '\0' ? strtoll(line + 1, NULL, 10) : 0;
}

/* The table that a table is a shard of, on the server that has the shard; InvalidOid: none. */
Oid
table_of_shard(Oid shard)
{
	char *name = get_rel_name(shard);
	int64 number = shard_number(name);
	char *table;
	Oid relid;

	if (number == 0 || !on_citus())
		return InvalidOid;
	table = ask_catalogs("SELECT s.logicalrelid::pg_catalog.oid FROM pg_catalog.pg_dist_shard AS s "
						 "WHERE s.shardid OPERATOR(pg_catalog.=) $2 "
						 "AND pg_catalog.right(pg_catalog.shard_name(s.logicalrelid, s.shardid), "
						 "pg_catalog.length($3)) OPERATOR(pg_catalog.=) $3",
						 InvalidOid, number, quote_identifier(name));
	relid = table == NULL ? InvalidOid : atooid(table);
	return get_rel_namespace(relid) == get_rel_namespace(shard) ? relid : InvalidOid;
}

/* The table of a shard's name, which Citus gives; the table itself where it isn't on this server.
 */
static Oid
shard_here(Oid table, const char *name)
{
	Oid shard = InvalidOid;

	if (name != NULL)
		shard = get_relname_relid(strVal(llast(textToQualifiedNameList(cstring_to_text(name)))),
								  get_rel_namespace(table));
	return OidIsValid(shard) ? shard : table;
}

/*
 * A table beside another one; where that is a shard, the shard of the table with the same rows'
 * keys, or its copy on this server. What triggers ask there is then asked here.
 */
Oid
table_beside(Oid relid, Oid table)
{
	char *name;

	if (!OidIsValid(table_of_shard(relid)))
		return table;
	name = ask_catalogs(
		"SELECT pg_catalog.shard_name(k.logicalrelid, k.shardid) FROM pg_catalog.pg_dist_shard AS "
		"s "
		"JOIN pg_catalog.pg_dist_partition AS p "
		"ON p.logicalrelid OPERATOR(pg_catalog.=) s.logicalrelid "
		"JOIN pg_catalog.pg_dist_partition AS q ON q.logicalrelid OPERATOR(pg_catalog.=) $1 "
		"AND (q.colocationid OPERATOR(pg_catalog.=) p.colocationid "
		"OR q.repmodel OPERATOR(pg_catalog.=) 't') "
		"JOIN pg_catalog.pg_dist_shard AS k "
		"ON k.logicalrelid OPERATOR(pg_catalog.=) q.logicalrelid "
		"AND COALESCE(k.shardminvalue OPERATOR(pg_catalog.=) s.shardminvalue, true) "
		"WHERE s.shardid OPERATOR(pg_catalog.=) $2",
		table, shard_number(get_rel_name(relid)), "");
	return shard_here(table, name);
}

/*
 * A table of a tenant; on a server that has its shard, or a copy, that: in a statement which came
 * from another server no more can be asked.
 */
Oid
table_here(Oid table, const char *tenant)
{
	if (!on_citus())
		return table;
	return shard_here(
		table,
		ask_catalogs("SELECT pg_catalog.shard_name(s.logicalrelid, s.shardid) "
					 "FROM pg_catalog.pg_dist_shard AS s JOIN pg_catalog.pg_dist_partition AS p "
					 "ON p.logicalrelid OPERATOR(pg_catalog.=) s.logicalrelid "
					 "WHERE s.logicalrelid OPERATOR(pg_catalog.=) $1 "
					 "AND CASE WHEN p.partmethod OPERATOR(pg_catalog.=) 'h' "
					 "THEN s.shardid OPERATOR(pg_catalog.=) "
					 "pg_catalog.get_shard_id_for_distribution_column(p.logicalrelid, $3) "
					 "ELSE true END",
					 table, 0, tenant));
}
