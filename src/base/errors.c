/* What errors have in common: stable codes, the nearest name for a hint, limits. */
#include "postgres.h"

#include "base/error_detail.h"
#include "base/errors.h"
#include "base/fold.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/varlena.h"

/* The candidate that is the same to a reader as a name: another case, other letter forms. */
const char *
name_read_alike(const char *name, List *candidates)
{
	char *folded = fold_string(name);
	ListCell *cell;

	foreach (cell, candidates)
	{
		if (strcmp(fold_string(lfirst(cell)), folded) == 0)
			return lfirst(cell);
	}
	return NULL;
}

/*
 * The candidate that is most like a name somebody mistyped: one that reads alike, else the nearest;
 * NULL when none is near. Candidates are C strings.
 */
const char *
nearest_name(const char *name, List *candidates)
{
	int length = strlen(name);
	int best = Max(pg_mbstrlen(name) / 2, 1) + 1;
	const char *nearest;
	ListCell *cell;

	if (length == 0 || length > NAMEDATALEN)
		return NULL;
	nearest = name_read_alike(name, candidates);
	if (nearest != NULL)
		return nearest;

	foreach (cell, candidates)
	{
		const char *candidate = lfirst(cell);
		int distance;

		CHECK_FOR_INTERRUPTS();
		if (strlen(candidate) > NAMEDATALEN)
			continue;
		distance = varstr_levenshtein_less_equal(name, length, candidate, strlen(candidate), 1, 1,
												 1, best, true);
		if (distance < best)
		{
			best = distance;
			nearest = candidate;
		}
	}
	return nearest;
}

/* In ereport: a hint that gives the nearest of the known names, if one is near. */
int
errhint_nearest(const char *name, List *candidates)
{
	const char *nearest = nearest_name(name, candidates);

	if (nearest != NULL)
		errhint("Perhaps you meant \"%s\".", nearest);
	return 0;
}

/* What an error about a limit has to tell. */
static List *
limit_params(int limit)
{
	return list_make2("limit", psprintf("%d", limit));
}

/* An argument must not hold more of something than a limit. */
void
check_limit(int64 count, int limit, const char *code, const char *argument, const char *what)
{
	if (count > limit)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("%s has more than %d %s", argument, limit, what), err_code(code),
						err_field(argument), err_place(NULL, limit_params(limit))));
}

/* An argument that has no default must not be NULL. */
void
need_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name),
				 err_code("argument_missing"), err_field(name)));
}
