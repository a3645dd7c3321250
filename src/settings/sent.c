/* Settings where Citus runs statements: the servers that have the rows must know them, too. */
#include "postgres.h"

#include "settings/sent.h"

#include "access/xact.h"
#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/query.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "nodes/extensible.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

/*
 * Triggers there stamp rows with the user, and days are counted in the zone of the business. Citus
 * tells another server what is SET LOCAL in a transaction, and nothing else: neither what is set
 * in any other way nor what is set back, and it connects as the current role, whose own settings
 * then count, not those that this session began with. So all are set once more before the first
 * statement of a transaction block goes there, and then what was changed; outside one, where
 * nothing could be told, what this session has set is an error.
 */

static const char *const names[] = {
	"opportunities.user_name", "opportunities.require_user_name", "opportunities.tenant",
	"opportunities.currency",  "opportunities.rates_on",		  "opportunities.time_zone",
	"opportunities.calendar",  "opportunities.week_start",		  "opportunities.fiscal_year_start",
	"opportunities.language",  "opportunities.error_detail",
};

/* What has been sent in a transaction; NULL: nothing. */
static struct
{
	LocalTransactionId transaction;
	char *values[lengthof(names)];
} sent;

static ExecutorStart_hook_type next_start;

/* Whether a plan is one of Citus, or has one below it. */
static bool
is_spread(Plan *plan)
{
	if (plan == NULL)
		return false;
	if (IsA(plan, CustomScan) &&
		strncmp(((CustomScan *) plan)->methods->CustomName, "Citus", strlen("Citus")) == 0)
		return true;
	return is_spread(outerPlan(plan)) || is_spread(innerPlan(plan));
}

/* Forget what was sent: a server that rolls back has forgotten it as well. */
static void
forget_sent(void)
{
	for (int i = 0; i < lengthof(names); i++)
	{
		if (sent.values[i] != NULL)
			pfree(sent.values[i]);
		sent.values[i] = NULL;
	}
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_sent();
}

/* Have Citus send a setting to all servers of this transaction. */
static void
send_setting(int i, const char *current)
{
	char *value = MemoryContextStrdup(TopMemoryContext, current); /* it is freed as it is set */
	int level = NewGUCNestLevel();

	sent.values[i] = value;
	(void) set_config_option("citus.propagate_set_commands", "local", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	(void) run_sql(psprintf("SET LOCAL %s TO %s", names[i], quote_literal_cstr(value)));
	SPI_finish();
	AtEOXact_GUC(true, level);
}

/* A setting of this session can't be told to other servers. */
pg_noreturn static void
refuse_unsent(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("\"%s\" is not known to the servers that have the rows", name),
					errdetail("What a session sets is sent to them within a transaction block."),
					errhint("BEGIN one, or set it for everybody: ALTER DATABASE … SET %s.", name),
					err_code("setting_not_sent")));
}

/* Send what isn't sent yet. */
static void
send_settings(void)
{
	if (sent.transaction != current_local_transaction())
		forget_sent();
	sent.transaction = current_local_transaction();
	for (int i = 0; i < lengthof(names); i++)
	{
		const char *value = GetConfigOption(names[i], false, false);

		if (sent.values[i] != NULL
				? strcmp(value, sent.values[i]) == 0
				: !IsTransactionBlock() && strcmp(value, GetConfigOptionResetString(names[i])) == 0)
			continue;
		if (!IsTransactionBlock())
			refuse_unsent(names[i]);
		if (sent.values[i] != NULL)
			pfree(sent.values[i]);
		sent.values[i] = NULL;
		send_setting(i, value);
	}
}

static void
start_spread(QueryDesc *query, int eflags)
{
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0 && is_spread(query->plannedstmt->planTree))
		send_settings();
	if (next_start != NULL)
		next_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
}

/* See to it before each statement, if the server has loaded Citus. */
void
send_settings_to_servers(void)
{
	if (GetConfigOption("citus.version", true, false) == NULL)
		return;
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start_spread;
	RegisterSubXactCallback(subtransaction_ended, NULL);
}
