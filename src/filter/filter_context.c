/* A filter's compilation: its limits, problems and advice. */
#include "postgres.h"

#include "filter/filter_context.h"

#include "base/error_detail.h"
#include "base/errors.h"
#include "base/limits.h"

/* What a sub-select costs JIT, in rules. */
#define SUBSELECT_WORK 10

/* Refuse what is past a limit at once, whatever else is wrong. */
void
filter_too_large(const char *path, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the filter has %s", what),
					errdetail("At %s.", path),
					errhint("Say it with fewer rules and values of lists; rules on a related row "
							"share a sub-select within one group."),
					err_code("filter_too_large"), err_place(path, NIL)));
}

/* The hint for a name that is not known, or NULL. */
char *
filter_hint_nearest(const char *name, List *candidates)
{
	const char *nearest = nearest_name(name, candidates);

	return nearest == NULL ? NULL : psprintf("Perhaps you meant \"%s\".", nearest);
}

/* Collect a problem, once. */
static void
keep_problem(FilterContext *context, const FilterProblem *problem)
{
	FilterProblem *kept;
	ListCell *cell;

	if (list_length(context->problems) >= MAX_PROBLEMS)
		return;
	foreach (cell, context->problems)
	{
		kept = lfirst(cell);
		if (strcmp(kept->path, problem->path) == 0 && strcmp(kept->code, problem->code) == 0)
			return;
	}
	kept = palloc(sizeof(FilterProblem));
	*kept = *problem;
	context->problems = lappend(context->problems, kept);
}

/* Raise a problem, or collect it where all are wanted. */
void
filter_problem(FilterContext *context, const char *path, const char *code, const char *field,
			   const char *message, const char *hint, List *params)
{
	FilterProblem problem = {false, path, code, message, hint, params};

	if (!context->collect)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message),
				 errdetail("At %s.", path), hint == NULL ? 0 : errhint("%s", hint), err_code(code),
				 field == NULL ? 0 : err_field(field), err_place(path, params)));
	keep_problem(context, &problem);
}

/* Whether advice is asked for. It leaves room for errors, without which all seems to be right. */
bool
wants_advice(const FilterContext *context)
{
	return context->advise && list_length(context->problems) < MAX_PROBLEMS / 2;
}

/* Collect advice, which is no error. */
void
filter_advice(FilterContext *context, const char *path, const char *code, const char *message,
			  const char *hint, List *params)
{
	FilterProblem advice = {true, path, code, message, hint, params};

	keep_problem(context, &advice);
}

/* How much a filter's predicate is to a compiler, in rules. */
int
jit_work(const FilterContext *context)
{
	return context->rules + SUBSELECT_WORK * context->subselects;
}

/* Note that the zone, calendar, week or fiscal year of whoever asks decides on what a rule means.
 */
void
rests_on_reader(FilterContext *context, const char *path)
{
	context->by_reader = lappend(context->by_reader, pstrdup(path));
}
