#ifndef DERIVATION_H
#define DERIVATION_H

#include "postgres.h"

#include "fmgr.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "triggers/trigger_memory.h"

/* The parent of a row that is written. */
typedef struct ParentKey
{
	int64 id;
	char *tenant; /* NULL where there are none */
	Oid table;
	int depth; /* of triggers */
	SubTransactionId subtransaction;
	const TriggerMemory *statement; /* whose row it is; NULL: what it fires comes after its end */
} ParentKey;

/* A derived value of the parents of rows, computed where rows are written. */
typedef struct Derivation
{
	OwnerQuery update; /* takes ids and tenants */
	bool locks;		   /* they are opportunities, which are locked first */

	/* What is still to be derived. */
	ParentKey *pending;
	int count;
	int room;
	LocalTransactionId transaction;
} Derivation;

extern void note_parent(const Row *row, int column, bool before, Derivation *derivation);
extern void derive_parents(FunctionCallInfo fcinfo, const TriggerUse *use, Derivation *derivation);

#endif
