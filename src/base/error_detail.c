/* DETAIL of errors as an object, for programs that get no other field of them. */
#include "postgres.h"

#include "base/error_detail.h"

#include "access/parallel.h"
#include "base/compat.h"
#include "base/json.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "optimizer/planner.h"
#include "tcop/utility.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/memutils.h"

/*
 * An error is made to tell it where it leaves the statement of the client: whatever catches it
 * before then, such as an exception block or a group edit, finds it as it was raised. Those of the
 * parser and of constraints that wait for COMMIT are of no statement that runs, and stay.
 */

typedef enum ErrorDetail
{
	DETAIL_TEXT,
	DETAIL_JSON
} ErrorDetail;

static const struct config_enum_entry error_details[] = {
	{"text", DETAIL_TEXT, false}, {"json", DETAIL_JSON, false}, {NULL, 0, false}};

static int error_detail = DETAIL_TEXT;

/* What the error that was raised last says beside its fields; the code tells whether it is that. */
static struct
{
	char *code;
	char *path;	  /* or NULL */
	char *params; /* an object */
} place;

static ExecutorRun_hook_type next_run;
static ExecutorFinish_hook_type next_finish;
static ProcessUtility_hook_type next_utility;
static planner_hook_type next_planner;

/* The statement of the client is running. */
static bool running;

static void
append_member(StringInfo json, const char *key, const char *text)
{
	appendStringInfo(json, "%s\"%s\": ", json->len > 1 ? ", " : "", key);
	if (text == NULL)
		appendStringInfoString(json, "null");
	else
		escape_json(json, text);
}

/* Keep a text until the next one. */
static void
keep_text(char **kept, const char *text)
{
	char *old = *kept;

	*kept = text == NULL ? NULL : MemoryContextStrdup(TopMemoryContext, text);
	if (old != NULL)
		pfree(old);
}

/* Note what an error says beside its fields; params are names and values in turn. */
int
err_place(const char *path, List *params)
{
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData json;
	ErrorData *error;

	if (error_detail != DETAIL_JSON)
		return 0;
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i + 1 < list_length(params); i += 2)
		append_member(&json, list_nth(params, i), list_nth(params, i + 1));
	appendStringInfoChar(&json, '}');
	error = CopyErrorData();
	MemoryContextSwitchTo(caller);
	keep_text(&place.code, NULL); /* until the rest is there */
	keep_text(&place.path, path);
	keep_text(&place.params, json.data);
	keep_text(&place.code, error->constraint_name);
	return 0;
}

/* What DETAIL says, as an object. */
static char *
detail_object(const ErrorData *error)
{
	bool placed = place.code != NULL && error->constraint_name != NULL &&
				  strcmp(place.code, error->constraint_name) == 0;
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_member(&json, "code", error->constraint_name);
	append_member(&json, "field", error->column_name);
	append_member(&json, "path", placed ? place.path : NULL);
	appendStringInfo(&json, ", \"params\": %s", placed ? place.params : "{}");
	append_member(&json, "detail", error->detail);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/*
 * Give an error its code and field again that came from another server with an object as its
 * DETAIL: nothing else of it comes through.
 */
void
read_detail_object(ErrorData *error)
{
	Jsonb *object;

	if (error_detail != DETAIL_JSON || error->constraint_name != NULL || error->detail == NULL ||
		strncmp(error->detail, "{\"code\": ", 9) != 0)
		return;
	object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(error->detail)));
	error->constraint_name = json_string(&object->root, "code");
	error->column_name = json_string(&object->root, "field");
	error->detail = json_string(&object->root, "detail");
}

/* Raise the error that was caught again, with an object as its DETAIL if it is of a code or field.
 */
pg_noreturn static void
raise_described(MemoryContext context)
{
	ErrorData *error;

	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_INSUFFICIENT_RESOURCES)
		PG_RE_THROW();
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (error->constraint_name == NULL && error->column_name == NULL)
		PG_RE_THROW();
	FlushErrorState();
	error->detail = detail_object(error);
	ReThrowError(error);
}

/* Do some work of the client's statement, and describe the error that leaves it. */
#define DESCRIBING(work)                                                  \
	do                                                                    \
	{                                                                     \
		MemoryContext context = CurrentMemoryContext;                     \
                                                                          \
		if (error_detail != DETAIL_JSON || running || IsParallelWorker()) \
		{                                                                 \
			work;                                                         \
			break;                                                        \
		}                                                                 \
		running = true;                                                   \
		keep_text(&place.code, NULL);                                     \
		PG_TRY();                                                         \
		{                                                                 \
			work;                                                         \
			running = false;                                              \
		}                                                                 \
		PG_CATCH();                                                       \
		{                                                                 \
			running = false;                                              \
			raise_described(context);                                     \
		}                                                                 \
		PG_END_TRY();                                                     \
	} while (0)

static void
run_described(RUN_PARAMETERS)
{
	DESCRIBING((next_run != NULL ? next_run : standard_ExecutorRun)(RUN_ARGUMENTS));
}

static void
finish_described(QueryDesc *query)
{
	DESCRIBING((next_finish != NULL ? next_finish : standard_ExecutorFinish)(query));
}

static void
utility_described(PlannedStmt *statement, const char *text, bool read_only,
				  ProcessUtilityContext context_of, ParamListInfo params,
				  QueryEnvironment *environment, DestReceiver *receiver,
				  QueryCompletion *completion)
{
	DESCRIBING((next_utility != NULL ? next_utility : standard_ProcessUtility)(
		statement, text, read_only, context_of, params, environment, receiver, completion));
}

static PlannedStmt *
plan_described(PLANNER_PARAMETERS)
{
	PlannedStmt *volatile plan = NULL;

	DESCRIBING(
		plan = (next_planner != NULL ? next_planner : standard_planner)(query, PLANNER_ARGUMENTS));
	return plan;
}

/* Define the setting. */
void
define_error_detail(void)
{
	DefineCustomEnumVariable("opportunities.error_detail", "What DETAIL of an error is.",
							 "json: an object with code, field, path, params and detail.",
							 &error_detail, DETAIL_TEXT, error_details, PGC_USERSET, 0, NULL, NULL,
							 NULL);
}

/* Stand around all that the client's statements do. */
void
describe_errors(void)
{
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run_described;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_described;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = utility_described;
	next_planner = planner_hook;
	planner_hook = plan_described;
}
