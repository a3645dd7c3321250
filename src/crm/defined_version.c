/* By which version a CRM was made, against that of the definition. */
#include "postgres.h"

#include "crm/defined_version.h"

#include "base/errors.h"
#include "base/version.h"
#include "crm/crm.h"
#include "crm/mend.h"
#include "fmgr.h"
#include "settings/crm_version.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(crm_version);

/* Whether a trigger of the definition has the version as its argument. */
bool
is_version_mark(const CreateTrigStmt *statement)
{
	return strcmp(statement->relation->relname, MARKED_TABLE) == 0 &&
		   strcmp(statement->trigname, MARKED_TRIGGER) == 0;
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
