#ifndef FROM_H
#define FROM_H

#include "postgres.h"

#include "base/query_params.h"
#include "fields/custom.h"
#include "fields/link.h"
#include "fields/source.h"
#include "lib/stringinfo.h"

/*
 * A query over a relation. Fields of related rows come by LEFT JOINs; or, where the relation is
 * one of a query that is not ours, by a sub-select that gives the one value.
 */
typedef struct FromClause
{
	Source *source;
	const char *alias;	   /* of the relation itself */
	bool use_subselects;   /* no joins: sub-selects */
	bool stored;		   /* though the query isn't ours, its rows are as the relation has them */
	bool any_tenant;	   /* it isn't ours: its rows may be of any tenant */
	CustomFields *custom;  /* whose rows decided what fields are */
	Params *params;		   /* of the whole query; NULL: values are written out */
	int *alias_counter;	   /* the last number of an alias in the whole query */
	StringInfoData joins;  /* LEFT JOINs that fields of related rows need */
	List *joined;		   /* of FieldJoin */
	List *columns;		   /* names of columns of the relation itself that fields and joins read */
	MemoryContext context; /* of all this, whatever a field is looked up in */
	const struct FromClause *outer; /* where names lead here by a path, or NULL */
	const char *path;
} FromClause;

/* A join that a query has already. */
typedef struct FieldJoin
{
	char *path; /* the dotted name that leads to it */
	char *alias;
	Source *source;
} FieldJoin;

extern FromClause *open_from(Source *source);
extern FromClause *open_inner_from(const FromClause *outer, Source *source);
extern FieldJoin *find_join(const FromClause *from, const char *path);
extern FieldJoin *add_join(FromClause *from, const char *path, Oid relid);
extern FieldJoin *join_link(FromClause *from, const char *path, const char *alias,
							const Link *link);
extern void note_rights(FromClause *from, Oid relid);
extern char *own_column(FromClause *from, const char *alias, const char *name);
extern void append_link(StringInfo sql, const Link *link, const char *alias, const char *linked);
extern void append_same_tenant(StringInfo sql, const FromClause *from, const Link *link,
							   const char *alias);
extern char *linked_select(FromClause *from, const Link *link, const FromClause *inner,
						   const char *expression, const char *rest);

#endif
