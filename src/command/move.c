/* move: a card that is dragged. */
#include "postgres.h"

#include "access/table.h"
#include "base/arrays.h"
#include "base/errors.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "command/move.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "query/board.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(move);
PG_FUNCTION_INFO_V1(move_0_2);

/* Columns beside the stage, which are arguments of their own. */
static Changes *
read_move_changes(const Target *target, Jsonb *json)
{
	Changes *changes = read_changes(target->source, CMD_UPDATE, json);

	if (find_change(changes, "stage_id") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("changes holds \"stage_id\""),
				 errhint("Give the stage as the argument stage_id alone."),
				 err_code("read_only_field"), err_field("stage_id")));
	need_change_rights(target->rel, changes, ACL_UPDATE);
	return changes;
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
read_move_board(FunctionCallInfo fcinfo, Source *source)
{
	BoardArgs *board = palloc0(sizeof(BoardArgs));
	bool named = false;

	for (int i = MOVE_SELECTION; i <= MOVE_VIEW; i++)
		named = named || (i != MOVE_FIELDS && !PG_ARGISNULL(i));
	if (!named)
		return NULL;
	board->with_totals = PG_ARGISNULL(MOVE_WITH_TOTALS) || PG_GETARG_BOOL(MOVE_WITH_TOTALS);
	read_board_args(fcinfo, board, source, MOVE_SELECTION, MOVE_FIELDS, MOVE_VIEW);
	return board;
}

/* Read an argument that names a row, which the function of 0.1.0 has as a bigint. */
static bool
read_key(FunctionCallInfo fcinfo, int number, const IdType *type, const char *argument, Datum *key)
{
	if (PG_ARGISNULL(number))
		return false;
	*key = read_id(type,
				   PG_NARGS() == MOVE_ARGS_0_1 ? psprintf(INT64_FORMAT, PG_GETARG_INT64(number))
											   : text_to_cstring(PG_GETARG_TEXT_PP(number)),
				   argument);
	return true;
}

static void
read_move(FunctionCallInfo fcinfo, Move *move, int64 *expected)
{
	need_argument(fcinfo, MOVE_ID, "id");
	move->target = open_target(fcinfo, MOVE_RELATION, CMD_UPDATE);
	move->id_type = id_type(move->target.source, "id");
	move->stage_type = id_type(move->target.source, "stage_id");
	(void) read_key(fcinfo, MOVE_ID, &move->id_type, "id", &move->id);
	move->staged = read_key(fcinfo, MOVE_STAGE_ID, &move->stage_type, "stage_id", &move->stage_id);
	move->has_above = read_key(fcinfo, MOVE_ABOVE, &move->id_type, "above", &move->above);
	move->has_below = read_key(fcinfo, MOVE_BELOW, &move->id_type, "below", &move->below);
	move->changes = PG_ARGISNULL(MOVE_CHANGES)
						? palloc0(sizeof(Changes))
						: read_move_changes(&move->target, PG_GETARG_JSONB_P(MOVE_CHANGES));
	if (!PG_ARGISNULL(MOVE_EXPECTED))
	{
		need_row_version(move->target.source);
		*expected = PG_GETARG_INT64(MOVE_EXPECTED);
		move->expected = expected;
	}
	if (PG_NARGS() == MOVE_ARGS_0_1)
		return;
	move->board = read_move_board(fcinfo, move->target.source);
	if (move->board == NULL && !PG_ARGISNULL(MOVE_FIELDS))
		move->fields = text_array(PG_GETARG_ARRAYTYPE_P(MOVE_FIELDS), "fields", MAX_FIELDS);
}

/* The neighbours must be others than the card, and than each other. */
static void
check_named_place(const Move *move)
{
	const IdType *type = &move->id_type;

	if ((move->has_above && compare_ids_of(type, move->above, move->id) == 0) ||
		(move->has_below && compare_ids_of(type, move->below, move->id) == 0) ||
		(move->has_above && move->has_below && compare_ids_of(type, move->above, move->below) == 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("opportunity %s can't stand between these",
							   id_in_message(id_as_text(type, move->id))),
						errhint("Name other cards as above and below."), err_code("invalid_place"),
						err_field(move->has_above ? "above" : "below")));
}

/* Move a card. */
static Datum
drag(FunctionCallInfo fcinfo)
{
	MemoryContext caller = CurrentMemoryContext;
	Move move = {0};
	CardPlace left = {0};
	int64 expected;
	Jsonb *answer;

	read_move(fcinfo, &move, &expected);
	check_named_place(&move);
	SPI_connect();
	if (move.target.own && move.target.returns_fields && move.id_type.type->type_id == INT8OID)
		answer = write_own_card(&move, &left, caller);
	else
		answer = write_mapped_card(&move, &left, caller);
	if (move.board != NULL)
		answer = placed_card(move.board, move.target.own, move.id, &left, caller);
	SPI_finish();
	table_close(move.target.rel, NoLock);
	if (answer == NULL)
		PG_RETURN_NULL();
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
 * move(id text, stage_id text, above text, below text, changes jsonb, expected bigint,
 * relation regclass, filter text, rules jsonb, scope jsonb, search text, include_archived boolean,
 * lane_by text, sort text[], fields text[], with_totals boolean, "view" text) -> jsonb
 */
Datum
move_0_2(PG_FUNCTION_ARGS)
{
	return drag(fcinfo);
}
