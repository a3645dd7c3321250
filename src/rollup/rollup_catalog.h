#ifndef ROLLUP_CATALOG_H
#define ROLLUP_CATALOG_H

#include "postgres.h"

#include "access/htup.h"

/* The functions of the triggers that rollups have. */
typedef enum RollupFunction
{
	ROLLUP_NO_FUNCTION,
	ROLLUP_OF,		/* says whose rollup a table is, */
	ROLLUP_COLUMNS, /* and of which columns: these two never fire */
	ROLLUP_ROW,		/* notes what is written */
	ROLLUP_BEGIN,	/* a statement begins to write */
	ROLLUP_END		/* … and has written */
} RollupFunction;

/* Is shown a trigger's row of the catalog. */
typedef void (*RollupTriggerVisitor)(HeapTuple tuple, RollupFunction function, void *arg);

extern RollupFunction rollup_function(Oid function);
extern void visit_rollup_triggers(Oid relid, RollupTriggerVisitor visit, void *arg);
extern void visit_rollup_links(Oid relid, RollupTriggerVisitor visit, void *arg);
extern int trigger_number(HeapTuple tuple, char ***arguments, int *count);

#endif
