/* Many rows changed by one statement; where it fails, halves are tried. */
#include "postgres.h"

#include "command/batch.h"

#include "access/xact.h"
#include "base/errors.h"
#include "command/field_error.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/resowner.h"

/*
 * A change of many rows by one statement in a subtransaction. Where it fails, each half is tried,
 * so that only the rows that fail cost more.
 */

/* A row as a statement returns it. */
typedef struct RowVersion
{
	Datum id;
	int64 version;
} RowVersion;

typedef struct RowVersions
{
	RowVersion *rows;
	int count;
	int next; /* rows are asked for in the order of their ids */
} RowVersions;

static int
compare_rows(const void *a, const void *b, void *type)
{
	return compare_ids_of(type, ((const RowVersion *) a)->id, ((const RowVersion *) b)->id);
}

/* Run a statement and take its rows, ordered by id. */
static RowVersions
run_rows(const IdType *type, SPIPlanPtr plan, Datum *args, const char *nulls)
{
	RowVersions result = {0};
	int code = SPI_execute_plan(plan, args, nulls, false, 0);
	TupleDesc desc;

	if (code < 0)
		elog(ERROR, "could not run a statement: %s", SPI_result_code_string(code));
	desc = SPI_tuptable->tupdesc;
	result.count = (int) SPI_processed;
	result.rows = palloc0(sizeof(RowVersion) * Max(result.count, 1));
	for (int i = 0; i < result.count; i++)
	{
		HeapTuple tuple = SPI_tuptable->vals[i];
		bool isnull;

		result.rows[i].id = copy_id(type, SPI_getbinval(tuple, desc, 1, &isnull));
		if (desc->natts > 1)
			result.rows[i].version = DatumGetInt64(SPI_getbinval(tuple, desc, 2, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
	qsort_arg(result.rows, result.count, sizeof(RowVersion), compare_rows,
			  unconstify(IdType *, type));
	return result;
}

/* The ids that a query gives, in order. */
Datum *
run_ids(const IdType *type, SPIPlanPtr plan, Datum *args, int *count)
{
	RowVersions rows = run_rows(type, plan, args, NULL);
	Datum *ids = palloc(sizeof(Datum) * Max(rows.count, 1));

	*count = rows.count;
	for (int i = 0; i < rows.count; i++)
		ids[i] = rows.rows[i].id;
	return ids;
}

/* The row of an id, or NULL; ids come in ascending order. */
static const RowVersion *
next_row(const IdType *type, RowVersions *rows, Datum id)
{
	int order = -1;

	while (rows->next < rows->count &&
		   (order = compare_ids_of(type, rows->rows[rows->next].id, id)) < 0)
		rows->next++;
	return order == 0 ? &rows->rows[rows->next] : NULL;
}

static Outcome *
add_outcome(Batch *batch, Datum id, const char *status)
{
	Outcome *outcome = &batch->outcomes[batch->count++];

	memset(outcome, 0, sizeof(Outcome));
	outcome->id = id;
	outcome->status = status;
	return outcome;
}

/* Skip a row, or raise its error where rows are not to be skipped. */
void
leave_row(Batch *batch, Datum id, const RowError *error, const char *field)
{
	char *text = id_as_text(&batch->ids, id);
	Outcome *outcome;

	if (!batch->skip)
	{
		batch->explained = true;
		raise_row_error(error, batch->target->rel, text, field);
	}
	outcome = add_outcome(batch, id, "skipped");
	outcome->code = error->code;
	outcome->field = field;
	outcome->message = row_error_message(error, text);
}

/* Change rows where nobody says which of them were, but how many. */
static void
change_counted(Batch *batch, Datum *ids, int count)
{
	int code = SPI_execute_plan(batch->change, batch->args, batch->nulls, false, 0);

	if (code < 0)
		elog(ERROR, "could not run a statement: %s", SPI_result_code_string(code));
	if (SPI_processed >= (uint64) count)
	{
		for (int i = 0; i < count; i++)
			(void) add_outcome(batch, ids[i], batch->done);
	}
	else if (count == 1)
		leave_row(batch, ids[0], &opportunity_refused, "id");
	else
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("not all of these opportunities were changed"),
						errdetail("What is done instead at \"%s\" changed fewer rows than it was "
								  "asked to.",
								  batch->target->source->name),
						errtable(batch->target->rel), err_code("not_allowed")));
}

/* Change rows, and tell what became of each. */
static void
change_returned(Batch *batch, Datum *ids, int count, RowVersions *before)
{
	RowVersions after = run_rows(&batch->ids, batch->change, batch->args, batch->nulls);

	for (int i = 0; i < count; i++)
	{
		const RowVersion *old = next_row(&batch->ids, before, ids[i]);
		const RowVersion *changed = next_row(&batch->ids, &after, ids[i]);

		if (changed == NULL)
			leave_row(batch, ids[i], &opportunity_refused, "id");
		else if (batch->unchanged != NULL && old != NULL && old->version == changed->version)
			(void) add_outcome(batch, ids[i], batch->unchanged);
		else
			(void) add_outcome(batch, ids[i], batch->done);
	}
}

/* Lock the rows, check that they are still selected, and change them. */
static void
change_rows(Batch *batch, Datum *ids, int count)
{
	Datum all = id_array(&batch->ids, ids, count);
	Datum *meant_ids = palloc(sizeof(Datum) * count);
	int meant_count = 0;
	RowVersions before = {0};
	RowVersions meant;

	if (batch->lock != NULL)
		before = run_rows(&batch->ids, batch->lock, &all, NULL);
	meant = run_rows(&batch->ids, batch->meant, &all, NULL);
	for (int i = 0; i < count; i++)
	{
		if (next_row(&batch->ids, &meant, ids[i]) != NULL)
			meant_ids[meant_count++] = ids[i];
		else
			leave_row(batch, ids[i], &opportunity_changed, "version");
	}

	batch->args[0] = id_array(&batch->ids, meant_ids, meant_count);
	if (batch->target->writer == WRITER_TABLE)
		change_returned(batch, meant_ids, meant_count, &before);
	else
		change_counted(batch, meant_ids, meant_count);
}

/* Whether an error says that the session doesn't know whom it works for. */
static bool
is_of_session(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE &&
		   error->constraint_name != NULL &&
		   (strcmp(error->constraint_name, "user_unset") == 0 ||
			strcmp(error->constraint_name, "tenant_unset") == 0);
}

/*
 * Whether an error is about a row. Others, such as a cancelled statement, a deadlock or a
 * serialization failure, abort the command.
 */
static bool
is_of_a_row(const ErrorData *error)
{
	if (is_of_session(error))
		return false;
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case MAKE_SQLSTATE('2', '5', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '3', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '8', '0', '0', '0'):
		case MAKE_SQLSTATE('X', 'X', '0', '0', '0'):
			return false;
		case ERRCODE_TRANSACTION_ROLLBACK:
			return error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE &&
				   !IsolationIsSerializable();
	}
	return true;
}

/*
 * Do something with rows in a subtransaction. On an error it is rolled back; returns the error, or
 * NULL.
 */
static ErrorData *
try_rows(Batch *batch, void (*work)(Batch *, Datum *, int), Datum *ids, int count)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	int known = batch->count;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		batch->explained = false;
		work(batch, ids, count);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		batch->count = known;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (error != NULL)
		name_field(error, batch->changes, batch->constraints);
	return error;
}

/* Raise the error of a row, which it must name. */
static void
raise_of_row(const Batch *batch, ErrorData *error, Datum id)
{
	error->detail = psprintf("Opportunity %s: %s", id_as_text(&batch->ids, id),
							 error->detail == NULL ? error->message : error->detail);
	ReThrowError(error);
}

/* Leave out a row that an error was raised for. */
static void
leave_failed(Batch *batch, Datum id, const ErrorData *error)
{
	Outcome *outcome;

	if (error->constraint_name == NULL && error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE)
	{
		leave_row(batch, id, &opportunity_changed, "version");
		return;
	}
	outcome = add_outcome(batch, id, "skipped");
	outcome->code = error->constraint_name != NULL ? error->constraint_name
												   : pstrdup(unpack_sql_state(error->sqlerrcode));
	outcome->field = error->column_name;
	outcome->message = error->message;
}

/* Lock rows, as far as the user may. */
static void
lock_rows(Batch *batch, Datum *ids, int count)
{
	Datum all = id_array(&batch->ids, ids, count);

	if (batch->lock != NULL)
		(void) run_rows(&batch->ids, batch->lock, &all, NULL);
}

/*
 * Lock rows that a failed attempt let go of: half of them changed and the other half still to be
 * locked would not be the order in which everybody locks. A row that can't be locked will say so.
 */
static void
hold_rows(Batch *batch, Datum *ids, int count)
{
	ErrorData *error = try_rows(batch, lock_rows, ids, count);

	if (error == NULL)
		return;
	if (!is_of_a_row(error))
		ReThrowError(error);
	FreeErrorData(error);
}

/* Change rows, in halves where they can't be changed together. */
static void
change_or_halve(Batch *batch, Datum *ids, int count, bool whole)
{
	ErrorData *error;

	CHECK_FOR_INTERRUPTS();
	error = try_rows(batch, change_rows, ids, count);
	if (error == NULL)
		return;
	if (!is_of_a_row(error) || batch->explained)
		ReThrowError(error);
	if (count > 1)
	{
		if (whole)
			hold_rows(batch, ids, count);
		change_or_halve(batch, ids, count / 2, false);
		change_or_halve(batch, ids + count / 2, count - count / 2, false);
		if (!batch->skip)
			ReThrowError(error); /* it is of none of them alone */
		FreeErrorData(error);
		return;
	}
	if (!batch->skip)
		raise_of_row(batch, error, ids[0]);
	leave_failed(batch, ids[0], error);
}

/* Change rows, given in the order of their ids. */
void
run_batch(Batch *batch, Datum *ids, int count)
{
	change_or_halve(batch, ids, count, true);
}
