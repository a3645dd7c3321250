/* The trigram indexes of text search. */
#include "postgres.h"

#include "crm/search_index.h"

#include "base/compat.h"
#include "base/query.h"
#include "crm/mend.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Text search compares folded text, at any place in it: only an index over its trigrams helps. The
 * extension that has those need not be installed, so these indexes are no part of the definition.
 */
typedef struct SearchIndex
{
	const char *name;
	const char *table;
	const char *columns[2];
} SearchIndex;

static const SearchIndex indexes[] = {
	{"opportunity_search", "opportunity", {"title", "owner"}},
	{"account_search", "account", {"name"}},
};

/* The schema of pg_trgm, or InvalidOid where it isn't installed. */
static Oid
trigram_schema(void)
{
	bool isnull;

	if (SPI_execute("SELECT extnamespace FROM pg_catalog.pg_extension "
					"WHERE extname OPERATOR(pg_catalog.=) 'pg_trgm'",
					true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_extension");
	if (SPI_processed == 0)
		return InvalidOid;
	return DatumGetObjectId(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Append the statement that makes an index. */
static void
append_index(StringInfo sql, Oid schema, const SearchIndex *index, Oid operators)
{
	appendStringInfo(sql, "CREATE INDEX %s ON %s USING gin (", index->name,
					 quote_qualified_identifier(get_namespace_name(schema), index->table));
	for (int i = 0; i < lengthof(index->columns) && index->columns[i] != NULL; i++)
		appendStringInfo(sql, "%sopportunities.fold(%s) %s", i > 0 ? ", " : "", index->columns[i],
						 OidIsValid(operators) ? quote_qualified_identifier(
													 get_namespace_name(operators), "gin_trgm_ops")
											   : "gin_trgm_ops");
	appendStringInfoString(sql, ");");
}

/* Tell how to make the indexes that a schema lacks; quiet where it has them all. */
void
advise_search_indexes(Oid schema)
{
	Oid operators = trigram_schema();
	StringInfoData statements;

	initStringInfo(&statements);
	for (int i = 0; i < lengthof(indexes); i++)
	{
		if (!OidIsValid(get_relname_relid(indexes[i].table, schema)) ||
			OidIsValid(get_relname_relid(indexes[i].name, schema)))
			continue;
		appendStringInfoChar(&statements, ' ');
		append_index(&statements, schema, &indexes[i], operators);
	}
	if (statements.len == 0)
		return;
	if (OidIsValid(operators))
		ereport(NOTICE, (errmsg("text search will read all rows until its indexes are made"),
						 errhint("Run:%s", statements.data)));
	else
		ereport(NOTICE, (errmsg("text search will read all rows until pg_trgm is installed"),
						 errhint("Run: CREATE EXTENSION pg_trgm;%s", statements.data)));
}

/* The indexes that a schema lacks and its owner may make are made where it is upgraded. */
void
check_search_indexes(Check *check)
{
	Oid operators = check->whole ? trigram_schema() : InvalidOid;

	if (!OidIsValid(operators) || !may_use_schema(GetUserId(), operators, ACL_USAGE))
		return;
	for (int i = 0; i < lengthof(indexes); i++)
	{
		StringInfoData sql;

		if (!OidIsValid(get_relname_relid(indexes[i].table, check->schema)) ||
			OidIsValid(get_relname_relid(indexes[i].name, check->schema)))
			continue;
		initStringInfo(&sql);
		append_index(&sql, check->schema, &indexes[i], operators);
		tell_difference(check, "index_missing", indexes[i].name, "the index is missing",
						remedy("%s", sql.data));
	}
}

/* Make the indexes in a schema where the caller may, else tell how. */
void
make_search_indexes(Oid schema)
{
	Oid operators = trigram_schema();

	if (!OidIsValid(operators) || !may_use_schema(GetUserId(), operators, ACL_USAGE))
	{
		advise_search_indexes(schema);
		return;
	}
	for (int i = 0; i < lengthof(indexes); i++)
	{
		StringInfoData sql;

		initStringInfo(&sql);
		append_index(&sql, schema, &indexes[i], operators);
		(void) run_sql(sql.data);
	}
}
