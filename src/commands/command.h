#ifndef COMMAND_H
#define COMMAND_H

#include "postgres.h"

#include "base/compat.h"
#include "utils/rel.h"

/* What the commands that edit opportunities have in common. */
extern Relation open_opportunities(Oid relid);
pg_noreturn extern void opportunity_missing(Relation rel, int64 id, const char *field);
pg_noreturn extern void opportunity_changed(Relation rel, int64 id);
pg_noreturn extern void opportunity_refused(Relation rel, int64 id);

#endif
