#ifndef DEPENDENTS_H
#define DEPENDENTS_H

#include "postgres.h"

#include "base/compat.h"
#include "commands/trigger.h"
#include "triggers/row.h"
#include "triggers/visibility.h"

/* What belongs to an opportunity, and has its currency: columns of the trigger's row. */
typedef struct Dependent
{
	const char *name; /* for messages: document, payment */
	int opportunity_id;
	int currency;
} Dependent;

/* Why a row that is busy can't be waited for. */
#define DELETED_WITH_LOCKED "It would be deleted together with a row that is now locked."

extern bool opportunity_exists(TriggerData *trigger, int64 id);
extern void lock_opportunity(const Row *row, int column, Datum *currency, bool *unnamed);
extern void lock_dependents(TriggerData *trigger, Datum id);
extern void take_dependents(TriggerData *trigger, Datum id);
pg_noreturn extern void refuse_busy(TriggerData *trigger, const Disclosure *row, Datum id,
									const char *why);
extern void join_opportunity(Row *row, const Dependent *dependent);

#endif
