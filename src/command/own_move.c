/* move, for tables that create_crm made: a place is made in the column, where it is full, too. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/statement.h"
#include "catalog/pg_type.h"
#include "command/field_error.h"
#include "command/move.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "opportunity/place.h"
#include "query/projection.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/builtins.h"

/* The parameters of the UPDATE; those of the changes follow. */
enum
{
	UPDATE_ID,
	UPDATE_STAGE_ID,
	UPDATE_POSITION,
	UPDATE_EXPECTED,
	UPDATE_ARGS
};

/* The statement that shows what the user sees of some cards, and the pipeline of an open stage. */
static KeptPlan *
look_statement(const Source *source)
{
	char *key = psprintf("look %u %d", source->relid, tenant_name() != NULL);
	KeptPlan *statement = find_statement(key);
	StringInfoData sql;
	Source *stages;

	if (statement != NULL)
		return statement;
	stages = open_sibling(source, "stage", "A move");
	initStringInfo(&sql);
	appendStringInfo(
		&sql,
		"SELECT o.id::pg_catalog.int8, o.pipeline_id::pg_catalog.int8, o.version::pg_catalog.int8, "
		"o.position::pg_catalog.int8, (SELECT s.pipeline_id::pg_catalog.int8 FROM %s AS s "
		"WHERE s.id OPERATOR(pg_catalog.=) $2 "
		"AND s.kind OPERATOR(pg_catalog.=) 'open'::pg_catalog.text",
		stages->sql);
	append_tenant(&sql, stages->relid, "s");
	appendStringInfo(&sql, ") FROM %s AS o WHERE o.id OPERATOR(pg_catalog.=) ANY ($1)",
					 source->sql);
	append_tenant(&sql, source->relid, "o");
	return keep_statement(key, sql.data, 2, (Oid[]){INT8ARRAYOID, INT8OID}, PLAN_BY_INDEX);
}

/* A value of a row that SPI holds. */
static Datum
result_value(uint64 row, int column)
{
	bool isnull;

	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);
}

/* The row of an id among those that SPI holds, or -1. */
static int
find_row(Datum id)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		if (DatumGetInt64(result_value(row, 1)) == DatumGetInt64(id))
			return (int) row;
	}
	return -1;
}

/* A card that is named isn't there. */
pg_noreturn static void
raise_missing(const Move *move, Datum id, const char *argument)
{
	raise_row_error(&opportunity_missing, move->target.rel, id_as_text(&move->id_type, id),
					argument);
}

/* Look at the card and its neighbours, which must be there. */
static int
look(const Move *move)
{
	Datum ids[] = {move->id, move->has_above ? move->above : move->id,
				   move->has_below ? move->below : move->id};
	Datum args[] = {id_array(&move->id_type, ids, lengthof(ids)), move->stage_id};

	run_statement(look_statement(move->target.source), args, move->staged ? NULL : " n");
	if (move->has_above && find_row(move->above) < 0)
		raise_missing(move, move->above, "above");
	if (move->has_below && find_row(move->below) < 0)
		raise_missing(move, move->below, "below");
	if (find_row(move->id) < 0)
		raise_missing(move, move->id, "id");
	return find_row(move->id);
}

/* Make the place that is asked for. Returns false where the card is to be on top. */
static bool
find_position(const Move *move, int64 *position)
{
	TriggerData command = {.tg_relation = move->target.rel};
	Place place = {.card = DatumGetInt64(move->id),
				   .stage_id = DatumGetInt64(move->stage_id),
				   .staged = move->staged};
	const Change *pipeline = find_change(move->changes, "pipeline_id");
	int64 above = DatumGetInt64(move->above);
	int64 below = DatumGetInt64(move->below);
	int row;
	bool no_place;
	Datum open_in;

	if (!move->has_above && !move->has_below)
		return false;
	row = look(move);
	place.above = move->has_above ? &above : NULL;
	place.below = move->has_below ? &below : NULL;
	if (move->has_below)
		place.seen = DatumGetInt64(result_value(find_row(move->below), 4));
	place.pipeline_id = DatumGetInt64(pipeline != NULL && !pipeline->isnull ? pipeline->value
																			: result_value(row, 2));

	/* A final column has its own order, and a stage that can't be entered is left to the trigger.
	 */
	open_in = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 5, &no_place);
	if (move->staged && (no_place || DatumGetInt64(open_in) != place.pipeline_id))
		return false;
	*position = make_place(&command, &place);
	return true;
}

/*
 * The key of the UPDATE, where nobody names fields: what it changes, and how, decides its text, and
 * who may read what.
 */
static char *
update_key(const Move *move)
{
	StringInfoData key;
	ListCell *cell;

	initStringInfo(&key);
	appendStringInfo(&key, "move %u %u %d %d", move->target.source->relid, GetUserId(),
					 move->board != NULL, tenant_name() != NULL);
	foreach (cell, move->changes->columns)
	{
		const Change *change = lfirst(cell);

		appendStringInfo(&key, " %s%s", quote_identifier(change->name), change->edits ? " +-" : "");
	}
	appendStringInfo(&key, " || %d - %d", move->changes->custom != NULL,
					 move->changes->removed != NIL);
	return key.data;
}

/*
 * The text of the UPDATE. A position of NULL puts the card on top: the trigger sees to it. Where a
 * board is shown the card is read with that.
 */
static char *
update_sql(const Move *move, List **fields)
{
	FromClause *from = open_from(move->target.source);
	StringInfoData sql;

	from->use_subselects = true;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS o SET stage_id = $2, position = $3", from->source->sql);
	if (count_change_args(move->changes) > 0)
	{
		appendStringInfoString(&sql, ", ");
		append_set_list(&sql, move->changes, UPDATE_ARGS + 1);
	}
	appendStringInfoString(&sql, " WHERE o.id OPERATOR(pg_catalog.=) $1 "
								 "AND ($4 IS NULL OR o.version OPERATOR(pg_catalog.=) $4)");
	append_tenant(&sql, from->source->relid, "o");
	appendStringInfoString(&sql, " RETURNING ");
	*fields = NIL;
	if (move->board == NULL)
	{
		*fields = json_fields(projected_fields(from, move->fields, false));
		appendStringInfo(&sql, "%s, ", projected_columns(*fields));
	}
	appendStringInfoString(&sql, "o.position::pg_catalog.int8, o.pipeline_id::pg_catalog.int8");
	return sql.data;
}

/* The UPDATE, kept. */
static KeptPlan *
update_statement(const Move *move, int nargs, Oid *types)
{
	char *key = move->fields == NIL ? update_key(move) : NULL;
	KeptPlan *statement = key == NULL ? NULL : find_statement(key);
	List *fields;
	char *sql;

	if (statement != NULL)
		return statement;
	sql = update_sql(move, &fields);
	if (key == NULL)
	{
		key = sql;
		statement = find_statement(key);
	}
	if (statement == NULL)
	{
		statement = keep_statement(key, sql, nargs, types, PLAN_BY_INDEX);
		statement->fields = copy_fields(fields, statement->context);
	}
	return statement;
}

/* Say why the card was not moved. */
static void
explain_move_failure(const Move *move)
{
	char *id = id_as_text(&move->id_type, move->id);
	int row = look(move);

	if (move->expected != NULL && DatumGetInt64(result_value(row, 3)) != *move->expected)
		raise_row_error(&opportunity_changed, move->target.rel, id, "version");
	raise_row_error(&opportunity_refused, move->target.rel, id, "id");
}

/* The position on top of a column that has reached the end of the range, for the card just moved.
 */
static int64
top_position(const Move *move, int64 pipeline_id)
{
	TriggerData command = {.tg_relation = move->target.rel};
	Place place = {.card = DatumGetInt64(move->id),
				   .pipeline_id = pipeline_id,
				   .stage_id = DatumGetInt64(move->stage_id),
				   .staged = move->staged};

	return make_top(&command, &place);
}

/* Fill in the parameters of the UPDATE. */
static void
update_args(const Move *move, const int64 *position, Oid *types, Datum *args, char *nulls)
{
	for (int i = 0; i < UPDATE_ARGS; i++)
		types[i] = INT8OID;
	args[UPDATE_ID] = move->id;
	nulls[UPDATE_ID] = ' ';
	args[UPDATE_STAGE_ID] = move->stage_id;
	nulls[UPDATE_STAGE_ID] = move->staged ? ' ' : 'n';
	args[UPDATE_POSITION] = position == NULL ? (Datum) 0 : Int64GetDatum(*position);
	nulls[UPDATE_POSITION] = position == NULL ? 'n' : ' ';
	args[UPDATE_EXPECTED] = move->expected != NULL ? Int64GetDatum(*move->expected) : (Datum) 0;
	nulls[UPDATE_EXPECTED] = move->expected != NULL ? ' ' : 'n';
	change_args(move->changes, types + UPDATE_ARGS, args + UPDATE_ARGS, nulls + UPDATE_ARGS);
}

/* Write the card. Returns the statement, whose row SPI holds. */
static KeptPlan *
write_card(const Move *move, const int64 *position)
{
	int nargs = UPDATE_ARGS + count_change_args(move->changes);
	Oid *types = palloc(sizeof(Oid) * nargs);
	Datum *args = palloc(sizeof(Datum) * nargs);
	char *nulls = palloc(nargs);
	KeptPlan *statement;
	int beside; /* the columns beside the card's fields come after them */

	update_args(move, position, types, args, nulls);
	statement = update_statement(move, nargs, types);
	run_change(statement, args, nulls, move->target.rel, move->changes);
	if (SPI_processed == 0)
		explain_move_failure(move);
	beside = list_length(statement->fields);
	if (position == NULL && DatumGetInt64(result_value(0, beside + 1)) == PG_INT64_MAX)
	{
		args[UPDATE_POSITION] =
			Int64GetDatum(top_position(move, DatumGetInt64(result_value(0, beside + 2))));
		nulls[UPDATE_POSITION] = ' ';
		nulls[UPDATE_EXPECTED] = 'n';
		run_change(statement, args, nulls, move->target.rel, move->changes);
	}
	return statement;
}

/*
 * Write a card of such a table. Returns it; or, where a board is shown, NULL, and the place that it
 * left. Needs a connection to SPI.
 */
Jsonb *
write_own_card(const Move *move, CardPlace *left, MemoryContext context)
{
	int64 position;
	bool placed = find_position(move, &position);
	KeptPlan *statement;

	if (move->board != NULL && !lock_card(move->board, move->id, left))
		explain_move_failure(move);
	statement = write_card(move, placed ? &position : NULL);
	return move->board != NULL ? NULL : returned_row(statement->fields, context);
}
