#ifndef MOVED_ROW_H
#define MOVED_ROW_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"

extern void note_leaving(Relation rel, HeapTuple old, HeapTuple new);
extern bool is_leaving(Relation rel, HeapTuple tuple);
extern HeapTuple arriving_row(Relation rel, HeapTuple tuple);
extern bool is_moving(Relation rel, HeapTuple tuple);
extern void note_moving(Relation rel, HeapTuple tuple);
extern HeapTuple moved_row(Relation rel, HeapTuple tuple);

#endif
