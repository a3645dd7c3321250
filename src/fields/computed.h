#ifndef COMPUTED_H
#define COMPUTED_H

#include "postgres.h"

#include "fields/field.h"

/* Fields that no column holds. A column of the same name goes before. */
extern Field *computed_field(FromClause *from, const char *name);
extern List *computed_names(Source *source);

#endif
