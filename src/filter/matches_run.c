/* matches at run time: the filter is compiled for the call, and kept. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/kept_plan.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/shard.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "filter/filter.h"
#include "filter/predicate.h"
#include "filter/saved_filter.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "settings/plan_dependency.h"
#include "settings/reading.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(matches);
PG_FUNCTION_INFO_V1(matches_rules);

/* How many filters a call keeps, of MAX_RULES together. */
#define MAX_COMPILED 64

/* A filter compiled for rows of a type. */
typedef struct Compiled
{
	MemoryContext context;
	Oid type;
	int32 typmod;
	uint64 type_identifier;
	struct varlena *filter; /* the argument: a name or rules */
	int rules;				/* how many it has */
	bool stored;			/* rows of tables decided on it: valid for a reading alone */
	Reading reading;
	TupleTableSlot *slot;
	HeapTupleData tuple; /* of a row that is one value */
	int used_count;		 /* of the columns that are read, where each is an argument: */
	int *used_columns;	 /* places in the slot */
	int *used_arguments; /* places among the arguments */

	/* A predicate on the row alone. */
	ExprState *state;
	ExprContext *econtext;

	/* One with sub-selects: a statement. */
	SPIPlanPtr plan;
	ParamListInfo params;
} Compiled;

/* The argument that is a row's first column, where the planner passes each as one. */
#define FIRST_COLUMN 2

/* The row argument of a call. */
typedef struct RowValue
{
	FunctionCallInfo call;
	bool apart;			   /* by its columns, whose types don't change while a plan lives */
	HeapTupleHeader value; /* else the row itself; NULL: all is NULL */
	Oid type;
	int32 typmod;
} RowValue;

/* The cache of a call, as long-lived as its FmgrInfo. */
typedef struct Cache
{
	MemoryContext context;
	int count;
	int last;
	Compiled *compiled[MAX_COMPILED];
} Cache;

/* Whether a compiled filter is still valid. */
static bool
is_current(const Compiled *compiled)
{
	if (compiled->used_columns == NULL &&
		compiled->type_identifier !=
			assign_record_type_identifier(compiled->type, compiled->typmod))
		return false;
	return !compiled->stored || is_current_reading(&compiled->reading);
}

/* Prepare the statement of a predicate with sub-selects. */
static void
prepare_statement(Compiled *compiled, const char *sql, Source *source)
{
	int natts = compiled->slot->tts_tupleDescriptor->natts;
	SPIPlanPtr plan;
	ListCell *cell;

	if (natts > 0)
		compiled->params = makeParamList(natts);
	foreach (cell, source->columns)
	{
		SourceColumn *column = lfirst(cell);
		ParamExternData *param = &compiled->params->params[column->number - 1];

		param->ptype = column->type;
		param->pflags = PARAM_FLAG_CONST;
	}

	SPI_connect();
	plan = SPI_prepare_params(own_statement(psprintf("SELECT %s", sql)), parse_as_parameters,
							  source, for_any_values(0));
	MemoryContextSwitchTo(compiled->context);
	compiled->plan = save_plan(plan)->plan;
	plan_now(compiled->plan, NULL);
	SPI_finish();
}

/* Note where the columns that a predicate reads are among the arguments. A statement takes all. */
static void
use_columns(Compiled *compiled, const RowValue *row, const Source *source, Node *expr)
{
	int count = list_length(source->columns);
	Bitmapset *used = NULL;
	ListCell *cell;

	if (FIRST_COLUMN + count != row->call->nargs)
		elog(ERROR, "a row of type %u has %d columns, not %d", compiled->type, count,
			 row->call->nargs - FIRST_COLUMN);
	if (compiled->plan == NULL)
		pull_varattnos(expr, PREDICATE_VARNO, &used);
	compiled->used_columns = palloc(count * sizeof(int));
	compiled->used_arguments = palloc(count * sizeof(int));
	foreach (cell, source->columns)
	{
		const SourceColumn *column = lfirst(cell);
		int argument = FIRST_COLUMN + foreach_current_index(cell);

		if (get_fn_expr_argtype(row->call->flinfo, argument) != column->type)
			elog(ERROR, "column \"%s\" is not of type %u", column->name, column->type);
		if (compiled->plan == NULL &&
			!bms_is_member(column->number - FirstLowInvalidHeapAttributeNumber, used))
			continue;
		compiled->used_columns[compiled->used_count] = column->number - 1;
		compiled->used_arguments[compiled->used_count++] = argument;
	}
}

/* The text of a filter's predicate. */
static char *
compile_text(FilterContext *context, struct varlena *filter, bool by_name)
{
	Jsonb *rules;

	if (by_name)
		rules = find_filter(context->source, text_to_cstring((text *) filter), false);
	else
		rules = DatumGetJsonbP(PointerGetDatum(filter));
	return compile_filter(context, rules);
}

/*
 * The same for a row of a shard, on the server of Citus that has it. That can't ask for all that a
 * filter may be about, and says so in terms of its own.
 */
static char *
compile_text_of_shard(FilterContext *context, struct varlena *filter, bool by_name)
{
	MemoryContext caller = CurrentMemoryContext;
	char *sql = NULL;

	PG_TRY();
	{
		sql = compile_text(context, filter, by_name);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		if (error->sqlerrcode != ERRCODE_INVALID_PARAMETER_VALUE &&
			error->sqlerrcode != ERRCODE_INTERNAL_ERROR)
			ReThrowError(error);
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("the filter cannot be applied where Citus has sent the call"),
						errdetail("%s", error->message),
						errhint("Give the filter as a constant or a parameter, and a row of a "
								"table or view in FROM: then it is known before."),
						err_code("filter_elsewhere"), err_field("filter")));
	}
	PG_END_TRY();
	return sql;
}

/* Compile a filter. */
static Compiled *
compile(const RowValue *row, struct varlena *filter, bool by_name)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "filter of a call", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Compiled *compiled = palloc0(sizeof(Compiled));
	FilterContext filter_context = {.alias = PREDICATE_ROW, .exact = true};
	TupleDesc desc;
	char *sql;
	Node *expr;
	bool has_sublinks;

	compiled->context = context;
	compiled->type = row->apart ? get_fn_expr_argtype(row->call->flinfo, 0) : row->type;
	compiled->typmod = row->typmod;
	compiled->type_identifier = assign_record_type_identifier(compiled->type, row->typmod);
	compiled->filter = memcpy(palloc(VARSIZE_ANY(filter)), filter, VARSIZE_ANY(filter));
	filter_context.source = open_row_source(compiled->type, row->typmod);
	desc = lookup_rowtype_tupdesc_copy(compiled->type, row->typmod);
	read_virtual_columns(desc);
	compiled->slot = MakeSingleTupleTableSlot(desc, row->apart ? &TTSOpsVirtual : &TTSOpsHeapTuple);

	if (serves_citus() || OidIsValid(table_of_shard(filter_context.source->relid)))
		sql = compile_text_of_shard(&filter_context, filter, by_name);
	else
		sql = compile_text(&filter_context, filter, by_name);
	compiled->rules = filter_context.rules;
	expr = parse_predicate(sql, filter_context.source, &has_sublinks);
	compiled->stored = by_name || filter_context.dependencies != NIL ||
					   filter_context.rights != NIL ||
					   (has_sublinks && tenant_followers(expr) != NIL);
	if (compiled->stored)
		compiled->reading = current_reading();
	if (has_sublinks)
		prepare_statement(compiled, sql, filter_context.source);
	else
	{
		compiled->state = ExecInitExpr(expression_planner((Expr *) expr), NULL);
		compiled->econtext = CreateStandaloneExprContext();
		compiled->econtext->ecxt_scantuple = compiled->slot;
	}
	if (row->apart)
		use_columns(compiled, row, filter_context.source, expr);
	MemoryContextSwitchTo(caller);
	return compiled;
}

/* Add a compiled filter to the cache, and evict all others where it is full. */
static void
keep_compiled(Cache *cache, Compiled *compiled)
{
	int rules = compiled->rules;

	MemoryContextSetParent(compiled->context, cache->context);
	for (int i = 0; i < cache->count; i++)
		rules += cache->compiled[i]->rules;
	if (cache->count == MAX_COMPILED || rules > MAX_RULES)
		while (cache->count > 0)
			MemoryContextDelete(cache->compiled[--cache->count]->context);
	cache->last = cache->count;
	cache->compiled[cache->count++] = compiled;
}

/* The compiled filter of a call: from the cache, or compiled now. */
static Compiled *
find_compiled(const RowValue *row, struct varlena *filter, bool by_name)
{
	FmgrInfo *function = row->call->flinfo;
	Cache *cache = function->fn_extra;
	Compiled *compiled;
	int at;

	if (cache == NULL)
	{
		MemoryContext context =
			AllocSetContextCreate(function->fn_mcxt, "filters of a call", ALLOCSET_SMALL_SIZES);

		cache = MemoryContextAllocZero(context, sizeof(Cache));
		cache->context = context;
		function->fn_extra = cache;
	}

	for (int i = 0; i < cache->count; i++)
	{
		at = (cache->last + i) % cache->count;
		compiled = cache->compiled[at];
		if ((!row->apart && (compiled->type != row->type || compiled->typmod != row->typmod)) ||
			VARSIZE_ANY(compiled->filter) != VARSIZE_ANY(filter) ||
			memcmp(compiled->filter, filter, VARSIZE_ANY(filter)) != 0)
			continue;
		cache->last = at;
		if (is_current(compiled))
			return compiled;

		/* Made before the old one goes: an error leaves that in its place, to be found stale. */
		compiled = compile(row, filter, by_name);
		MemoryContextSetParent(compiled->context, cache->context);
		MemoryContextDelete(cache->compiled[at]->context);
		cache->compiled[at] = compiled;
		return compiled;
	}

	compiled = compile(row, filter, by_name);
	keep_compiled(cache, compiled);
	return compiled;
}

/* Run the statement of a predicate with sub-selects for the row in the slot. */
static Datum
run_predicate(Compiled *compiled, bool *isnull)
{
	Datum result;

	for (int i = 0; compiled->params != NULL && i < compiled->params->numParams; i++)
	{
		ParamExternData *param = &compiled->params->params[i];

		if (OidIsValid(param->ptype))
			param->value = slot_getattr(compiled->slot, i + 1, &param->isnull);
	}
	SPI_connect();
	if (!SPI_plan_is_valid(compiled->plan))
		plan_now(compiled->plan, NULL);
	if (SPI_execute_plan_with_paramlist(compiled->plan, compiled->params, true, 1) !=
			SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not run a filter: %s", SPI_result_code_string(SPI_result));
	result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
	SPI_finish();
	return result;
}

/* Refuse a row of an anonymous type. */
pg_noreturn static void
anonymous_row(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the row's type has no name"),
			 errdetail("%s", detail), errhint("Name a table or view, as in FROM opportunity AS o."),
			 err_code("anonymous_row"), err_field("row")));
}

/* Read the row argument. */
static RowValue
row_argument(FunctionCallInfo fcinfo, bool by_name)
{
	RowValue row = {.call = fcinfo, .apart = PG_NARGS() > FIRST_COLUMN, .typmod = -1};

	if (!PG_ARGISNULL(0))
	{
		row.value = PG_GETARG_HEAPTUPLEHEADER(0);
		row.type = HeapTupleHeaderGetTypeId(row.value);
		row.typmod = HeapTupleHeaderGetTypMod(row.value);
		if (row.type == RECORDOID && by_name)
			anonymous_row("Which schema's saved_filter has the name is not known.");
	}
	else if (!row.apart)
	{
		row.type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, 0));
		if (row.type == RECORDOID)
			anonymous_row("It is NULL, so its columns are not known.");
	}
	return row;
}

/* Store a row in the slot of a filter. */
static void
store_row(Compiled *compiled, const RowValue *row)
{
	TupleTableSlot *slot = compiled->slot;

	if (row->apart)
	{
		for (int i = 0; i < compiled->used_count; i++)
		{
			const NullableDatum *argument = &row->call->args[compiled->used_arguments[i]];

			slot->tts_values[compiled->used_columns[i]] = argument->value;
			slot->tts_isnull[compiled->used_columns[i]] = argument->isnull;
		}
		ExecStoreVirtualTuple(slot);
		return;
	}
	if (row->value == NULL)
	{
		ExecStoreAllNullTuple(slot);
		return;
	}
	compiled->tuple.t_data = row->value;
	compiled->tuple.t_len = HeapTupleHeaderGetDatumLength(row->value);
	ExecStoreHeapTuple(&compiled->tuple, slot, false);
}

/* Apply a filter to a row; a NULL row is one of NULLs. */
static Datum
apply(FunctionCallInfo fcinfo, struct varlena *filter, bool by_name)
{
	RowValue row = row_argument(fcinfo, by_name);
	Compiled *compiled = find_compiled(&row, filter, by_name);
	Datum result;
	bool isnull;

	store_row(compiled, &row);
	if (compiled->plan != NULL)
		result = run_predicate(compiled, &isnull);
	else
	{
		result = ExecEvalExprSwitchContext(compiled->state, compiled->econtext, &isnull);
		ResetExprContext(compiled->econtext);
	}
	ExecClearTuple(compiled->slot);
	if (isnull)
		PG_RETURN_NULL();
	return result;
}

/* matches(row record, filter text) -> boolean */
Datum
matches(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	return apply(fcinfo, PG_GETARG_VARLENA_PP(1), true);
}

/* matches_rules(row record, rules jsonb) -> boolean */
Datum
matches_rules(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	return apply(fcinfo, PG_GETARG_VARLENA_PP(1), false);
}
