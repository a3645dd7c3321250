#ifndef SEEN_H
#define SEEN_H

#include "postgres.h"

#include "base/compat.h"
#include "commands/trigger.h"

pg_noreturn extern void refuse_missing(TriggerData *trigger, const char *table, int64 id,
									   const char *code, const char *field);
extern void refuse_unseen(TriggerData *trigger, const char *table, int64 id, const char *code,
						  const char *field);

#endif
