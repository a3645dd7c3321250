#ifndef NAMED_FIELD_H
#define NAMED_FIELD_H

#include "postgres.h"

#include "fields/field.h"

/* How many keys a dotted name may cross. */
#define MAX_HOPS 8

/* Where the search for a name that is no field ended. */
typedef struct DeadEnd
{
	Source *source;
	const char *alias;
	const char *rest; /* what is left of the name */
} DeadEnd;

extern Field *find_field(FromClause *from, const char *name, DeadEnd *end);
extern List *known_fields(const FromClause *from, const char *name, const DeadEnd *end);
extern Field *need_field(FromClause *from, const char *name);

#endif
