#ifndef ROLLUP_GROUPS_H
#define ROLLUP_GROUPS_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "rollup/rollup_shape.h"
#include "totals/totals.h"

/*
 * A group: values of the columns that a rollup is by, told apart by their bytes, so that what is
 * taken out is exactly what was added; the decimals of its rows, so that sums show those of the
 * rows that there are and no more; a currency.
 */
typedef struct RollupKey
{
	Datum *values;
	bool *nulls;
	int64 scales;
	const char *currency; /* NULL: the unnamed one */
	int currency_length;
} RollupKey;

typedef struct RollupGroup
{
	RollupKey key;
	TotalsItem item;
	int rows; /* of the rollup's own, where they are counted */
	uint32 hash;
	char status;
} RollupGroup;

/* The groups that rows were added to. */
typedef struct RollupGroups
{
	MemoryContext context; /* of all that is in it */
	int count;			   /* of columns */
	RollupColumn *columns;
	AttrNumber *places; /* of them in deltas that have more */
	Oid totals;			/* the type of what is behind them */
	struct grouptable_hash *hash;
	uint32 part; /* only groups whose hash ends in these bits */
	uint32 mask;
} RollupGroups;

extern RollupGroups *groups_make(const RollupShape *shape, MemoryContext parent);
extern void groups_add(RollupGroups *groups, const RollupKey *key, const TotalsItem *item,
					   int sign);
extern void groups_change_row(RollupGroups *groups, const RollupShape *shape,
							  TupleTableSlot *before, TupleTableSlot *after);
extern void groups_add_totals(RollupGroups *groups, TupleTableSlot *row, int sign);
extern bool groups_has_totals(const RollupGroups *groups, TupleTableSlot *row);
extern int groups_count(RollupGroups *groups, const RollupKey *key);
extern void groups_count_row(RollupGroups *groups, TupleTableSlot *row);
extern void groups_keep_repeated(RollupGroups *groups);
extern int groups_length(const RollupGroups *groups);
extern bool groups_are_many(const RollupGroups *groups, int most);
extern RollupGroup *groups_next(RollupGroups *groups, int *place);

#endif
