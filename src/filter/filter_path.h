#ifndef FILTER_PATH_H
#define FILTER_PATH_H

#include "postgres.h"

#include "filter/filter_node.h"

/* How dotted names up to their last dot lead to rows that only a sub-select reaches. */
typedef struct Path
{
	char *name;
	Link *link;		  /* NULL: they don't */
	Source *target;	  /* of the link */
	const char *from; /* the alias that the link leaves */
	size_t length;	  /* of the name up to where the link leads */
	bool exists;	  /* to many rows: a rule is whether one fits */
} Path;

extern bool crosses_too_many(const Scope *scope, const char *name);
extern Path *find_path(Scope *scope, const char *name);
extern List *links_to_rows(Scope *scope, const char *name);
extern Scope open_scope(Scope *outer, const Path *path);

#endif
