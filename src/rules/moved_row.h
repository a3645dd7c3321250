#ifndef MOVED_ROW_H
#define MOVED_ROW_H

#include "postgres.h"

#include "access/htup.h"
#include "storage/lock.h"
#include "utils/rel.h"

/* A row on its way to another partition, as one trigger keeps it for a later one. */
typedef struct KeptRow
{
	MemoryContext memory;
	LocalTransactionId transaction;
} KeptRow;

extern MemoryContext begin_keeping(KeptRow *kept);
extern void end_keeping(KeptRow *kept, MemoryContext caller);
extern bool is_kept(const KeptRow *kept);
extern void stop_keeping(KeptRow *kept);
extern void note_moving(Relation rel, HeapTuple tuple);
extern HeapTuple moved_row(Relation rel, HeapTuple tuple);

#endif
