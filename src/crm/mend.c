/* What becomes of a difference between a schema and the definition: it is told, or put right. */
#include "postgres.h"

#include "crm/mend.h"

#include "access/xact.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "nodes/makefuncs.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

/* An object of the schema, as SQL names it. */
char *
object_name(const Check *check, const char *name)
{
	return quote_qualified_identifier(check->schema_name, name);
}

/* The statements of an SQL text, whose names are quoted and qualified. */
List *
remedy(const char *format, ...)
{
	StringInfoData sql;
	List *statements = NIL;
	ListCell *cell;

	initStringInfo(&sql);
	for (;;)
	{
		va_list args;
		int needed;

		va_start(args, format);
		needed = appendStringInfoVA(&sql, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&sql, needed);
	}
	foreach (cell, raw_parser(sql.data, RAW_PARSE_DEFAULT))
		statements = lappend(statements, lfirst_node(RawStmt, cell)->stmt);
	return statements;
}

/* What gives a table a column, constraint or default of the definition. */
List *
alteration(const Check *check, const char *table, AlterTableType type, Node *part)
{
	AlterTableCmd *command = makeNode(AlterTableCmd);
	AlterTableStmt *statement = makeNode(AlterTableStmt);

	command->subtype = type;
	command->def = part;
	command->behavior = DROP_RESTRICT;
	statement->relation = makeRangeVar(pstrdup(check->schema_name), pstrdup(table), -1);
	statement->cmds = list_make1(command);
	statement->objtype = OBJECT_TABLE;
	return list_make1(statement);
}

/* Run statements. */
void
run_remedy(const Check *check, List *statements)
{
	ListCell *cell;

	foreach (cell, statements)
	{
		PlannedStmt *planned = makeNode(PlannedStmt);

		planned->commandType = CMD_UTILITY;
		planned->utilityStmt = copyObject(lfirst(cell));
		planned->stmt_location = -1;
		PushActiveSnapshot(GetTransactionSnapshot());
		ProcessUtility(planned, check->definition, false, PROCESS_UTILITY_QUERY, NULL, NULL,
					   None_Receiver, NULL);
		PopActiveSnapshot();
		CommandCounterIncrement();
	}
}

/* Run SQL on rows, all that are committed and not those of an older snapshot of the transaction. */
void
run_on_rows(const char *sql)
{
	(void) run_latest(sql, 0, NULL, NULL);
}

/* Note that a table, view or function was made, or a column of a table with a constraint. */
void
note_made(Check *check, const char *object, const char *column)
{
	if (check->mode == CHECK_MEND)
		check->made = lappend(check->made,
							  column == NULL ? pstrdup(object) : psprintf("%s.%s", object, column));
}

/* Whether an object was made, or a column or constraint, or the table of it. */
bool
is_made(const Check *check, const char *object, const char *column)
{
	const char *name = column == NULL ? object : psprintf("%s.%s", object, column);

	return has_string(check->made, name) || (column != NULL && is_made(check, object, NULL));
}

/* Tell of a difference, and put it right where the schema is upgraded, if anything does. */
void
tell_difference(Check *check, const char *code, const char *object, const char *problem,
				List *statements)
{
	if (check->mode == CHECK_LOOK)
		check->differs |= statements != NIL;
	else if (check->mode == CHECK_MEND && statements == NIL)
		ereport(NOTICE, (errmsg("%s is left as it is: %s", object_name(check, object), problem)));
	else
	{
		if (check->mode == CHECK_MEND)
		{
			check->mending =
				psprintf("%s: %s", object == NULL ? check->schema_name : object_name(check, object),
						 problem);
			run_remedy(check, statements);
		}
		report_problem(check, code, object, NULL, problem);
	}
}

/* The same, quietly where it is part of what was just told. */
void
tell_part(Check *check, bool told, const char *code, const char *object, const char *problem,
		  List *statements)
{
	if (told)
	{
		check->mending = psprintf("%s: %s", object_name(check, object), problem);
		run_remedy(check, statements);
	}
	else
		tell_difference(check, code, object, problem, statements);
}

/* An upgrade ends where it can't do the whole. */
void
refuse_upgrade(const Check *check, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("schema \"%s\" cannot be upgraded", check->schema_name),
					errdetail("%s", detail),
					errhint("Nothing was changed. Put it right and call upgrade_crm again."),
					err_code("crm_not_upgradable"), err_field("schema")));
}
