#ifndef ROLLUP_SHAPE_H
#define ROLLUP_SHAPE_H

#include "postgres.h"

#include "access/attnum.h"
#include "fmgr.h"
#include "parser/parse_coerce.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

/*
 * A rollup is found by a trigger of the relation that never fires: UPDATE OF says of which columns
 * it is, FROM in which table its sums are, each argument what a column is to it. So names may
 * change; a dump brings it along; and the server lets nobody change the type of such a column.
 * Partitions have clones of it, with their own numbers of the columns.
 */

/* The functions of a rollup's triggers. */
typedef enum RollupFunction
{
	ROLLUP_NO_FUNCTION,
	ROLLUP_COLUMNS, /* of the trigger that never fires */
	ROLLUP_ROW,		/* notes what is written */
	ROLLUP_BEGIN,	/* a statement begins to write */
	ROLLUP_END		/* … and has written */
} RollupFunction;

/* A column that a rollup is by. */
typedef struct RollupColumn
{
	AttrNumber number;
	Oid type;
	int16 length;
	bool by_value;
} RollupColumn;

/* What is summed up of a row. */
typedef enum RollupMeasureKind
{
	ROLLUP_AMOUNT,
	ROLLUP_PROBABILITY,
	ROLLUP_REALIZED,
	ROLLUP_CURRENCY,
	ROLLUP_MEASURES
} RollupMeasureKind;

typedef struct RollupMeasure
{
	AttrNumber number; /* InvalidAttrNumber: the relation has none */
	CoercionPathType path;
	FmgrInfo cast; /* to numeric, to text */
	RollupColumn column;
} RollupMeasure;

typedef struct RollupShape
{
	Oid relid;	/* the sums */
	Oid deltas; /* its only child */
	Oid trigger;
	int count;
	RollupColumn *columns;
	RollupMeasure measures[ROLLUP_MEASURES];
} RollupShape;

/* The rollups of a relation, with the numbers of its columns; of a partition, with those it has. */
typedef struct RollupShapes
{
	Oid relid;
	bool stale;
	MemoryContext context;
	Oid home;  /* the relation, of a partition the topmost one */
	Oid state; /* the table that says which are filled */
	int count;
	RollupShape *shapes;
} RollupShapes;

extern const char *const rollup_measure_names[ROLLUP_MEASURES];

extern RollupFunction rollup_function(Oid function);
extern const RollupShapes *rollup_shapes(Relation rel);
extern RollupShapes *copy_rollup_shapes(Relation rel);
extern const RollupShape *find_rollup_shape(const RollupShapes *shapes, Oid relid);
extern CoercionPathType measure_path(RollupMeasureKind kind, Oid type, Oid *function);

#endif
