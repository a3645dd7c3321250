/* What a call that keeps what it read goes by: whether it would read the same again. */
#include "postgres.h"

#include "settings/reading.h"

#include "miscadmin.h"
#include "settings/plan_dependency.h"
#include "utils/snapmgr.h"

/* The active snapshot's identity, the user and the generation of dependencies. */
Reading
current_reading(void)
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

bool
is_current_reading(const Reading *reading)
{
	Reading now = current_reading();

	return reading->user == now.user && reading->generation == now.generation &&
		   reading->xmin == now.xmin && reading->xmax == now.xmax &&
		   reading->running == now.running && reading->completed == now.completed &&
		   reading->command == now.command;
}
