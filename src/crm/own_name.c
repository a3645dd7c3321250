/* What stands in a schema, its owner's own, under a name that a later version uses. */
#include "postgres.h"

#include "crm/own_name.h"

#include "base/errors.h"
#include "base/query.h"
#include "base/version.h"
#include "crm/defined_version.h"
#include "crm/mend.h"
#include "executor/spi.h"
#include "parser/parse_type.h"
#include "settings/crm_version.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * upgrade_crm would take it for ours: numbers would go on in a series that is none, quotes expire
 * on a day that means something else. Whatever its type is, only its owner knows what it is.
 */

/* The type of a column of the definition, as people write it. */
static char *
defined_type(const Check *check, const char *table, const char *column)
{
	ListCell *cell;
	ListCell *element;

	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (!IsA(statement, CreateStmt) || strcmp(statement->relation->relname, table) != 0)
			continue;
		foreach (element, statement->tableElts)
		{
			ColumnDef *defined = lfirst(element);
			Oid type;
			int32 typmod;

			if (!IsA(defined, ColumnDef) || strcmp(defined->colname, column) != 0)
				continue;
			typenameTypeIdAndMod(NULL, defined->typeName, &type, &typmod);
			return format_type_with_typemod(type, typmod);
		}
	}
	elog(ERROR, "the definition has no column \"%s\" of table \"%s\"", column, table);
}

/* Append what there is of a column that a version brought. */
static void
append_own_column(StringInfo found, const Check *check, const char *version, const char *table,
				  const char *column)
{
	Oid relid = get_relname_relid(table, check->schema);
	AttrNumber number = OidIsValid(relid) ? get_attnum(relid, column) : InvalidAttrNumber;
	Oid type;
	int32 typmod;
	Oid collation;

	if (number == InvalidAttrNumber)
		return;
	get_atttypetypmodcoll(relid, number, &type, &typmod, &collation);
	appendStringInfo(found, " %s has a column \"%s\" of type %s; version %s has one of type %s.",
					 object_name(check, table), column, format_type_with_typemod(type, typmod),
					 version, defined_type(check, table, column));
}

/* Refuse to upgrade a schema that has something of its owner's under names that it would get. */
void
refuse_own_names(const Check *check)
{
	StringInfoData found;

	if (!is_made_before(check->schema, version_number(defined_version(check))))
		return;
	initStringInfo(&found);
	(void) run_query(psprintf(
		"SELECT a.version, a.object, a.column_name, EXISTS (SELECT FROM pg_catalog.pg_class AS c "
		"WHERE c.relnamespace OPERATOR(pg_catalog.=) %1$u "
		"AND a.kind OPERATOR(pg_catalog.=) 'table' "
		"AND c.relname::pg_catalog.text OPERATOR(pg_catalog.=) a.object UNION ALL "
		"SELECT FROM pg_catalog.pg_proc AS p WHERE p.pronamespace OPERATOR(pg_catalog.=) %1$u "
		"AND a.kind OPERATOR(pg_catalog.=) 'function' "
		"AND p.proname::pg_catalog.text OPERATOR(pg_catalog.=) a.object)::pg_catalog.text, "
		"a.kind "
		"FROM opportunities_internal.crm_additions() AS a",
		check->schema));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		const char *version = copy_value(CurrentMemoryContext, row, 1);
		const char *object = copy_value(CurrentMemoryContext, row, 2);
		const char *column = copy_value(CurrentMemoryContext, row, 3);

		if (!is_made_before(check->schema, version_number(version)))
			continue;
		if (column != NULL)
			append_own_column(&found, check, version, object, column);
		else if (strcmp(copy_value(CurrentMemoryContext, row, 4), "true") == 0)
			appendStringInfo(&found, " %s is there; version %s has a %s of that name.",
							 object_name(check, object), version,
							 copy_value(CurrentMemoryContext, row, 5));
	}
	if (found.len > 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("schema \"%s\" cannot be upgraded", check->schema_name),
						errdetail("%s", found.data + 1),
						errhint("Nothing was changed. Rename what is yours, and call upgrade_crm "
								"again."),
						err_code("crm_not_upgradable"), err_field("schema")));
}
