#ifndef ROLLUP_H
#define ROLLUP_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"

/* The column of a rollup that comes after those that it is by: the sums. */
#define TOTALS_COLUMN "totals"

/* Totals of a relation that are kept. */
typedef struct Rollup
{
	Oid relid;		/* the table of the sums: a query of it reads its deltas, too */
	Oid owner;		/* of it and of the relation */
	int count;		/* of the columns that it is by, which are its first ones */
	AttrNumber *by; /* their numbers in the relation */
	double rows;	/* roughly */
	double pages;
	const char *obstacle; /* why it can't be used; NULL: it can */
} Rollup;

/*
 * The rollups of a relation, as the active snapshot sees them. What answers for a statement is
 * asked for each time that it is run, under the snapshot that it reads with.
 */
extern List *relation_rollups(Oid relation);
extern List *usable_rollups(List *rollups);

#endif
