#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "postgres.h"

#include "query/selection.h"

/* How rows are shown. */
typedef struct View
{
	List *fields; /* NIL: those of the default view, else a fixed set */
	List *sort;	  /* NIL: the own order of a column or list */
	char *lane_by;
} View;

extern char *lane_name(const char *lane_by, bool *all);

extern void read_view_args(FunctionCallInfo fcinfo, View *view, SelectionArgs *selection,
						   int fields, int sort, int name);

#endif
