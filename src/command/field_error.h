#ifndef FIELD_ERROR_H
#define FIELD_ERROR_H

#include "postgres.h"

#include "base/kept_plan.h"
#include "command/changes.h"
#include "utils/rel.h"

/* Errors of the server's own get a code, and the field that they are about. */
extern List *constraint_fields(Relation rel);
extern void name_field(ErrorData *error, const Changes *changes, List *constraints);
extern void run_change(KeptPlan *statement, Datum *args, const char *nulls, Relation rel,
					   const Changes *changes);

#endif
