#ifndef BOARD_H
#define BOARD_H

#include "postgres.h"

#include "base/json.h"
#include "fmgr.h"
#include "query/cards.h"

/* A board: its cells in order, and their first cards. */
typedef struct Board
{
	BoardArgs args;
	Stages *stages;
	BoardCell *cells;
	int count;
	int size;	/* how many cards of each cell are asked for */
	Cards *all; /* those of all cells, where they came at once; else NULL */
} Board;

extern void read_board_args(FunctionCallInfo fcinfo, BoardArgs *args, Source *source, int selection,
							int fields, int view);
extern void open_board(FunctionCallInfo fcinfo, Board *board);
extern void read_cells(Board *board);
extern void read_board(FunctionCallInfo fcinfo, Board *board);
extern Cards board_cards(const Board *board, const BoardCell *cell);

/* board_json.c */
extern void push_cell(JsonbInState *state, const BoardArgs *args, const BoardCell *cell);

#endif
