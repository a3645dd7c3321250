#ifndef LANES_H
#define LANES_H

#include "postgres.h"

#include "query/cards.h"

/* A lane of a board: the totals of its columns. */
typedef struct Lane
{
	char *value; /* text form; NULL: no value, or no lanes */
	char *label;
	Datum *totals; /* by the index of the column; 0 where it has no rows */
	int room;
} Lane;

extern List *read_lanes(const BoardArgs *args, Stages *stages);
extern char *lanes_sql(const BoardArgs *args, const Stages *stages);
pg_noreturn extern void too_many_cells(void);
extern Datum lane_total(const Lane *lane, const BoardColumn *column);

#endif
