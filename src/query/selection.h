#ifndef SELECTION_H
#define SELECTION_H

#include "postgres.h"

#include "base/statement.h"
#include "fields/named_field.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"

/* The arguments that select rows, the same for every query function. */
typedef struct SelectionArgs
{
	Source *source;
	Jsonb *filter; /* the definition of a saved filter; NULL: none */
	Jsonb *rules;  /* a definition given in place; NULL: none */
	Jsonb *scope;  /* NULL: everything */
	char *search;  /* NULL: anything */
	bool include_archived;
} SelectionArgs;

/* A query over a relation, limited to the selected rows. */
typedef struct Selection
{
	FromClause *from;
	StringInfoData conditions; /* each begins with " AND " */
	int rules;				   /* how many the filters among them have */
	bool fixed;				   /* they are the same for all values, which are parameters */
	const char *mark;		   /* of the rollups that may answer; NULL: none may */
} Selection;

/* The arguments of a selection, by their numbers from the first on. */
enum
{
	SELECTION_FILTER,
	SELECTION_RULES,
	SELECTION_SCOPE,
	SELECTION_SEARCH,
	SELECTION_INCLUDE_ARCHIVED,
	SELECTION_ARGUMENTS /* how many they are */
};

extern void read_selection(FunctionCallInfo fcinfo, int first, SelectionArgs *args);
extern void need_standard_columns(const Source *source, bool totals);
extern Selection *open_selection(const SelectionArgs *args, Params *params);
extern Selection *open_figures(const SelectionArgs *args, Params *params);
extern void append_scope(Selection *selection, Jsonb *scope);
extern bool scoped_pipeline(const SelectionArgs *args, char **pipeline);
extern void append_from(StringInfo sql, const Selection *selection);
extern uint64 run_selection(const char *sql, const Selection *selection, PlanTiming timing,
							DestReceiver *receiver);
extern uint64 run_figures(const char *sql, const Selection *selection, PlanTiming timing,
						  DestReceiver *receiver);
extern void append_number(StringInfo sql, const Source *source, const char *alias,
						  const char *name);
extern void append_totals(StringInfo sql, const Source *source);
extern void append_rows_totals(StringInfo sql, const Source *source, bool with_totals);

extern void describe_selection(StringInfo description, const SelectionArgs *args);

#endif
