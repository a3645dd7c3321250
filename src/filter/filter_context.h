#ifndef FILTER_CONTEXT_H
#define FILTER_CONTEXT_H

#include "postgres.h"

#include "base/compat.h"
#include "fields/named_field.h"

/*
 * A filter definition becomes one predicate in SQL text, whatever it is used for: filter_sql gives
 * the text to the caller, queries of ours hold it in their WHERE, and the planner's support
 * function parses it.
 */
typedef struct FilterContext
{
	Source *source;		/* of the row that is filtered */
	const char *alias;	/* of that row in the text */
	FromClause *from;	/* fields of related rows become joins of it; NULL: sub-selects */
	bool stored;		/* it is as its relation has it, not one that a trigger is about to write */
	bool exact;			/* false and null are told apart, as a function's result must be */
	List *dependencies; /* OIDs of relations whose rows decided on the text, such as custom_field */
	List *rights;		/* and of those that the user's rights on did, or that it names */
	Oid users;			/* app_user, where the text asks it for a team */
	List *problems;		/* of FilterProblem, where all are to be found; else the first is raised */
	bool collect;
	bool advise;		/* and of advice */
	List *choices;		/* what was read to give advice, each once */
	int rules;			/* how many there are, with those of other definitions that go with it */
	int copies;			/* comparisons that copy all of a large value */
	int *alias_counter; /* the last number of a sub-select in the text … */
	int first_alias;	/* … and that before the first */
	int subselects;		/* how many the text has */
	List *by_reader;	/* paths of what depends on how the reader counts days */
} FilterContext;

/* Something that keeps a definition from being applied, or that is hardly meant. */
typedef struct FilterProblem
{
	bool advice;
	const char *path; /* as $.rules[0].value */
	const char *code;
	const char *message;
	const char *hint; /* or NULL */
	List *params;	  /* names and values in turn, for translations */
} FilterProblem;

pg_noreturn extern void filter_too_large(const char *path, const char *what);
extern char *filter_hint_nearest(const char *name, List *candidates);
extern void filter_problem(FilterContext *context, const char *path, const char *code,
						   const char *field, const char *message, const char *hint, List *params);
extern bool wants_advice(const FilterContext *context);
extern void filter_advice(FilterContext *context, const char *path, const char *code,
						  const char *message, const char *hint, List *params);

extern int jit_work(const FilterContext *context);
extern void rests_on_reader(FilterContext *context, const char *path);

#endif
