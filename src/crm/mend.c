/* What becomes of a difference between a schema and the definition: it is told, or put right. */
#include "postgres.h"

#include "crm/mend.h"

#include "access/xact.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/shard.h"
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

/* The text of a statement. */
static char *
statement_text(const char *sql, const RawStmt *raw)
{
	const char *start = sql + raw->stmt_location;

	return raw->stmt_len > 0 ? pnstrdup(start, raw->stmt_len) : pstrdup(start);
}

/* A statement with its text, which Citus sends to other servers. */
static Node *
with_text(Node *statement, char *text)
{
	return (Node *) makeDefElem(text, statement, -1);
}

/* A statement and its text: in the definition, where it has none of its own. */
static Node *
open_statement(const Check *check, Node *statement, const char **text)
{
	ListCell *cell;

	if (IsA(statement, DefElem))
	{
		*text = ((DefElem *) statement)->defname;
		return ((DefElem *) statement)->arg;
	}
	*text = check->definition;
	foreach (cell, check->statements)
	{
		RawStmt *raw = lfirst_node(RawStmt, cell);

		if (raw->stmt == statement)
			*text = statement_text(check->definition, raw);
	}
	return statement;
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
	{
		RawStmt *raw = lfirst_node(RawStmt, cell);

		statements = lappend(statements, with_text(raw->stmt, statement_text(sql.data, raw)));
	}
	return statements;
}

/* What alters a table as the definition has it. */
List *
alteration(const Check *check, const char *table, const char *what)
{
	return remedy("ALTER TABLE %s %s", object_name(check, table), what);
}

/*
 * A part of the definition as it is written there, up to the next one of its column: its end is
 * that of what stands around it.
 */
char *
part_text(const Check *check, int location, const List *constraints)
{
	const char *start = check->definition + location;
	int length = 0;
	int depth = 0;
	char quote = '\0';
	ListCell *cell;

	for (; start[length] != '\0' &&
		   (depth > 0 || quote != '\0' || strchr(",);", start[length]) == NULL);
		 length++)
	{
		char c = start[length];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else
			depth += (c == '(') - (c == ')');
	}
	foreach (cell, constraints)
	{
		int next = lfirst_node(Constraint, cell)->location;

		if (next > location)
			length = Min(length, next - location);
	}
	return pnstrdup(start, length);
}

/* How a statement came: Citus distributes what is made in a schema of its own by those of clients.
 */
static ProcessUtilityContext
context_of(const Check *check, const Node *statement)
{
	return IsA(statement, CreateStmt) && is_distributed_schema(check->schema)
			   ? PROCESS_UTILITY_TOPLEVEL
			   : PROCESS_UTILITY_QUERY;
}

/* Run statements. */
void
run_remedy(const Check *check, List *statements)
{
	ListCell *cell;

	foreach (cell, statements)
	{
		PlannedStmt *planned = makeNode(PlannedStmt);
		const char *text;

		planned->commandType = CMD_UTILITY;
		planned->utilityStmt = copyObject(open_statement(check, lfirst(cell), &text));
		planned->stmt_location = -1;
		PushActiveSnapshot(GetTransactionSnapshot());
		ProcessUtility(planned, text, false, context_of(check, planned->utilityStmt), NULL, NULL,
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
