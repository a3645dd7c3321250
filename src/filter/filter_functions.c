/* filter_sql and check_filter. */
#include "postgres.h"

#include "base/errors.h"
#include "base/json.h"
#include "filter/filter.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(filter_sql);
PG_FUNCTION_INFO_V1(check_filter);

/* A name as SQL has it. */
static char *
alias_argument(text *alias)
{
	if (VARSIZE_ANY_EXHDR(alias) >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("alias is too long for a name"),
						errhint("A name has at most %d bytes.", NAMEDATALEN - 1),
						err_code("name_too_long"), err_field("alias")));
	return text_to_cstring(alias);
}

/* filter_sql(rules jsonb, relation regclass, alias text) -> text */
Datum
filter_sql(PG_FUNCTION_ARGS)
{
	FilterContext context = {.stored = true};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	context.source = source_argument(fcinfo, 1);
	context.alias = quote_identifier(PG_ARGISNULL(2) ? context.source->name
													 : alias_argument(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_TEXT_P(cstring_to_text(compile_filter(&context, PG_GETARG_JSONB_P(0))));
}

/* Names and values in turn as a JSON object. */
static Jsonb *
params_json(List *params)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < list_length(params); i += 2)
		push_text(&state, list_nth(params, i), list_nth(params, i + 1));
	return finish_json(&state, WJB_END_OBJECT);
}

/* check_filter(rules jsonb, relation regclass) -> setof (path, code, severity, problem, hint,
 * params) */
Datum
check_filter(PG_FUNCTION_ARGS)
{
	FilterContext context = {.alias = "o", .collect = true, .advise = true};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	context.source = source_argument(fcinfo, 1);
	(void) compile_filter(&context, PG_GETARG_JSONB_P(0));
	foreach (cell, context.problems)
	{
		FilterProblem *problem = lfirst(cell);
		Datum values[6];
		bool nulls[6] = {false};

		values[0] = CStringGetTextDatum(problem->path);
		values[1] = CStringGetTextDatum(problem->code);
		values[2] = CStringGetTextDatum(problem->advice ? "advice" : "error");
		values[3] = CStringGetTextDatum(problem->message);
		nulls[4] = problem->hint == NULL;
		values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(problem->hint);
		values[5] = JsonbPGetDatum(params_json(problem->params));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
