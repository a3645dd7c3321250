/* bulk_edit and bulk_delete: the opportunities that ids and a selection name. */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "base/error_detail.h"
#include "base/errors.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "command/batch.h"
#include "command/changes.h"
#include "command/command.h"
#include "command/field_error.h"
#include "fields/ids.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/selection.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(bulk_edit_0_2);
PG_FUNCTION_INFO_V1(bulk_delete_0_2);

/* Those of 0.1.0 take ids as bigint[] and give them as bigint. */
PG_FUNCTION_INFO_V1(bulk_edit);
PG_FUNCTION_INFO_V1(bulk_delete);

/* The arguments that say which rows, by their numbers from the first on. */
enum
{
	BULK_IDS,
	BULK_SELECTION,
	BULK_EXPECTED_COUNT = BULK_SELECTION + SELECTION_ARGUMENTS,
	BULK_ON_ERROR,
	BULK_RELATION
};

/* The arguments of bulk_edit and bulk_delete. */
typedef struct Bulk
{
	Target target;
	SelectionArgs selection;
	IdType id_type;
	bool has_ids;
	Datum *ids; /* each once, in order */
	int id_count;
	bool has_expected;
	int64 expected;
	bool skip;
} Bulk;

/* Whether on_error says to skip. */
static bool
read_on_error(FunctionCallInfo fcinfo, int number)
{
	char *on_error = PG_ARGISNULL(number) ? "abort" : text_to_cstring(PG_GETARG_TEXT_PP(number));

	if (strcmp(on_error, "skip") == 0)
		return true;
	if (strcmp(on_error, "abort") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("on_error is \"%s\"", on_error),
				 errhint("Give abort, to change all or none, or skip, to leave out the rows "
						 "that can't be changed."),
				 err_code("invalid_on_error"), err_field("on_error")));
	return false;
}

/* Whether a selection has no condition that could be false. */
static bool
means_all(const SelectionArgs *args)
{
	SelectionArgs bare = {.source = args->source, .include_archived = true};
	SelectionArgs meant = *args;
	const char *always = " AND true";
	const char *rest;

	meant.include_archived = true;
	rest =
		open_selection(&meant, NULL)->conditions.data + open_selection(&bare, NULL)->conditions.len;
	while (strncmp(rest, always, strlen(always)) == 0)
		rest += strlen(always);
	return *rest == '\0';
}

/* Read the arguments that select rows for a command; first is the number of the first. */
static Bulk
read_bulk(FunctionCallInfo fcinfo, CmdType command, int first)
{
	Bulk bulk = {0};
	bool all;

	bulk.target = open_target(fcinfo, first + BULK_RELATION, command);
	bulk.selection.source = bulk.target.source;
	bulk.id_type = id_type(bulk.target.source, "id");
	bulk.has_ids = !PG_ARGISNULL(first + BULK_IDS);
	if (bulk.has_ids)
		bulk.ids =
			read_ids(&bulk.id_type, PG_GETARG_ARRAYTYPE_P(first + BULK_IDS), "ids", &bulk.id_count);
	read_selection(fcinfo, first + BULK_SELECTION, &bulk.selection);
	bulk.has_expected = !PG_ARGISNULL(first + BULK_EXPECTED_COUNT);
	bulk.expected = bulk.has_expected ? PG_GETARG_INT64(first + BULK_EXPECTED_COUNT) : 0;
	bulk.skip = read_on_error(fcinfo, first + BULK_ON_ERROR);

	all = means_all(&bulk.selection);
	if (all && !bulk.has_ids)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no opportunities are selected"),
				 errdetail("Without a selection every opportunity would be meant."),
				 errhint("Give ids, filter, rules, scope or search."),
				 err_code("selection_missing"), err_field("ids")));

	/* Who names a row means it, archived or not; a selection is what boards and lists show. */
	if (all && PG_ARGISNULL(first + BULK_SELECTION + SELECTION_INCLUDE_ARCHIVED))
		bulk.selection.include_archived = true;
	return bulk;
}

/* Append that the row is one of the ids that are the first parameter. */
static void
append_of_ids(StringInfo sql, const Bulk *bulk)
{
	append_id_condition(sql, &bulk->id_type, "ANY ($1)");
}

/* The query for the selected rows, among some ids or all. */
static char *
meant_query(const Bulk *bulk, bool of_ids)
{
	Selection *selection = open_selection(&bulk->selection, NULL);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT o.id");
	append_from(&sql, selection);
	if (of_ids)
	{
		appendStringInfoString(&sql, " AND ");
		append_of_ids(&sql, bulk);
	}
	return sql.data;
}

/* Prepare a statement whose first parameter is the ids. */
static SPIPlanPtr
prepare(const char *sql, int nargs, Oid *types)
{
	SPIPlanPtr plan = SPI_prepare(own_statement(sql), nargs, types);

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	return plan;
}

static SPIPlanPtr
prepare_of_ids(const Bulk *bulk, const char *sql)
{
	Oid type = bulk->id_type.array;

	return prepare(sql, 1, &type);
}

/* The selected rows. */
static Datum *
select_ids(const Bulk *bulk, int *count)
{
	Datum ids;

	if (!bulk->has_ids)
		return run_ids(&bulk->id_type, prepare(meant_query(bulk, false), 0, NULL), NULL, count);
	ids = id_array(&bulk->id_type, bulk->ids, bulk->id_count);
	return run_ids(&bulk->id_type, prepare_of_ids(bulk, meant_query(bulk, true)), &ids, count);
}

/* Each id that is given must be there, selected or not; under skip it is a row of the result. */
static void
check_ids(const Bulk *bulk, Batch *batch)
{
	const IdType *type = &bulk->id_type;
	StringInfoData sql;
	Datum ids = id_array(type, bulk->ids, bulk->id_count);
	Datum *visible;
	int count;
	int next = 0;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT o.id FROM %s AS o WHERE ", bulk->target.source->sql);
	append_of_ids(&sql, bulk);
	append_tenant(&sql, bulk->target.source->relid, "o");
	visible = run_ids(type, prepare_of_ids(bulk, sql.data), &ids, &count);
	for (int i = 0; i < bulk->id_count; i++)
	{
		if (next < count && compare_ids_of(type, visible[next], bulk->ids[i]) == 0)
			next++;
		else
			leave_row(batch, bulk->ids[i], &opportunity_missing, "ids");
	}
}

/* As many rows must be selected as the caller expects. */
static void
check_count(const Bulk *bulk, int count)
{
	if (bulk->has_expected && bulk->expected != count)
		ereport(
			ERROR,
			(errcode(ERRCODE_CONFLICT),
			 errmsg("%d opportunities are selected, not %lld", count, (long long) bulk->expected),
			 errdetail("The selection is no longer what was shown. Nothing was changed."),
			 errhint("Read it anew and try again."), errtable(bulk->target.rel),
			 err_code("count_changed"), err_field("expected_count"),
			 err_place(NULL, list_make4("count", psprintf("%d", count), "expected",
										psprintf(INT64_FORMAT, bulk->expected)))));
}

/* What statements give of rows: versions only where they tell what is unchanged. */
static void
append_shown(StringInfo sql, const Batch *batch)
{
	appendStringInfoString(sql,
						   batch->unchanged != NULL ? "o.id, o.version::pg_catalog.int8" : "o.id");
}

/*
 * The statement that locks rows in the order of their ids. NULL: the user may lock none, or the
 * rows are not those of one table.
 */
static SPIPlanPtr
prepare_lock(const Bulk *bulk, const Batch *batch, const char *strength)
{
	Oid relid = bulk->target.source->relid;
	StringInfoData sql;

	if (bulk->target.writer != WRITER_TABLE || writer_of(relid, CMD_UPDATE) != WRITER_TABLE ||
		!may_write_through(relid, 0, ACL_UPDATE))
		return NULL;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	append_shown(&sql, batch);
	appendStringInfo(&sql, " FROM %s AS o WHERE ", bulk->target.source->sql);
	append_of_ids(&sql, bulk);
	append_tenant(&sql, relid, "o");
	appendStringInfo(&sql, " ORDER BY o.id FOR %s", strength);
	return prepare_of_ids(bulk, sql.data);
}

/* End a statement that changes the rows of ids, and prepare it. */
static SPIPlanPtr
prepare_change(StringInfo sql, const Bulk *bulk, const Batch *batch, int nargs, Oid *types)
{
	appendStringInfoString(sql, " WHERE ");
	append_of_ids(sql, bulk);
	append_tenant(sql, bulk->target.source->relid, "o");
	if (bulk->target.writer == WRITER_TABLE)
	{
		appendStringInfoString(sql, " RETURNING ");
		append_shown(sql, batch);
	}
	return prepare(sql->data, nargs, types);
}

static int
compare_outcomes(const void *a, const void *b, void *type)
{
	return compare_ids_of(type, ((const Outcome *) a)->id, ((const Outcome *) b)->id);
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/* Return the outcome of each row, in the order of ids. */
static void
put_outcomes(ReturnSetInfo *result, Batch *batch)
{
	bool numbers = TupleDescAttr(result->setDesc, 0)->atttypid == INT8OID;

	qsort_arg(batch->outcomes, batch->count, sizeof(Outcome), compare_outcomes, &batch->ids);
	for (int i = 0; i < batch->count; i++)
	{
		const Outcome *outcome = &batch->outcomes[i];
		Datum values[5];
		bool nulls[5] = {0};

		CHECK_FOR_INTERRUPTS();
		values[0] =
			numbers ? outcome->id : CStringGetTextDatum(id_as_text(&batch->ids, outcome->id));
		values[1] = text_or_null(outcome->status, &nulls[1]);
		values[2] = text_or_null(outcome->code, &nulls[2]);
		values[3] = text_or_null(outcome->field, &nulls[3]);
		values[4] = text_or_null(outcome->message, &nulls[4]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* Change the selected rows by a statement that the caller prepared. */
static void
run_bulk(FunctionCallInfo fcinfo, const Bulk *bulk, Batch *batch)
{
	int count;
	Datum *ids = select_ids(bulk, &count);

	batch->constraints = constraint_fields(bulk->target.rel);
	batch->outcomes = MemoryContextAllocHuge(CurrentMemoryContext,
											 sizeof(Outcome) * (count + bulk->id_count + 1));
	if (bulk->has_ids)
		check_ids(bulk, batch);
	check_count(bulk, count);
	batch->meant = prepare_of_ids(bulk, meant_query(bulk, true));
	if (count > 0)
		run_batch(batch, ids, count);
	put_outcomes((ReturnSetInfo *) fcinfo->resultinfo, batch);
}

/* The columns that an edit sets. */
static Changes *
read_bulk_changes(const Bulk *bulk, Jsonb *json)
{
	Changes *changes = read_changes(bulk->target.source, CMD_UPDATE, json);

	if (count_change_args(changes) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("changes is empty"),
						errhint("Give columns and their new values: {\"owner\": \"sara\"}."),
						err_code("invalid_changes"), err_field("changes")));
	need_change_rights(bulk->target.rel, changes, ACL_UPDATE);
	return changes;
}

/*
 * bulk_edit(changes jsonb, ids text[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, expected_count bigint, on_error text, relation regclass)
 * -> setof (id text, status text, code text, field text, message text)
 */
Datum
bulk_edit_0_2(PG_FUNCTION_ARGS)
{
	Bulk bulk;
	Batch batch = {.done = "updated"};
	StringInfoData sql;
	int nargs;
	Oid *types;
	char *nulls;

	need_argument(fcinfo, 0, "changes");
	InitMaterializedSRF(fcinfo, 0);
	bulk = read_bulk(fcinfo, CMD_UPDATE, 1);
	batch.target = &bulk.target;
	batch.ids = bulk.id_type;
	batch.skip = bulk.skip;
	batch.changes = read_bulk_changes(&bulk, PG_GETARG_JSONB_P(0));
	if (bulk.target.own && may_select(bulk.target.source, "version"))
		batch.unchanged = "unchanged";

	nargs = 1 + count_change_args(batch.changes);
	types = palloc(sizeof(Oid) * nargs);
	batch.args = palloc(sizeof(Datum) * nargs);
	nulls = palloc(nargs);
	types[0] = bulk.id_type.array;
	nulls[0] = ' ';
	change_args(batch.changes, types + 1, batch.args + 1, nulls + 1);
	batch.nulls = nulls;

	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS o SET ", bulk.target.source->sql);
	append_set_list(&sql, batch.changes, 2);
	batch.change = prepare_change(&sql, &bulk, &batch, nargs, types);
	batch.lock = prepare_lock(&bulk, &batch, "NO KEY UPDATE");
	run_bulk(fcinfo, &bulk, &batch);
	SPI_finish();
	table_close(bulk.target.rel, NoLock);
	return (Datum) 0;
}

Datum
bulk_edit(PG_FUNCTION_ARGS)
{
	return bulk_edit_0_2(fcinfo);
}

/*
 * bulk_delete(ids text[], filter text, rules jsonb, scope jsonb, search text, include_archived
 * boolean, expected_count bigint, on_error text, relation regclass)
 * -> setof (id text, status text, code text, field text, message text)
 */
Datum
bulk_delete_0_2(PG_FUNCTION_ARGS)
{
	Bulk bulk;
	Batch batch = {.done = "deleted"};
	StringInfoData sql;
	Datum args[1];

	InitMaterializedSRF(fcinfo, 0);
	bulk = read_bulk(fcinfo, CMD_DELETE, 0);
	need_right(bulk.target.rel, ACL_DELETE);
	batch.target = &bulk.target;
	batch.ids = bulk.id_type;
	batch.skip = bulk.skip;
	batch.args = args;

	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "DELETE FROM %s AS o", bulk.target.source->sql);
	batch.change = prepare_change(&sql, &bulk, &batch, 1, &bulk.id_type.array);
	batch.lock = prepare_lock(&bulk, &batch, "UPDATE");
	run_bulk(fcinfo, &bulk, &batch);
	SPI_finish();
	table_close(bulk.target.rel, NoLock);
	return (Datum) 0;
}

Datum
bulk_delete(PG_FUNCTION_ARGS)
{
	return bulk_delete_0_2(fcinfo);
}
