/* What a trigger for rows keeps as long as its statement runs. */
#include "postgres.h"

#include "triggers/trigger_memory.h"

#include "catalog/pg_trigger.h"

/* The memory of a row's trigger: it hangs on the call, which the server makes anew for a statement.
 */
TriggerMemory *
trigger_memory(const Row *row)
{
	FmgrInfo *call = row->call;

	if (call->fn_extra == NULL)
	{
		TriggerMemory *memory = MemoryContextAllocZero(call->fn_mcxt, sizeof(TriggerMemory));

		memory->context = call->fn_mcxt;
		call->fn_extra = memory;
	}
	return call->fn_extra;
}

/* Whether a row is written as its trigger BEFORE it leaves it: no other one comes after that. */
bool
is_last_before(const Row *row)
{
	const TriggerDesc *triggers = row->rel->trigdesc;

	for (int i = triggers->numtriggers - 1; i >= 0; i--)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_ROW(trigger->tgtype) && TRIGGER_FOR_BEFORE(trigger->tgtype))
			return trigger->tgoid == row->trigger->tg_trigger->tgoid;
	}
	return false;
}
