/* By which version a CRM was made, and what its tables lack therefore. */
#include "postgres.h"

#include "settings/crm_version.h"

#include "base/function_name.h"
#include "base/version.h"
#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* A version as a table of filters is marked with it; INT_MAX: it isn't. */
typedef struct KnownVersion
{
	Oid relid;
	int version;
} KnownVersion;

static HTAB *known_versions; /* NULL: none was asked for */
static uint64 changes;		 /* that the session has heard of */

/* The version that made a schema; NULL: nobody knows, or one before there was a release. */
char *
made_by_version(Oid schema)
{
	Oid relid = get_relname_relid(MARKED_TABLE, schema);
	Relation rel = OidIsValid(relid) ? RelationIdGetRelation(relid) : NULL;
	TriggerDesc *triggers;
	char *version = NULL;

	if (rel == NULL)
		return NULL;
	/* a copy, as the table's own may be read anew while functions are looked up */
	triggers = CopyTriggerDesc(rel->trigdesc);
	RelationClose(rel);
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgnargs == 1 && strcmp(trigger->tgname, MARKED_TRIGGER) == 0 &&
			is_function(trigger->tgfoid, "opportunities_internal", MARKED_FUNCTION) &&
			getExtensionOfObject(ProcedureRelationId, trigger->tgfoid) ==
				get_extension_oid("opportunities", false))
			version = trigger->tgargs[0];
	}
	return version;
}

/* A relation changed; without one, anything may have. */
static void
forget_version(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	KnownVersion *known;

	changes++;
	if (OidIsValid(relid))
	{
		(void) hash_search(known_versions, &relid, HASH_REMOVE, NULL);
		return;
	}
	hash_seq_init(&scan, known_versions);
	while ((known = hash_seq_search(&scan)) != NULL)
		(void) hash_search(known_versions, &known->relid, HASH_REMOVE, NULL);
}

/* Begin to keep versions, until they change. */
static void
open_known_versions(void)
{
	HASHCTL control = {
		.keysize = sizeof(Oid), .entrysize = sizeof(KnownVersion), .hcxt = TopMemoryContext};

	known_versions = hash_create("opportunities: versions of schemas", 16, &control,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_version, (Datum) 0);
}

/* The version of a schema with filters; what changed while it was read isn't kept. */
static int
version_of_filters(Oid schema, Oid relid)
{
	KnownVersion *known;
	uint64 before;
	char *made_by;
	int version;

	if (known_versions == NULL)
		open_known_versions();
	known = hash_search(known_versions, &relid, HASH_FIND, NULL);
	if (known != NULL)
		return known->version;
	before = changes;
	made_by = made_by_version(schema);
	version = made_by == NULL ? 0 : version_number(made_by);
	if (version == 0)
		version = INT_MAX;
	if (changes == before)
	{
		known = hash_search(known_versions, &relid, HASH_ENTER, NULL);
		known->version = version;
	}
	return version;
}

/*
 * Whether a schema was made before a version: what has a name there that the version brought is its
 * owner's own. Where nobody knows by which one it was made, it is ours as far as it is like ours.
 */
bool
is_made_before(Oid schema, int version)
{
	Oid relid = get_relname_relid(MARKED_TABLE, schema);

	return OidIsValid(relid) && version_of_filters(schema, relid) < version;
}
