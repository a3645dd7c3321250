#ifndef ROLLUP_SHAPE_H
#define ROLLUP_SHAPE_H

#include "postgres.h"

#include "access/attnum.h"
#include "fmgr.h"
#include "parser/parse_coerce.h"
#include "rollup/rollup_catalog.h"
#include "utils/rel.h"

/*
 * A rollup is found by two triggers that never fire. One of the relation says of which columns it
 * is, by UPDATE OF, and by an argument what each is to it; one of the table of its sums says by
 * FROM whose it is. The same number in both says which belong together. So names may change, a dump
 * brings all of it along, and the server lets nobody change the type of such a column.
 */

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
	Oid deltas; /* its only child, maybe also that of others: they are by the columns of one, … */
	int keeper; /* … which has them all, and for which they are written: its place in the shapes */
	AttrNumber *places; /* of the columns of this one among these; 0: it isn't there */
	Oid trigger;
	char *name; /* of the trigger */
	int number; /* in both triggers */
	int count;
	RollupColumn *columns;
	RollupMeasure measures[ROLLUP_MEASURES];
	Oid totals;		 /* the type of what is behind the columns */
	bool marked;	 /* the rest is known: */
	bool kept;		 /* whether the triggers see all rows, */
	uint64 mark;	 /* what is made of them all, */
	Oid row_trigger; /* and that for rows of the relation */
} RollupShape;

/* The rollups of a relation, with the numbers of its columns; for a partition, with those it has.
 */
typedef struct RollupShapes
{
	Oid relid;
	bool stale;
	bool fresh; /* read in this transaction */
	bool twice; /* several triggers say what one of them is, which somebody has made */
	MemoryContext context;
	Oid home;		 /* the relation, of a partition the topmost one */
	Oid state;		 /* the table that says which are filled */
	Oid former_home; /* what had rollups before it was a partition: itself, or one above, … */
	Oid former;		 /* … and the table that says which of those are filled */
	int count;
	RollupShape *shapes;
	int table_count; /* of the relation and its partitions, where a mark is of their triggers */
	Oid *tables;
} RollupShapes;

extern const char *const rollup_measure_names[ROLLUP_MEASURES];

extern const RollupShapes *rollup_shapes(Relation rel);
extern bool shapes_were_read(void);
extern void reread_shapes(Oid relid);
extern RollupShapes *known_shapes(Oid relid);
extern bool has_heard(const RollupShapes *shapes);
extern RollupShapes *copy_rollup_shapes(Relation rel);
extern bool has_all_places(const RollupShape *shape);
extern const RollupShape *find_rollup_shape(const RollupShapes *shapes, Oid relid);
extern CoercionPathType measure_path(RollupMeasureKind kind, Oid type, Oid *function);

#endif
