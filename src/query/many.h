#ifndef MANY_H
#define MANY_H

#include "postgres.h"

#include "fields/field.h"
#include "query/selection.h"

/* A query whose rows are grouped, maybe by what each of them has many of. */
typedef struct Grouping
{
	FromClause *from;
	List *many; /* of ManyRows, in the order of their joins */
} Grouping;

extern Field *add_dimension(Grouping *grouping, const char *name);
extern void join_selected_many(List *groupings, const Selection *selection);
extern const Field *one_of_many(const Field *dimension, const Source **source);

#endif
