/* board_sql: the statements that a board runs. */
#include "postgres.h"

#include "base/limits.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/board.h"
#include "query/lanes.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(board_sql);

/* The statements that are told. */
typedef struct Statements
{
	ReturnSetInfo *result;
	Size bytes; /* of their texts */
} Statements;

/* Put a statement, of the whole board or of one of its cells; none where its text is NULL. */
static void
put_statement(Statements *statements, const char *part, const BoardCell *cell, const char *sql)
{
	const BoardColumn *column = cell == NULL ? NULL : cell->column;
	const char *texts[] = {part,
						   column == NULL ? NULL : column->pipeline,
						   cell == NULL ? NULL : cell->lane,
						   column == NULL ? NULL : column->stage,
						   column == NULL ? NULL : column->kind,
						   sql};
	Datum values[lengthof(texts)];
	bool nulls[lengthof(texts)];

	if (sql == NULL)
		return;
	for (int i = 0; i < lengthof(texts); i++)
	{
		nulls[i] = texts[i] == NULL;
		values[i] = nulls[i] ? 0 : CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(statements->result->setResult, statements->result->setDesc, values, nulls);
	statements->bytes += strlen(sql);
}

/* Put the one for the cards of all cells, or one for each cell that holds rows, as far as there is
 * room. */
static void
put_cards(Statements *statements, const Board *board)
{
	char *all = all_cards_sql(&board->args, board->stages, board->cells, board->count, board->size);
	MemoryContext context;

	put_statement(statements, "cards", NULL, all);
	if (all != NULL || board->size == 0)
		return;
	context =
		AllocSetContextCreate(CurrentMemoryContext, "board statement", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < board->count && statements->bytes < MAX_BOARD_BYTES; i++)
	{
		const BoardCell *cell = &board->cells[i];
		MemoryContext old = MemoryContextSwitchTo(context);

		CHECK_FOR_INTERRUPTS();
		if (cell->count > 0)
			put_statement(statements, "column_cards", cell,
						  cards_query(&board->args, board->stages, cell, board->size, NULL));
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
	}
}

/* board_sql(the arguments of board) -> statements */
Datum
board_sql(PG_FUNCTION_ARGS)
{
	Statements statements = {(ReturnSetInfo *) fcinfo->resultinfo};
	Board board;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	open_board(fcinfo, &board);
	put_statement(&statements, "stages", NULL, stages_sql(&board.args.selection, board.stages));
	put_statement(&statements, "pipelines", NULL,
				  pipelines_sql(&board.args.selection, board.stages));
	put_statement(&statements, "totals", NULL, lanes_sql(&board.args, board.stages));
	read_cells(&board);
	put_cards(&statements, &board);
	SPI_finish();
	return (Datum) 0;
}
