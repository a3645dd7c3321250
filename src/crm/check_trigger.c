/* check_crm, and upgrade_crm: triggers against those of the definition. */
#include "postgres.h"

#include "access/relation.h"
#include "base/compat.h"
#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "crm/check.h"
#include "crm/defined_version.h"
#include "crm/mend.h"
#include "crm/upgrade_step.h"
#include "parser/parse_func.h"
#include "rollup/rollup_shape.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* All triggers that create_crm makes are called so, to fire behind those of others. */
#define TRIGGER_PREFIX "zz_"

/* The triggers of a table, copied, as its own may be read anew while functions are looked up. */
static TriggerDesc *
table_triggers(Oid relid)
{
	Relation rel = relation_open(relid, AccessShareLock);
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);

	relation_close(rel, AccessShareLock);
	return triggers;
}

/* A trigger of a table. */
static Trigger *
find_trigger(Oid relid, const char *name)
{
	TriggerDesc *triggers = table_triggers(relid);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
		if (strcmp(triggers->triggers[i].tgname, name) == 0)
			return &triggers->triggers[i];
	return NULL;
}

/* That a table's changes aren't logged is its owner's choice; the trigger for rows decides. */
static void
advise_log(const Check *check, const CreateTrigStmt *statement)
{
	const char *table = statement->relation->relname;

	if (statement->row && check->mode == CHECK_TELL)
		ereport(NOTICE,
				(errmsg("changes of table \"%s\" are not logged", table),
				 errhint("Run: ALTER TABLE %s ENABLE TRIGGER %s;", object_name(check, table),
						 quote_identifier(statement->trigname))));
}

/* Whether a trigger logs changes. */
static bool
is_log(const CreateTrigStmt *statement)
{
	return strcmp(strVal(llast(statement->funcname)), "log_change") == 0;
}

/* The arguments of a trigger, or of one of the definition. */
static char *
trigger_arguments(const Trigger *trigger)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < trigger->tgnargs; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "" : ", ", trigger->tgargs[i]);
	return text.data;
}

static char *
defined_arguments(const CreateTrigStmt *statement)
{
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	foreach (cell, statement->args)
		appendStringInfo(&text, "%s%s", text.len == 0 ? "" : ", ", strVal(lfirst(cell)));
	return text.data;
}

/* Whether a trigger has its arguments; which columns a log leaves out is its owner's choice. */
static bool
same_arguments(const Trigger *trigger, const CreateTrigStmt *statement)
{
	char *arguments = trigger_arguments(trigger);

	return strcmp(arguments, defined_arguments(statement)) == 0 ||
		   (is_log(statement) && !is_earlier_text(arguments));
}

/* Whether a trigger does what it shall, but for its arguments. */
static bool
same_trigger(const Trigger *trigger, const CreateTrigStmt *statement)
{
	int16 type = statement->timing | statement->events | (statement->row ? TRIGGER_TYPE_ROW : 0);
	bool transitions = trigger->tgnewtable != NULL || trigger->tgoldtable != NULL;

	return trigger->tgfoid == LookupFuncName(statement->funcname, 0, NULL, false) &&
		   trigger->tgtype == type && trigger->tgnattr == 0 &&
		   (trigger->tgqual != NULL) == (statement->whenClause != NULL) &&
		   transitions == (statement->transitionRels != NIL) &&
		   trigger->tginitdeferred == statement->initdeferred;
}

/* Whether the definition has a trigger of that name. */
static bool
is_defined(const Check *check, const char *table, const char *name)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		CreateTrigStmt *statement = (CreateTrigStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (IsA(statement, CreateTrigStmt) && strcmp(statement->trigname, name) == 0 &&
			strcmp(statement->relation->relname, table) == 0)
			return true;
	}
	return false;
}

/* Whether a trigger is one that an earlier version made: by its name and function. A rollup's
 * isn't.
 */
static bool
is_old(const Check *check, const char *table, const Trigger *trigger)
{
	return !trigger->tgisinternal && !trigger->tgisclone &&
		   strncmp(trigger->tgname, TRIGGER_PREFIX, strlen(TRIGGER_PREFIX)) == 0 &&
		   rollup_function(trigger->tgfoid) == ROLLUP_NO_FUNCTION &&
		   getExtensionOfObject(ProcedureRelationId, trigger->tgfoid) ==
			   get_extension_oid("opportunities", false) &&
		   !is_defined(check, table, trigger->tgname);
}

/* What an earlier version's trigger that does the same is called, or NULL. */
static char *
old_name(const Check *check, Oid relid, const CreateTrigStmt *statement)
{
	const TriggerDesc *triggers = table_triggers(relid);
	char *name = NULL;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (is_old(check, statement->relation->relname, trigger) &&
			same_trigger(trigger, statement) && same_arguments(trigger, statement))
			name = trigger->tgname;
	}
	return name;
}

/* The statements that make a missing trigger: one that only has another name keeps how it fires. */
static List *
make_trigger(const Check *check, Oid relid, CreateTrigStmt *statement)
{
	char *name = old_name(check, relid, statement);

	if (name == NULL)
		return list_make1(statement);
	return remedy("ALTER TRIGGER %s ON %s RENAME TO %s", quote_identifier(name),
				  object_name(check, statement->relation->relname),
				  quote_identifier(statement->trigname));
}

/* The statements that replace a trigger. It fires as before, or is off if history is. */
static List *
replace_trigger(const Check *check, const Trigger *trigger, CreateTrigStmt *statement)
{
	const char *table = object_name(check, statement->relation->relname);
	const char *name = quote_identifier(statement->trigname);
	List *statements = NIL;
	const char *fires = NULL;

	if (trigger->tgenabled == TRIGGER_FIRES_ALWAYS)
		fires = "ENABLE ALWAYS";
	else if (trigger->tgenabled == TRIGGER_DISABLED && is_log(statement))
		fires = "DISABLE";
	statements = remedy("DROP TRIGGER %s ON %s", name, table);
	statements = lappend(statements, statement);
	if (fires != NULL)
		statements =
			list_concat(statements, remedy("ALTER TABLE %s %s TRIGGER %s", table, fires, name));
	return statements;
}

/* A trigger must be there, do what it shall, and be enabled. */
void
check_trigger(Check *check, CreateTrigStmt *statement)
{
	const char *table = statement->relation->relname;
	const char *name = statement->trigname;
	Oid relid = get_relname_relid(table, check->schema);
	Trigger *trigger;
	bool fires;

	if (!OidIsValid(relid))
		return;

	trigger = find_trigger(relid, name);
	if (trigger == NULL)
	{
		tell_difference(check, "trigger_missing", table,
						psprintf("trigger \"%s\" is missing", name),
						make_trigger(check, relid, statement));
		if (check->mode == CHECK_MEND)
			trigger = find_trigger(relid, name);
		if (trigger == NULL)
			return;
	}
	fires =
		trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN || trigger->tgenabled == TRIGGER_FIRES_ALWAYS;
	if (!same_trigger(trigger, statement))
		tell_difference(check, "trigger_changed", table,
						psprintf("trigger \"%s\" is not the one that create_crm makes", name),
						replace_trigger(check, trigger, statement));
	else if (!same_arguments(trigger, statement) && is_version_mark(statement))
		check_version(check, trigger, replace_trigger(check, trigger, statement));
	else if (!same_arguments(trigger, statement))
		tell_difference(
			check, "trigger_changed", table,
			psprintf("trigger \"%s\" has other arguments than create_crm gives it", name),
			replace_trigger(check, trigger, statement));
	else if (!fires && is_log(statement))
		advise_log(check, statement);
	else if (!fires)
		tell_difference(check, "trigger_disabled", table,
						psprintf("trigger \"%s\" is disabled", name),
						remedy("ALTER TABLE %s ENABLE TRIGGER %s", object_name(check, table),
							   quote_identifier(name)));
}

/* A trigger that is to fire on replicas too must be enabled so. */
void
check_always(Check *check, const char *table, const char *name)
{
	Trigger *trigger = find_trigger(get_relname_relid(table, check->schema), name);

	if (trigger != NULL && trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN)
		tell_difference(check, "trigger_disabled", table,
						psprintf("trigger \"%s\" is not enabled always", name),
						remedy("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", object_name(check, table),
							   quote_identifier(name)));
}

/* Triggers of earlier versions, which others have taken the place of. */
void
check_old_triggers(Check *check, const char *table)
{
	Oid relid = get_relname_relid(table, check->schema);
	const TriggerDesc *triggers = OidIsValid(relid) ? table_triggers(relid) : NULL;
	List *names = NIL;
	ListCell *cell;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
		if (is_old(check, table, &triggers->triggers[i]))
			names = lappend(names, triggers->triggers[i].tgname);
	foreach (cell, names)
		tell_difference(check, "trigger_obsolete", table,
						psprintf("trigger \"%s\" is of an earlier version", (char *) lfirst(cell)),
						remedy("DROP TRIGGER %s ON %s", quote_identifier(lfirst(cell)),
							   object_name(check, table)));
}
