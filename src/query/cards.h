#ifndef CARDS_H
#define CARDS_H

#include "postgres.h"

#include "query/conversion.h"
#include "query/cursor.h"
#include "query/saved_view.h"
#include "query/stages.h"

/* The arguments of a board, but for the number of cards. */
typedef struct BoardArgs
{
	SelectionArgs selection;
	View view;
	char *lane;		/* the field that lanes are of; NULL: there are none */
	bool all_lanes; /* those, too, that hold nothing */
	bool with_totals;
	List *measures;			/* names */
	Conversion *conversion; /* NULL: none is asked for */
} BoardArgs;

/* A place on a board: a column within a lane. */
typedef struct BoardCell
{
	BoardColumn *column;
	char *lane; /* text form of the lane's value; NULL: no value, or no lanes */

	/* what is known once the whole board has been counted */
	char *label;  /* of the lane */
	int position; /* of the column */
	Datum totals;
	int64 count;
	Jsonb *measures; /* NULL: none are asked for */
	Datum converted; /* totals; 0: likewise */
} BoardCell;

/* Some cards of a cell and the cursor that leads to the next, NULL at the end. */
typedef struct Cards
{
	Jsonb *cards;
	Jsonb *next;
} Cards;

extern Field *board_lane(const BoardArgs *args, FromClause *from);
extern List *card_order(const BoardArgs *args, bool of_final);
extern bool in_own_order(const BoardArgs *args, const BoardColumn *column);
extern void append_cell(Selection *selection, const BoardArgs *args, const Stages *stages,
						const BoardCell *cell);
extern void read_cards(Cards *cards, const BoardArgs *args, const Stages *stages,
					   const BoardCell *cell, const Cursor *after, int size);
extern char *cards_query(const BoardArgs *args, const Stages *stages, const BoardCell *cell,
						 int size, Params *params);
extern void no_cards(Cards *cards);
extern Jsonb *cards_json(const Cards *cards);
extern Jsonb *cell_cursor(const BoardArgs *args, const BoardCell *cell, Jsonb *after);
extern void read_cell(const BoardArgs *args, Stages *stages, const Cursor *cursor, BoardCell *cell);

/* board_cards.c */
extern Cards *read_all_cards(const BoardArgs *args, const Stages *stages, BoardCell *cells,
							 int count, int size);
extern char *all_cards_sql(const BoardArgs *args, const Stages *stages, const BoardCell *cells,
						   int count, int size);
extern Cards *read_cards_together(const BoardArgs *args, const Stages *stages,
								  const BoardCell *cells, int count, int size);

#endif
