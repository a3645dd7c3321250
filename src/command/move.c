/* move: a card that is dragged. */
#include "postgres.h"

#include "access/table.h"
#include "base/arrays.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/statement.h"
#include "catalog/pg_type.h"
#include "command/changes.h"
#include "command/command.h"
#include "command/field_error.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "opportunity/place.h"
#include "query/board.h"
#include "query/card_place.h"
#include "query/projection.h"
#include "settings/tenant.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(move);
PG_FUNCTION_INFO_V1(move_0_2);

/* The parameters of the UPDATE; those of the changes follow. */
enum
{
	UPDATE_ID,
	UPDATE_STAGE_ID,
	UPDATE_POSITION,
	UPDATE_EXPECTED,
	UPDATE_ARGS
};

/* The arguments of move, as read. */
typedef struct Move
{
	Relation rel;
	int64 id;
	int64 stage_id;
	bool staged;
	int64 above;
	int64 below;
	bool has_above;
	bool has_below;
	Changes *changes; /* NULL: none */
	bool has_expected;
	int64 expected;
	List *fields;	  /* that the card shows; NIL: the default ones */
	BoardArgs *board; /* that is shown meanwhile; NULL: none is named */
} Move;

/* Columns beside the stage, which are arguments of their own. */
static Changes *
read_move_changes(Relation rel, Jsonb *json)
{
	Changes *changes = read_changes(open_source(RelationGetRelid(rel)), CMD_UPDATE, json);

	if (find_change(changes, "stage_id") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("changes holds \"stage_id\""),
				 errhint("Give the stage as the argument stage_id alone."),
				 err_code("read_only_field"), err_field("stage_id")));
	need_change_rights(rel, changes, ACL_UPDATE);
	return count_change_args(changes) > 0 ? changes : NULL;
}

/* The arguments of move. */
enum
{
	MOVE_ID,
	MOVE_STAGE_ID,
	MOVE_ABOVE,
	MOVE_BELOW,
	MOVE_CHANGES,
	MOVE_EXPECTED,
	MOVE_RELATION,
	MOVE_ARGS_0_1, /* how many the function of 0.1.0 has */
	MOVE_SELECTION = MOVE_ARGS_0_1,
	MOVE_FIELDS = MOVE_SELECTION + SELECTION_ARGUMENTS + 2, /* after lane_by and sort */
	MOVE_WITH_TOTALS,
	MOVE_VIEW
};

/* The board that the arguments name; NULL: none. */
static BoardArgs *
read_move_board(FunctionCallInfo fcinfo)
{
	BoardArgs *board = palloc0(sizeof(BoardArgs));
	bool named = false;

	for (int i = MOVE_SELECTION; i <= MOVE_VIEW; i++)
		named = named || (i != MOVE_FIELDS && !PG_ARGISNULL(i));
	if (!named)
		return NULL;
	board->with_totals = PG_ARGISNULL(MOVE_WITH_TOTALS) || PG_GETARG_BOOL(MOVE_WITH_TOTALS);
	read_board_args(fcinfo, board, MOVE_RELATION, MOVE_SELECTION, MOVE_FIELDS, MOVE_VIEW);
	return board;
}

static Move
read_move(FunctionCallInfo fcinfo)
{
	Move move = {0};

	need_argument(fcinfo, MOVE_ID, "id");
	move.rel = open_opportunities(fcinfo, MOVE_RELATION);
	move.id = PG_GETARG_INT64(MOVE_ID);
	move.staged = !PG_ARGISNULL(MOVE_STAGE_ID);
	move.stage_id = move.staged ? PG_GETARG_INT64(MOVE_STAGE_ID) : 0;
	move.has_above = !PG_ARGISNULL(MOVE_ABOVE);
	move.above = move.has_above ? PG_GETARG_INT64(MOVE_ABOVE) : 0;
	move.has_below = !PG_ARGISNULL(MOVE_BELOW);
	move.below = move.has_below ? PG_GETARG_INT64(MOVE_BELOW) : 0;
	if (!PG_ARGISNULL(MOVE_CHANGES))
		move.changes = read_move_changes(move.rel, PG_GETARG_JSONB_P(MOVE_CHANGES));
	move.has_expected = !PG_ARGISNULL(MOVE_EXPECTED);
	move.expected = move.has_expected ? PG_GETARG_INT64(MOVE_EXPECTED) : 0;
	if (PG_NARGS() == MOVE_ARGS_0_1)
		return move;
	move.board = read_move_board(fcinfo);
	if (move.board == NULL && !PG_ARGISNULL(MOVE_FIELDS))
		move.fields = text_array(PG_GETARG_ARRAYTYPE_P(MOVE_FIELDS), "fields", MAX_FIELDS);
	return move;
}

/* The statement that shows what the user sees of some cards, and the pipeline of an open stage. */
static KeptPlan *
look_statement(Relation rel)
{
	char *key = psprintf("look %u", RelationGetRelid(rel));
	KeptPlan *statement = find_statement(key);
	StringInfoData sql;
	Source *source;
	Source *stages;

	if (statement != NULL)
		return statement;
	source = open_source(RelationGetRelid(rel));
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
find_row(int64 id)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		if (DatumGetInt64(result_value(row, 1)) == id)
			return (int) row;
	}
	return -1;
}

/* Look at the card and its neighbours, which must be there. */
static int
look(const Move *move)
{
	int64 ids[] = {move->id, move->has_above ? move->above : move->id,
				   move->has_below ? move->below : move->id};
	Datum args[] = {int8_array(ids, lengthof(ids)), Int64GetDatum(move->stage_id)};

	run_statement(look_statement(move->rel), args, move->staged ? NULL : " n");
	if (move->has_above && find_row(move->above) < 0)
		raise_row_error(&opportunity_missing, move->rel, id_text(move->above), "above");
	if (move->has_below && find_row(move->below) < 0)
		raise_row_error(&opportunity_missing, move->rel, id_text(move->below), "below");
	if (find_row(move->id) < 0)
		raise_row_error(&opportunity_missing, move->rel, id_text(move->id), "id");
	return find_row(move->id);
}

/* Make the place that is asked for. Returns false where the card is to be on top. */
static bool
find_position(const Move *move, int64 *position)
{
	TriggerData command = {.tg_relation = move->rel};
	Place place = {.card = move->id, .stage_id = move->stage_id, .staged = move->staged};
	const Change *pipeline =
		move->changes == NULL ? NULL : find_change(move->changes, "pipeline_id");
	int row;
	bool no_place;
	Datum open_in;

	if (!move->has_above && !move->has_below)
		return false;
	if ((move->has_above && move->above == move->id) ||
		(move->has_below && move->below == move->id) ||
		(move->has_above && move->has_below && move->above == move->below))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("opportunity %lld can't stand between these", (long long) move->id),
						errhint("Name other cards as above and below."), err_code("invalid_place"),
						err_field(move->has_above ? "above" : "below")));

	row = look(move);
	place.above = move->has_above ? &move->above : NULL;
	place.below = move->has_below ? &move->below : NULL;
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
	appendStringInfo(&key, "move %u %u %d", RelationGetRelid(move->rel), GetUserId(),
					 move->board != NULL);
	if (move->changes == NULL)
		return key.data;
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
	FromClause *from = open_from(open_source(RelationGetRelid(move->rel)));
	StringInfoData sql;

	from->use_subselects = true;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS o SET stage_id = $2, position = $3", from->source->sql);
	if (move->changes != NULL)
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
	int row = look(move);

	if (move->has_expected && DatumGetInt64(result_value(row, 3)) != move->expected)
		raise_row_error(&opportunity_changed, move->rel, id_text(move->id), "version");
	raise_row_error(&opportunity_refused, move->rel, id_text(move->id), "id");
}

/* The position on top of a column that has reached the end of the range, for the card just moved.
 */
static int64
top_position(const Move *move, int64 pipeline_id)
{
	TriggerData command = {.tg_relation = move->rel};
	Place place = {.card = move->id,
				   .pipeline_id = pipeline_id,
				   .stage_id = move->stage_id,
				   .staged = move->staged};

	return make_top(&command, &place);
}

/* Fill in the parameters of the UPDATE. */
static void
update_args(const Move *move, const int64 *position, Oid *types, Datum *args, char *nulls)
{
	for (int i = 0; i < UPDATE_ARGS; i++)
		types[i] = INT8OID;
	args[UPDATE_ID] = Int64GetDatum(move->id);
	nulls[UPDATE_ID] = ' ';
	args[UPDATE_STAGE_ID] = Int64GetDatum(move->stage_id);
	nulls[UPDATE_STAGE_ID] = move->staged ? ' ' : 'n';
	args[UPDATE_POSITION] = position == NULL ? (Datum) 0 : Int64GetDatum(*position);
	nulls[UPDATE_POSITION] = position == NULL ? 'n' : ' ';
	args[UPDATE_EXPECTED] = Int64GetDatum(move->expected);
	nulls[UPDATE_EXPECTED] = move->has_expected ? ' ' : 'n';
	if (move->changes != NULL)
		change_args(move->changes, types + UPDATE_ARGS, args + UPDATE_ARGS, nulls + UPDATE_ARGS);
}

/* Write the card. Returns the statement, whose row SPI holds. */
static KeptPlan *
write_card(const Move *move, const int64 *position)
{
	int nargs = UPDATE_ARGS + (move->changes == NULL ? 0 : count_change_args(move->changes));
	Oid *types = palloc(sizeof(Oid) * nargs);
	Datum *args = palloc(sizeof(Datum) * nargs);
	char *nulls = palloc(nargs);
	KeptPlan *statement;
	int beside; /* the columns beside the card's fields come after them */

	update_args(move, position, types, args, nulls);
	statement = update_statement(move, nargs, types);
	run_change(statement, args, nulls, move->rel, move->changes);
	if (SPI_processed == 0)
		explain_move_failure(move);
	beside = list_length(statement->fields);
	if (position == NULL && DatumGetInt64(result_value(0, beside + 1)) == PG_INT64_MAX)
	{
		args[UPDATE_POSITION] =
			Int64GetDatum(top_position(move, DatumGetInt64(result_value(0, beside + 2))));
		nulls[UPDATE_POSITION] = ' ';
		nulls[UPDATE_EXPECTED] = 'n';
		run_change(statement, args, nulls, move->rel, move->changes);
	}
	return statement;
}

/* Move a card. */
static Datum
drag(FunctionCallInfo fcinfo)
{
	MemoryContext caller = CurrentMemoryContext;
	Move move = read_move(fcinfo);
	CardPlace left;
	int64 position = 0;
	bool placed;
	KeptPlan *statement;
	Jsonb *answer;

	SPI_connect();
	placed = find_position(&move, &position);
	if (move.board != NULL && !lock_card(move.board, move.id, &left))
		explain_move_failure(&move);
	statement = write_card(&move, placed ? &position : NULL);
	answer = move.board != NULL ? placed_card(move.board, move.id, &left, caller)
								: returned_row(statement->fields, caller);
	SPI_finish();
	table_close(move.rel, NoLock);
	PG_RETURN_JSONB_P(answer);
}

/*
 * move(id bigint, stage_id bigint, above bigint, below bigint, changes jsonb, expected bigint,
 * relation regclass) -> jsonb, of version 0.1.0
 */
Datum
move(PG_FUNCTION_ARGS)
{
	return drag(fcinfo);
}

/*
 * move(id bigint, stage_id bigint, above bigint, below bigint, changes jsonb, expected bigint,
 * relation regclass, filter text, rules jsonb, scope jsonb, search text, include_archived boolean,
 * lane_by text, sort text[], fields text[], with_totals boolean, "view" text) -> jsonb
 */
Datum
move_0_2(PG_FUNCTION_ARGS)
{
	return drag(fcinfo);
}
