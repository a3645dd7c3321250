/* Whether nothing in the database is to be kept: opportunities.test_database. */
#include "postgres.h"

#include "settings/test_database.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_db_role_setting.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define SETTING "opportunities.test_database"

static char *test_database;

/* Define the setting that a database for tests has. */
void
define_test_database_setting(void)
{
	DefineCustomStringVariable(SETTING, "The name of the database, if it is one for tests.",
							   "Its CRMs can be emptied. Only what ALTER DATABASE sets counts.",
							   &test_database, "", PGC_USERSET, 0, NULL, NULL, NULL);
}

/* What ALTER DATABASE has set for this database and every role; NULL: nothing. */
static char *
setting_of_database(void)
{
	Relation settings = table_open(DbRoleSettingRelationId, AccessShareLock);
	char *value = NULL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&keys[0], Anum_pg_db_role_setting_setdatabase, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(MyDatabaseId));
	ScanKeyInit(&keys[1], Anum_pg_db_role_setting_setrole, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(InvalidOid));
	scan = systable_beginscan(settings, DbRoleSettingDatidRolidIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool is_null;
		Datum config = heap_getattr(tuple, Anum_pg_db_role_setting_setconfig,
									RelationGetDescr(settings), &is_null);
		Datum *elements = NULL;
		int count = 0;

		if (!is_null)
			deconstruct_array(DatumGetArrayTypeP(config), TEXTOID, -1, false, TYPALIGN_INT,
							  &elements, NULL, &count);
		for (int i = 0; i < count; i++)
		{
			char *element = TextDatumGetCString(elements[i]);

			if (pg_strncasecmp(element, SETTING "=", strlen(SETTING "=")) == 0)
				value = element + strlen(SETTING "=");
		}
	}
	systable_endscan(scan);
	table_close(settings, AccessShareLock);
	return value;
}

/*
 * The setting is read where the database keeps it, since a session may say anything; and it is the
 * name, so that neither a database that is renamed nor one that is restored from a dump under
 * another name is one for tests unless its owner says so again.
 */
bool
is_test_database(void)
{
	const char *value = setting_of_database();

	return value != NULL && strcmp(value, get_database_name(MyDatabaseId)) == 0;
}
