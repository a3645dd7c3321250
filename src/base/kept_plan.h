#ifndef KEPT_PLAN_H
#define KEPT_PLAN_H

#include "postgres.h"

#include "executor/spi.h"
#include "nodes/pg_list.h"
#include "utils/hsearch.h"

/* A plan that outlives the connection to SPI. */
typedef struct KeptPlan
{
	SPIPlanPtr plan;
	MemoryContext context; /* of what belongs to it: its key for one */
	List *fields;		   /* what the first columns of its rows are, where that is asked */
	List *constraints;	   /* what those of its table are about, where that is asked */
	int holds;
	bool forgotten; /* by its cache: it goes with the last that holds it */
} KeptPlan;

/* Plans that are kept for the session, under keys that a hash table can take. */
typedef struct PlanCache
{
	const char *name;
	HASHCTL control; /* but for the size of an entry */
	int flags;
	int most; /* how many there are at most; 0: any number */
	HTAB *entries;
} PlanCache;

extern KeptPlan *save_plan(SPIPlanPtr plan);
extern void plan_now(SPIPlanPtr plan, const char *const *without);
extern KeptPlan *find_plan(PlanCache *cache, const void *key);
extern void keep_plan(PlanCache *cache, const void *key, KeptPlan *kept);

#endif
