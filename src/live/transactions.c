/* Sets of transactions, as snapshots are. */
#include "postgres.h"

#include "live/transactions.h"

#include "access/transam.h"
#include "access/xact.h"
#include "utils/snapmgr.h"

/* A transaction number of now, or not long ago, with its epoch. */
static uint64
with_epoch(TransactionId xid, FullTransactionId next)
{
	uint32 epoch = EpochFromFullTransactionId(next);

	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return U64FromFullTransactionId(FullTransactionIdFromEpochAndXid(epoch, xid));
}

static int
compare_transactions(const void *a, const void *b)
{
	uint64 left = *(const uint64 *) a;
	uint64 right = *(const uint64 *) b;

	return (left > right) - (left < right);
}

/*
 * The transactions whose writes the statement sees that is being run, but for its own: that may
 * still write, or be rolled back. On a standby the snapshot has all that run, subtransactions among
 * them, where pg_current_snapshot() doesn't look.
 */
Transactions *
committed_transactions(void)
{
	Snapshot snapshot = GetActiveSnapshot();
	FullTransactionId next = ReadNextFullTransactionId();
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	bool standby = snapshot->takenDuringRecovery;
	const TransactionId *running = standby ? snapshot->subxip : snapshot->xip;
	int count = standby ? snapshot->subxcnt : (int) snapshot->xcnt;
	Transactions *set = palloc(sizeof(Transactions));

	set->xmax = with_epoch(snapshot->xmax, next);
	set->xip = palloc(sizeof(uint64) * (count + 1));
	set->xcnt = 0;
	for (int i = 0; i < count; i++)
		set->xip[set->xcnt++] = with_epoch(running[i], next);
	if (FullTransactionIdIsValid(own) && U64FromFullTransactionId(own) < set->xmax)
		set->xip[set->xcnt++] = U64FromFullTransactionId(own);
	qsort(set->xip, set->xcnt, sizeof(uint64), compare_transactions);
	return set;
}

/* Whether a transaction is in a set. */
bool
has_transaction(const Transactions *set, uint64 xid)
{
	return xid < set->xmax && (set->xcnt == 0 || bsearch(&xid, set->xip, set->xcnt, sizeof(uint64),
														 compare_transactions) == NULL);
}

/* The first transaction that is not in a set. */
uint64
first_missing(const Transactions *set)
{
	return set->xcnt > 0 ? set->xip[0] : set->xmax;
}

/*
 * The transactions of a set, and those of another before some transaction. Either may be ahead: a
 * standby is behind its primary, and a transaction keeps its snapshot.
 */
Transactions *
add_transactions(const Transactions *told, const Transactions *committed, uint64 before)
{
	Transactions *sum = palloc(sizeof(Transactions));

	before = Min(before, committed->xmax);
	sum->xmax = Max(told->xmax, before);
	sum->xip = palloc(sizeof(uint64) * (told->xcnt + committed->xcnt + 1));
	sum->xcnt = 0;
	for (int i = 0; i < told->xcnt; i++)
	{
		if (told->xip[i] >= before || !has_transaction(committed, told->xip[i]))
			sum->xip[sum->xcnt++] = told->xip[i];
	}
	for (int i = 0; i < committed->xcnt && committed->xip[i] < before; i++)
	{
		if (committed->xip[i] >= told->xmax)
			sum->xip[sum->xcnt++] = committed->xip[i];
	}
	return sum;
}

/* Take a transaction out of a set that add_transactions made, which has it at most as its next. */
void
leave_out(Transactions *set, uint64 xid)
{
	if (xid < set->xmax)
		return;
	Assert(xid == set->xmax);
	set->xip[set->xcnt++] = xid;
	set->xmax = xid + 1;
}
