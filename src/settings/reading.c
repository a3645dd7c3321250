/* What a call that keeps what it read goes by: whether it would read the same again. */
#include "postgres.h"

#include "settings/reading.h"

#include "access/xact.h"
#include "base/citus.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "settings/plan_dependency.h"
#include "utils/snapmgr.h"

/* The active snapshot's identity, the user and the generation of dependencies. */
static Reading
reading_now(void)
{
	Snapshot snapshot = GetActiveSnapshot();

	return (Reading){.user = GetUserId(),
					 .generation = dependency_generation(),
					 .xmin = snapshot->xmin,
					 .xmax = snapshot->xmax,
					 .running = snapshot->xcnt,
					 .completed = snapshot->snapXactCompletionCount,
					 .command = snapshot->curcid};
}

/*
 * What is read now. On Citus rows change on other servers, which no snapshot tells of: there it
 * ends with the statement, as the next one's snapshot is of a later command or transaction.
 */
Reading
current_reading(void)
{
	Reading reading = reading_now();

	if (on_citus() && !IsInParallelMode())
	{
		reading.transaction = current_local_transaction();
		(void) GetCurrentCommandId(true);
	}
	return reading;
}

bool
is_current_reading(const Reading *reading)
{
	Reading now = reading_now();

	return reading->user == now.user && reading->generation == now.generation &&
		   reading->xmin == now.xmin && reading->xmax == now.xmax &&
		   reading->running == now.running && reading->completed == now.completed &&
		   reading->command == now.command &&
		   (reading->transaction == InvalidLocalTransactionId ||
			reading->transaction == current_local_transaction());
}
