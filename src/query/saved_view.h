#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "postgres.h"

#include "query/selection.h"
#include "triggers/saved.h"

/* How rows are shown. */
typedef struct View
{
	List *fields; /* NIL: those of the default view, else a fixed set */
	List *sort;	  /* NIL: the own order of a column or list */
	char *lane_by;
	const char *name; /* of the saved view that gave any of these; NULL: none did */
	Jsonb *columns;	  /* where that view gave the fields: with what it says of them */
} View;

/* A view as it is stored; what it leaves open is NIL or NULL. */
typedef struct StoredView
{
	const char *name;
	bool shared;
	View view;
	char *filter;
} StoredView;

extern const SavedKind saved_views;

extern char *lane_name(const char *lane_by, bool *all);

extern void read_view_args(FunctionCallInfo fcinfo, View *view, SelectionArgs *selection,
						   int fields, int sort, int name, const char *layout);
extern void check_view_fields(Source *source, const StoredView *stored);
extern bool find_view(StoredView *stored, Oid table, const char *condition);

/* default_view.c: what applies where the call names no view and no fields */
extern void apply_default_view(View *view, const SelectionArgs *selection, const char *layout);

#endif
