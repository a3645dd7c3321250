/* The space of folded deltas is given back. */
#include "postgres.h"

#include "rollup/rollup_space.h"

#include "access/heapam.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/freespace.h"

/*
 * Folds leave rows that nobody sees any more, as fast as writers write: left to autovacuum, which
 * comes once a minute, they would be most of what folds and readers pass over. The scan of a fold
 * has pruned them to dead line pointers, which VACUUM keeps for what an index has of them. Deltas
 * have no index, so they are free, and are logged as VACUUM logs it.
 */

/* The dead line pointers of a page. */
static int
find_dead_items(Page page, OffsetNumber *offsets)
{
	int count = 0;

	if (PageIsNew(page))
		return 0;
	for (OffsetNumber offset = FirstOffsetNumber; offset <= PageGetMaxOffsetNumber(page);
		 offset = OffsetNumberNext(offset))
		if (ItemIdIsDead(PageGetItemId(page, offset)))
			offsets[count++] = offset;
	return count;
}

/* Free those of a page that is locked: the room there is now, 0 where none was freed. */
static Size
free_dead_items(Relation rel, Buffer buffer)
{
	Page page = BufferGetPage(buffer);
	OffsetNumber offsets[MaxHeapTuplesPerPage];
	int count = find_dead_items(page, offsets);

	if (count == 0)
		return 0;
	START_CRIT_SECTION();
	for (int i = 0; i < count; i++)
		ItemIdSetUnused(PageGetItemId(page, offsets[i]));
	PageTruncateLinePointerArray(page);
	MarkBufferDirty(buffer);
	if (RelationNeedsWAL(rel))
		log_freed_items(rel, buffer, offsets, count);
	END_CRIT_SECTION();
	return PageGetHeapFreeSpace(page);
}

/* Let writers use the room of dead rows of a table. Pages in use are passed over. */
void
give_back_space(Relation rel)
{
	BlockNumber count = RelationGetNumberOfBlocks(rel);
	bool freed = false;

	if (rel->rd_rel->relhasindex)
		return;
	for (BlockNumber block = 0; block < count; block++)
	{
		Buffer buffer;
		Size space = 0;

		CHECK_FOR_INTERRUPTS();
		buffer = ReadBuffer(rel, block);
		if (ConditionalLockBuffer(buffer))
		{
			space = free_dead_items(rel, buffer);
			LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
		}
		ReleaseBuffer(buffer);
		if (space > 0)
			RecordPageWithFreeSpace(rel, block, space);
		freed = freed || space > 0;
	}
	if (freed)
		FreeSpaceMapVacuumRange(rel, 0, count);
}
