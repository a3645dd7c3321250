/* Cursors of changes_since: their text, and the history that they belong to. */
#include "postgres.h"

#include "live/changes_cursor.h"

#include <inttypes.h>

#include "access/transam.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "base/errors.h"
#include "base/limits.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

/*
 * The text is numbers with a colon behind each: those that tell the history, xmax, part, kept, and
 * how far before xmax the transactions are that the cursor lacks; then the last row.
 */

/* What tells one history from another: numbers of transactions mean nothing elsewhere. */
enum
{
	FORMAT,
	SYSTEM,
	TIMELINE,
	DATABASE,
	RELATION,
	LOGGING,
	HISTORY
};

/* The timeline that is written, or replayed. */
static TimeLineID
current_timeline(void)
{
	TimeLineID timeline;

	if (!RecoveryInProgress())
		return GetWALInsertionTimeLine();
	(void) GetXLogReplayRecPtr(&timeline);
	return timeline;
}

/* The history of a table as it is now. */
static void
read_history(const LoggedTable *table, uint64 *history)
{
	history[FORMAT] = 1;
	history[SYSTEM] = GetSystemIdentifier();
	history[TIMELINE] = current_timeline();
	history[DATABASE] = MyDatabaseId;
	history[RELATION] = table->source->relid;
	history[LOGGING] = table->log;
}

/* A cursor as a text. */
char *
write_cursor(const LoggedTable *table, const ChangesCursor *cursor)
{
	const Transactions *told = cursor->told;
	uint64 history[HISTORY];
	StringInfoData text;

	read_history(table, history);
	initStringInfo(&text);
	for (int i = 0; i < HISTORY; i++)
		appendStringInfo(&text, "%" PRIu64 ":", history[i]);
	appendStringInfo(&text, "%" PRIu64 ":%" PRIu64 ":%" PRId64 ":%d:", told->xmax, cursor->part,
					 cursor->kept, told->xcnt);
	for (int i = 0; i < told->xcnt; i++)
		appendStringInfo(&text, "%" PRIu64 ":", told->xmax - told->xip[i]);
	appendStringInfoString(&text, cursor->part == 0 ? "" : cursor->last_row);
	return text.data;
}

/* The text is none that write_cursor makes of a cursor of this table. */
pg_noreturn static void
refuse_text(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the cursor is not one of this relation's changes"), errdetail("%s", detail),
			 errhint("Give \"next\" of the last answer as it was, or NULL to begin now."),
			 err_code("invalid_cursor"), err_field("cursor")));
}

/* Nobody knows any more what has happened since a cursor was made. */
void
refuse_history(const LoggedTable *table, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFLICT),
			 errmsg("the changes of \"%s\" since the cursor are not known", table->source->name),
			 errdetail("%s", detail),
			 errhint("Call changes_since without a cursor, and then read anew what you show."),
			 err_code("changes_unknown"), err_field("cursor")));
}

/* Read a number within limits, and the colon behind it. */
static uint64
read_cursor_number(const char **text, uint64 least, uint64 most)
{
	uint64 number = 0;
	const char *at = *text;

	for (; *at >= '0' && *at <= '9'; at++)
	{
		uint64 digit = *at - '0';

		if (number > (PG_UINT64_MAX - digit) / 10)
			break;
		number = number * 10 + digit;
	}
	if (at == *text || *at != ':' || number < least || number > most)
		refuse_text("It was not made by changes_since.");
	*text = at + 1;
	return number;
}

/* Read the numbers that tell the history, which must be that of the table as it is. */
static void
check_history(const LoggedTable *table, const char **text)
{
	uint64 history[HISTORY];
	uint64 now[HISTORY];

	read_history(table, now);
	for (int i = 0; i < HISTORY; i++)
		history[i] = read_cursor_number(text, i == FORMAT ? 1 : 0, i == FORMAT ? 1 : PG_UINT64_MAX);
	for (int i = SYSTEM; i < RELATION; i++)
		if (history[i] != now[i])
			refuse_history(table, "It is from another server, or this one has gone back to an "
								  "earlier state or over to a standby since.");
	if (history[RELATION] != now[RELATION])
		refuse_text("It belongs to another relation.");
	if (history[LOGGING] != now[LOGGING])
		refuse_history(
			table, "Its log was switched off or on, it was renamed, or a partition of it came or "
				   "went.");
}

/* Read the transactions of a cursor. */
static Transactions *
read_transactions(const LoggedTable *table, ChangesCursor *cursor, const char **text)
{
	Transactions *told = palloc(sizeof(Transactions));

	told->xmax = read_cursor_number(text, FirstNormalTransactionId, PG_INT64_MAX);
	cursor->part = read_cursor_number(text, 0, told->xmax - 1);
	cursor->kept = (int64) read_cursor_number(text, 0, PG_INT64_MAX);
	told->xcnt = (int) read_cursor_number(text, 0, MAX_CURSOR_TRANSACTIONS);
	told->xip = palloc(sizeof(uint64) * (told->xcnt + 1));
	for (int i = 0; i < told->xcnt; i++)
	{
		told->xip[i] =
			told->xmax - read_cursor_number(text, 1, told->xmax - FirstNormalTransactionId);
		if (i > 0 && told->xip[i] <= told->xip[i - 1])
			refuse_text("Its transactions are not in order.");
	}
	/* A standby may be behind the cursor; a server that is none has lost what it tells of. */
	if (!RecoveryInProgress() && told->xmax > U64FromFullTransactionId(ReadNextFullTransactionId()))
		refuse_history(table, "It has transactions that this server has not had yet.");
	return told;
}

/* Read a cursor of a table. */
ChangesCursor *
read_cursor(const LoggedTable *table, const char *text)
{
	ChangesCursor *cursor = palloc(sizeof(ChangesCursor));

	check_history(table, &text);
	cursor->told = read_transactions(table, cursor, &text);
	cursor->last_row = pstrdup(text);
	if ((cursor->part == 0) != (*text == '\0') ||
		(cursor->part != 0 && has_transaction(cursor->told, cursor->part)))
		refuse_text("Its last row is of no transaction.");
	return cursor;
}
