#ifndef CROSS_PARTITION_H
#define CROSS_PARTITION_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"

extern void note_leaving(Relation rel, HeapTuple old_tuple, HeapTuple new_tuple);
extern bool is_leaving(Relation rel, HeapTuple tuple);
extern HeapTuple arriving_row(Relation rel, HeapTuple tuple);
extern bool is_moving(Relation rel, HeapTuple tuple);
extern void note_moving(Relation rel, HeapTuple tuple);
extern HeapTuple moved_row(Relation rel, HeapTuple tuple);

#endif
