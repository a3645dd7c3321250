/* bulk_edit and bulk_delete: the opportunities that ids and a selection name. */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "base/arrays.h"
#include "base/error_detail.h"
#include "base/errors.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "command/batch.h"
#include "command/changes.h"
#include "command/command.h"
#include "command/field_error.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/selection.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

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
	Relation rel;
	SelectionArgs selection;
	bool has_ids;
	int64 *ids; /* each once, in order */
	int id_count;
	bool has_expected;
	int64 expected;
	bool skip;
} Bulk;

/* The ids that are given, each once and in order. */
static void
read_ids(Bulk *bulk, ArrayType *array)
{
	int count;

	bulk->has_ids = true;
	bulk->ids = sorted_ids(array, "ids", &count);
	for (int i = 0; i < count; i++)
	{
		if (bulk->id_count == 0 || bulk->ids[bulk->id_count - 1] != bulk->ids[i])
			bulk->ids[bulk->id_count++] = bulk->ids[i];
	}
}

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

/* Read the arguments that select rows; first is the number of the first. */
static Bulk
read_bulk(FunctionCallInfo fcinfo, int first)
{
	Bulk bulk = {0};
	bool all;

	bulk.rel = open_opportunities(fcinfo, first + BULK_RELATION);
	bulk.selection.source = open_source(RelationGetRelid(bulk.rel));
	if (!PG_ARGISNULL(first + BULK_IDS))
		read_ids(&bulk, PG_GETARG_ARRAYTYPE_P(first + BULK_IDS));
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

/* The query for the selected rows, among some ids or all. */
static char *
meant_query(const Bulk *bulk, bool of_ids)
{
	Selection *selection = open_selection(&bulk->selection, NULL);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT o.id::pg_catalog.int8");
	append_from(&sql, selection);
	if (of_ids)
		appendStringInfoString(&sql, " AND o.id OPERATOR(pg_catalog.=) ANY ($1)");
	appendStringInfoString(&sql, " ORDER BY o.id");
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
prepare_of_ids(const char *sql)
{
	return prepare(sql, 1, (Oid[]){INT8ARRAYOID});
}

/* The ids that a query gives for some ids. */
static int64 *
run_ids(SPIPlanPtr plan, Datum *args, int *count)
{
	int64 *ids;
	int result = SPI_execute_plan(plan, args, NULL, false, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not select opportunities: %s", SPI_result_code_string(result));
	*count = (int) SPI_processed;
	ids = palloc(sizeof(int64) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		bool isnull;

		ids[i] =
			DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
	return ids;
}

/* The selected rows. */
static int64 *
select_ids(const Bulk *bulk, int *count)
{
	Datum ids;

	if (!bulk->has_ids)
		return run_ids(prepare(meant_query(bulk, false), 0, NULL), NULL, count);
	ids = int8_array(bulk->ids, bulk->id_count);
	return run_ids(prepare_of_ids(meant_query(bulk, true)), &ids, count);
}

/* Each id that is given must be there, selected or not; under skip it is a row of the result. */
static void
check_ids(const Bulk *bulk, Batch *batch)
{
	StringInfoData sql;
	Datum ids = int8_array(bulk->ids, bulk->id_count);
	int64 *visible;
	int count;
	int next = 0;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT o.id::pg_catalog.int8 FROM %s AS o "
					 "WHERE o.id OPERATOR(pg_catalog.=) ANY ($1)",
					 bulk->selection.source->sql);
	append_tenant(&sql, bulk->selection.source->relid, "o");
	appendStringInfoString(&sql, " ORDER BY o.id");
	visible = run_ids(prepare_of_ids(sql.data), &ids, &count);
	for (int i = 0; i < bulk->id_count; i++)
	{
		int64 id = bulk->ids[i];

		if (next < count && visible[next] == id)
		{
			next++;
			continue;
		}
		leave_row(batch, id, &opportunity_missing, "ids");
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
			 errhint("Read it anew and try again."), errtable(bulk->rel), err_code("count_changed"),
			 err_field("expected_count"),
			 err_place(NULL, list_make4("count", psprintf("%d", count), "expected",
										psprintf(INT64_FORMAT, bulk->expected)))));
}

/* The statement that locks rows in the order of their ids; NULL where the user may lock none. */
static SPIPlanPtr
prepare_lock(const Bulk *bulk, const char *strength)
{
	Oid relid = RelationGetRelid(bulk->rel);
	StringInfoData sql;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_UPDATE) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_UPDATE, ACLMASK_ANY) != ACLCHECK_OK)
		return NULL;
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT o.id::pg_catalog.int8, o.version::pg_catalog.int8 FROM %s AS o "
					 "WHERE o.id OPERATOR(pg_catalog.=) ANY ($1)",
					 bulk->selection.source->sql);
	append_tenant(&sql, relid, "o");
	appendStringInfo(&sql, " ORDER BY o.id FOR %s", strength);
	return prepare_of_ids(sql.data);
}

static int
compare_outcomes(const void *a, const void *b)
{
	return compare_ids(&((const Outcome *) a)->id, &((const Outcome *) b)->id);
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
	qsort(batch->outcomes, batch->count, sizeof(Outcome), compare_outcomes);
	for (int i = 0; i < batch->count; i++)
	{
		const Outcome *outcome = &batch->outcomes[i];
		Datum values[5];
		bool nulls[5] = {0};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int64GetDatum(outcome->id);
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
	int64 *ids = select_ids(bulk, &count);

	batch->rel = bulk->rel;
	batch->constraints = constraint_fields(bulk->rel);
	batch->skip = bulk->skip;
	batch->outcomes = MemoryContextAllocHuge(CurrentMemoryContext,
											 sizeof(Outcome) * (count + bulk->id_count + 1));
	if (bulk->has_ids)
		check_ids(bulk, batch);
	check_count(bulk, count);
	batch->meant = prepare_of_ids(meant_query(bulk, true));
	if (count > 0)
		run_batch(batch, ids, count);
	put_outcomes((ReturnSetInfo *) fcinfo->resultinfo, batch);
}

/*
 * bulk_edit(changes jsonb, ids bigint[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, expected_count bigint, on_error text, relation regclass)
 * -> setof (id bigint, status text, code text, field text, message text)
 */
Datum
bulk_edit(PG_FUNCTION_ARGS)
{
	Bulk bulk;
	Batch batch = {.done = "updated", .unchanged = "unchanged"};
	Changes *changes;
	StringInfoData sql;
	int nargs;
	Oid *types;
	char *nulls;

	need_argument(fcinfo, 0, "changes");
	InitMaterializedSRF(fcinfo, 0);
	bulk = read_bulk(fcinfo, 1);
	changes = read_changes(bulk.selection.source, PG_GETARG_JSONB_P(0));
	nargs = 1 + count_change_args(changes);
	if (nargs == 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("changes is empty"),
						errhint("Give columns and their new values: {\"owner\": \"sara\"}."),
						err_code("invalid_changes"), err_field("changes")));
	need_change_rights(bulk.rel, changes, ACL_UPDATE);

	types = palloc(sizeof(Oid) * nargs);
	batch.args = palloc(sizeof(Datum) * nargs);
	nulls = palloc(nargs);
	types[0] = INT8ARRAYOID;
	nulls[0] = ' ';
	change_args(changes, types + 1, batch.args + 1, nulls + 1);
	batch.nulls = nulls;
	batch.changes = changes;

	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS o SET ", bulk.selection.source->sql);
	append_set_list(&sql, changes, 2);
	appendStringInfoString(&sql, " WHERE o.id OPERATOR(pg_catalog.=) ANY ($1)");
	append_tenant(&sql, RelationGetRelid(bulk.rel), "o");
	appendStringInfoString(&sql, " RETURNING o.id::pg_catalog.int8, o.version::pg_catalog.int8");
	batch.change = prepare(sql.data, nargs, types);
	batch.lock = prepare_lock(&bulk, "NO KEY UPDATE");
	run_bulk(fcinfo, &bulk, &batch);
	SPI_finish();
	table_close(bulk.rel, NoLock);
	return (Datum) 0;
}

/*
 * bulk_delete(ids bigint[], filter text, rules jsonb, scope jsonb, search text, include_archived
 * boolean, expected_count bigint, on_error text, relation regclass)
 * -> setof (id bigint, status text, code text, field text, message text)
 */
Datum
bulk_delete(PG_FUNCTION_ARGS)
{
	Bulk bulk;
	Batch batch = {.done = "deleted"};
	StringInfoData sql;
	AclResult result;
	Datum args[1];

	InitMaterializedSRF(fcinfo, 0);
	bulk = read_bulk(fcinfo, 0);
	result = pg_class_aclcheck(RelationGetRelid(bulk.rel), GetUserId(), ACL_DELETE);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, RelationGetRelationName(bulk.rel));

	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "DELETE FROM %s AS o WHERE o.id OPERATOR(pg_catalog.=) ANY ($1)",
					 bulk.selection.source->sql);
	append_tenant(&sql, RelationGetRelid(bulk.rel), "o");
	appendStringInfoString(&sql, " RETURNING o.id::pg_catalog.int8");
	batch.change = prepare_of_ids(sql.data);
	batch.args = args;
	batch.lock = prepare_lock(&bulk, "UPDATE");
	run_bulk(fcinfo, &bulk, &batch);
	SPI_finish();
	table_close(bulk.rel, NoLock);
	return (Datum) 0;
}
