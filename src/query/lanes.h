#ifndef LANES_H
#define LANES_H

#include "postgres.h"

#include "query/cards.h"

/* What a column of a lane holds. */
typedef struct LaneCell
{
	Datum totals; /* 0: it has no rows */
	Jsonb *measures;
	Datum converted; /* totals; 0: none are asked for */
} LaneCell;

/* A lane of a board. */
typedef struct Lane
{
	char *value; /* text form; NULL: no value, or no lanes */
	char *label;
	LaneCell *cells; /* by the index of the column */
	int room;
} Lane;

extern List *read_lanes(const BoardArgs *args, Stages *stages);
extern char *lanes_sql(const BoardArgs *args, const Stages *stages);
pg_noreturn extern void too_many_cells(void);
extern LaneCell held_in_lane(const Lane *lane, const BoardColumn *column);
extern Jsonb *read_board_measures(const BoardArgs *args, const Stages *stages);

#endif
