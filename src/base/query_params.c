/* Parameters of a query whose text is the same for all values, and running it. */
#include "postgres.h"

#include "base/query_params.h"

#include "base/citus.h"
#include "base/compat.h"
#include "base/literal.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

static void
make_room(Params *params)
{
	int room = Max(params->room * 2, 8);
	Oid *types = palloc(sizeof(Oid) * room);
	Datum *values = palloc(sizeof(Datum) * room);

	if (params->count > 0)
	{
		memcpy(types, params->types, sizeof(Oid) * params->count);
		memcpy(values, params->values, sizeof(Datum) * params->count);
	}
	params->types = types;
	params->values = values;
	params->room = room;
}

/* Append a value: as a parameter, or where there are none, as a literal. */
void
append_datum(StringInfo sql, Params *params, Datum value, Oid type)
{
	if (params == NULL)
	{
		append_literal(sql, literal_text(type, value), type);
		return;
	}
	if (params->count == params->room)
		make_room(params);
	params->types[params->count] = type;
	params->values[params->count] = value;
	appendStringInfo(sql, "$%d", ++params->count);
}

/* The same for a value's text form, as a query of this session returned it. */
void
append_value(StringInfo sql, Params *params, const char *value, Oid type)
{
	Oid input;
	Oid io_parameter;

	if (params == NULL)
	{
		append_literal(sql, value, type);
		return;
	}
	getTypeInputInfo(type, &input, &io_parameter);
	append_datum(sql, params, OidInputFunctionCall(input, pstrdup(value), io_parameter, -1), type);
}

/* An array of values, by their text forms. */
static Datum
array_of_texts(List *values, Oid type)
{
	Datum *elements = palloc(sizeof(Datum) * Max(list_length(values), 1));
	int16 length;
	bool by_value;
	char align;
	char delimiter;
	Oid input;
	Oid io_parameter;
	ListCell *cell;

	get_type_io_data(type, IOFunc_input, &length, &by_value, &align, &delimiter, &io_parameter,
					 &input);
	foreach (cell, values)
		elements[foreach_current_index(cell)] =
			OidInputFunctionCall(input, pstrdup(lfirst(cell)), io_parameter, -1);
	return PointerGetDatum(
		construct_array(elements, list_length(values), type, length, by_value, align));
}

/* The same for several values, as an array: one parameter, which no row has to put together. */
void
append_values(StringInfo sql, Params *params, List *values, Oid type)
{
	Oid array = get_array_type(type);
	const char *separator = "";
	ListCell *cell;

	if (params != NULL && OidIsValid(array))
	{
		append_datum(sql, params, array_of_texts(values, type), array);
		return;
	}
	appendStringInfoString(sql, "ARRAY[");
	foreach (cell, values)
	{
		appendStringInfoString(sql, separator);
		append_value(sql, params, lfirst(cell), type);
		separator = ", ";
	}
	appendStringInfo(sql, "]::%s[]", format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY));
}

/* The parameters as the executor takes them: none are NULL, as in the server's own statements. */
ParamListInfo
param_list(const Params *params)
{
	ParamListInfo list;

	if (params->count == 0)
		return NULL;
	list = makeParamList(params->count);
	for (int i = 0; i < params->count; i++)
		list->params[i] = (ParamExternData){
			.value = params->values[i], .pflags = PARAM_FLAG_CONST, .ptype = params->types[i]};
	return list;
}

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
end_rows(DestReceiver *self)
{
}

/* A DestReceiver that calls a function for each row. */
DestReceiver
row_receiver(bool (*receive)(TupleTableSlot *row, DestReceiver *self))
{
	return (DestReceiver){.receiveSlot = receive,
						  .rStartup = start_rows,
						  .rShutdown = end_rows,
						  .rDestroy = end_rows,
						  .mydest = DestNone};
}

/* Run a query that is past the rewriter, under the active snapshot. Its rows go to a receiver. */
void
run_rewritten(Query *query, const char *sql, DestReceiver *receiver)
{
	QueryDesc *run = CreateQueryDesc(plan_query(query, sql), sql, GetActiveSnapshot(),
									 InvalidSnapshot, receiver, NULL, NULL, 0);

	ExecutorStart(run, 0);
	run_to_end(run);
	ExecutorFinish(run);
	ExecutorEnd(run);
	FreeQueryDesc(run);
}

/* A text in a column of such a row; NULL for NULL. */
char *
slot_text(const TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL : TextDatumGetCString(slot->tts_values[column]);
}

/* Plan a query whatever the values of its parameters, but for these where Citus is. */
CachedPlan *
plan_params_query(SPIPlanPtr plan, const char *sql, const Params *params)
{
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	return GetCachedPlan(linitial(SPI_plan_get_plan_sources(plan)),
						 on_citus() ? param_list(params) : NULL, NULL, NULL);
}

/* What the planner expects a query to cost. */
double
query_cost(const char *sql, const Params *params)
{
	SPIPlanPtr plan = SPI_prepare(sql, params->count, params->types);
	CachedPlan *cached = plan_params_query(plan, sql, params);
	double cost = linitial_node(PlannedStmt, cached->stmt_list)->planTree->total_cost;

	ReleaseCachedPlan(cached, NULL);
	(void) SPI_freeplan(plan);
	return cost;
}

/*
 * Run a query as the caller, under the snapshot of the caller's statement, with workers where the
 * planner wants them. Its rows go to a receiver.
 */
void
run_params_query(const char *sql, const Params *params, DestReceiver *receiver)
{
	SPIExecuteOptions options = {.params = param_list(params), .read_only = true, .dest = receiver};
	int result = SPI_execute_extended(own_statement(sql), &options);

	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(result));
}
