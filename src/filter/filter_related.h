#ifndef FILTER_RELATED_H
#define FILTER_RELATED_H

#include "postgres.h"

#include "filter/filter_path.h"

/* Members of a group that one sub-select can answer, or a single one. */
typedef struct Part
{
	Path *path; /* NULL: none is shared */
	Rule *group;
} Part;

/* Rules on rows that only a sub-select reaches. */
extern char *related_sql(FilterContext *context, Scope *scope, const Rule *rule, QualForm form);
extern List *gather_related(Scope *scope, const Rule *node);
extern char *part_sql(FilterContext *context, Scope *scope, const Part *part, QualForm form);

#endif
