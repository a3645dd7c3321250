/* The version of the extension's SQL in this database, against that of the library. */
#include "postgres.h"

#include "base/version.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/errors.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

/* The version of the extension's SQL in this database; NULL while its own script makes it. */
static char *
installed_version(void)
{
	Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
	char *version = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("opportunities"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) &&
		!(creating_extension &&
		  CurrentExtensionObject == ((Form_pg_extension) GETSTRUCT(tuple))->oid))
	{
		bool is_null;
		Datum value = heap_getattr(tuple, Anum_pg_extension_extversion,
								   RelationGetDescr(extensions), &is_null);

		version = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return version;
}

/* A version, such as 0.1.0, as a number that grows with it; each part is less than 1000. */
int
version_number(const char *version)
{
	int parts[3] = {0};

	(void) sscanf(version, "%3d.%3d.%3d", &parts[0], &parts[1], &parts[2]);
	return (parts[0] * 1000 + parts[1]) * 1000 + parts[2];
}

/* Whether a version comes before another. */
bool
is_earlier_version(const char *version, const char *other)
{
	return version_number(version) < version_number(other);
}

/* Refuse a call where the installed SQL is older than the function needs. */
void
need_version(const char *function, const char *version)
{
	char *installed = installed_version();

	if (installed != NULL && is_earlier_version(installed, version))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension \"opportunities\" must be updated in this database"),
			 errdetail("Its version is %s; function \"%s\" of the library works with %s or later.",
					   installed, function, version),
			 errhint("Run: ALTER EXTENSION opportunities UPDATE;"),
			 err_code("extension_outdated")));
}
