#ifndef COMMAND_H
#define COMMAND_H

#include "postgres.h"

#include "compat.h"
#include "utils/rel.h"

/* What the commands that edit opportunities have in common. */
extern Relation open_opportunities(Oid relid);
extern Datum int8_array(const int64 *values, int count);
pg_noreturn extern void opportunity_missing(Relation rel, int64 id, const char *field);
pg_noreturn extern void opportunity_changed(Relation rel, int64 id);
pg_noreturn extern void opportunity_refused(Relation rel, int64 id);

#endif
