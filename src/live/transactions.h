#ifndef TRANSACTIONS_H
#define TRANSACTIONS_H

#include "postgres.h"

/*
 * A set of transactions, as a snapshot is one: those before xmax, but for some in order. Numbers
 * have their epoch.
 */
typedef struct Transactions
{
	uint64 xmax;
	uint64 *xip;
	int xcnt;
} Transactions;

extern Transactions *committed_transactions(void);
extern bool has_transaction(const Transactions *set, uint64 xid);
extern uint64 first_missing(const Transactions *set);
extern Transactions *add_transactions(const Transactions *told, const Transactions *committed,
									  uint64 before);
extern void leave_out(Transactions *set, uint64 xid);

#endif
