/* By which version a CRM was made. */
#include "postgres.h"

#include "crm/crm_version.h"

#include "access/relation.h"
#include "base/errors.h"
#include "base/version.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "crm/crm.h"
#include "crm/mend.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_version);

/*
 * It is an argument of the trigger against TRUNCATE of the filters, which ignores it: so it goes
 * wherever the table's definition goes, in every kind of dump; the table's owner alone changes it,
 * and it is nothing that runs.
 */
#define MARKED_TABLE "saved_filter"
#define MARKED_TRIGGER "zz_truncate"
#define MARKED_FUNCTION "refuse_truncate"

/* Whether a trigger of the definition has the version as its argument. */
bool
is_version_mark(const CreateTrigStmt *statement)
{
	return strcmp(statement->relation->relname, MARKED_TABLE) == 0 &&
		   strcmp(statement->trigname, MARKED_TRIGGER) == 0;
}

/* The version that made a schema; NULL: nobody knows, or one before there was a release. */
char *
made_by_version(Oid schema)
{
	Oid relid = get_relname_relid(MARKED_TABLE, schema);
	char *version = NULL;
	Relation rel;

	if (!OidIsValid(relid))
		return NULL;
	rel = relation_open(relid, AccessShareLock);
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgnargs == 1 && strcmp(trigger->tgname, MARKED_TRIGGER) == 0 &&
			strcmp(get_func_name(trigger->tgfoid), MARKED_FUNCTION) == 0 &&
			getExtensionOfObject(ProcedureRelationId, trigger->tgfoid) ==
				get_extension_oid("opportunities", false))
			version = pstrdup(trigger->tgargs[0]);
	}
	relation_close(rel, AccessShareLock);
	return version;
}

/* The version that the definition is of. */
char *
defined_version(const Check *check)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		CreateTrigStmt *statement = (CreateTrigStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (IsA(statement, CreateTrigStmt) && is_version_mark(statement))
			return strVal(linitial(statement->args));
	}
	elog(ERROR, "the definition has no version");
}

/* A schema of another version: advice, and what an upgrade ends with. */
void
check_version(Check *check, const Trigger *trigger, List *remedy)
{
	const char *made = trigger->tgnargs == 1 ? trigger->tgargs[0] : NULL;
	const char *version = defined_version(check);

	if (check->mode != CHECK_TELL)
		tell_difference(check, "crm_version", NULL, psprintf("it is of version %s now", version),
						remedy);
	else if (made != NULL && is_earlier_version(version, made))
		ereport(NOTICE, (errmsg("schema \"%s\" was made by version %s, the extension is of %s",
								check->schema_name, made, version),
						 errhint("Run: ALTER EXTENSION opportunities UPDATE;")));
	else
		ereport(NOTICE,
				(made == NULL
					 ? errmsg("schema \"%s\" was made by an earlier version than %s",
							  check->schema_name, version)
					 : errmsg("schema \"%s\" was made by version %s, the extension is of %s",
							  check->schema_name, made, version),
				 errhint("Run: SELECT * FROM opportunities.upgrade_crm(%s);",
						 quote_literal_cstr(check->schema_name))));
}

/* crm_version(schema name) -> text: the version that made the schema, or upgraded it. */
Datum
crm_version(PG_FUNCTION_ARGS)
{
	char *version = made_by_version(find_schema(fcinfo, 0));

	if (version == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(version));
}
