#include "postgres.h"

#include "filter/filter_context.h"

#include "base/errors.h"

/* The hint for a name that is not known, or NULL. */
char *
filter_hint_nearest(const char *name, List *candidates)
{
	const char *nearest = nearest_name(name, candidates);

	return nearest == NULL ? NULL : psprintf("Perhaps you meant \"%s\".", nearest);
}

/* Raise a problem of a definition, or keep it where all are wanted. */
void
filter_problem(FilterContext *context, const char *path, const char *code, const char *field,
			   const char *message, const char *hint, List *params)
{
	FilterProblem *problem;
	ListCell *cell;

	if (!context->collect)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message),
						errdetail("At %s.", path), hint == NULL ? 0 : errhint("%s", hint),
						err_code(code), field == NULL ? 0 : err_field(field)));

	foreach (cell, context->problems)
	{
		problem = lfirst(cell);
		if (strcmp(problem->path, path) == 0 && strcmp(problem->code, code) == 0)
			return;
	}
	problem = palloc0(sizeof(FilterProblem));
	problem->path = path;
	problem->code = code;
	problem->message = message;
	problem->hint = hint;
	problem->params = params;
	context->problems = lappend(context->problems, problem);
}
