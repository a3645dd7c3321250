#ifndef COMPUTED_H
#define COMPUTED_H

#include "postgres.h"

#include "fields/field.h"

/* Fields that no column holds. A column of the same name goes before, but for state. */
extern bool has_own_state(const Source *source);
extern char *own_state_is(FromClause *from, const char *kinds);
extern char *closing_condition(const Field *state, bool open);
extern Field *computed_field(FromClause *from, const char *name);
extern List *computed_names(Source *source);

#endif
