#ifndef SHOWN_H
#define SHOWN_H

#include "postgres.h"

#include "field.h"

/* The fields that cards and rows of lists show. */
extern List *shown_fields(FromClause *from, List *names, bool list);
extern char *json_row(List *fields);

#endif
