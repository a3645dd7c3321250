/* The plan cache: SPI plans that outlive the connection that made them. */
#include "postgres.h"

#include "base/kept_plan.h"

#include "base/query.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

/*
 * SPI plans kept for the session. A plan that runs may fire triggers that invalidate it and run it
 * again: then it is replanned under the outer call. So whoever has a plan holds a reference, until
 * the memory context is deleted in which it was asked for: mostly that of a connection to SPI. A
 * cache frees a plan that it has evicted with the last reference.
 */

/* A reference to a plan. */
typedef struct Hold
{
	MemoryContextCallback callback;
	KeptPlan *kept;
} Hold;

static void
free_unheld(KeptPlan *kept)
{
	if (!kept->forgotten || kept->holds > 0)
		return;
	if (kept->plan != NULL)
		SPI_freeplan(kept->plan);
	MemoryContextDelete(kept->context);
}

static void
end_hold(void *arg)
{
	KeptPlan *kept = ((Hold *) arg)->kept;

	kept->holds--;
	free_unheld(kept);
}

/* Hold a plan for as long as the current memory context. */
static KeptPlan *
hold(KeptPlan *kept)
{
	Hold *hold = palloc(sizeof(Hold));

	hold->kept = kept;
	hold->callback.func = end_hold;
	hold->callback.arg = hold;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &hold->callback);
	kept->holds++;
	return kept;
}

/* Save a plan for as long as the current memory context, or longer where a cache keeps it. */
KeptPlan *
save_plan(SPIPlanPtr plan)
{
	MemoryContext context =
		AllocSetContextCreate(CacheMemoryContext, "opportunities: plan", ALLOCSET_SMALL_SIZES);
	KeptPlan *kept = MemoryContextAllocZero(context, sizeof(KeptPlan));

	kept->context = context;
	kept->forgotten = true;
	hold(kept);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
	kept->plan = plan;
	return kept;
}

/*
 * Plan a statement for any values, if it is planned so, without what some settings let the planner
 * use: an array that ends with NULL.
 */
void
plan_now(SPIPlanPtr plan, const char *const *without)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));
	CachedPlan *cached;
	int level;

	if ((source->cursor_options & CURSOR_OPT_GENERIC_PLAN) == 0)
		return;
	level = NewGUCNestLevel();
	for (; without != NULL && *without != NULL; without++)
		plan_without(*without);
	cached = SPI_plan_get_cached_plan(plan);
	if (cached != NULL)
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	AtEOXact_GUC(true, level);
}

/* The plan of an entry, which stands behind its key. */
static KeptPlan **
plan_of(PlanCache *cache, void *entry)
{
	return (KeptPlan **) ((char *) entry + MAXALIGN(cache->control.keysize));
}

/* Take an entry out of a cache. */
static void
forget(PlanCache *cache, void *entry)
{
	KeptPlan *kept = *plan_of(cache, entry);

	(void) hash_search(cache->entries, entry, HASH_REMOVE, NULL);
	kept->forgotten = true;
	free_unheld(kept);
}

/* Evict plans that are invalid, or all where there are too many. */
static void
sweep(PlanCache *cache)
{
	bool full = cache->most > 0 && hash_get_num_entries(cache->entries) >= cache->most;
	HASH_SEQ_STATUS status;
	void *entry;

	hash_seq_init(&status, cache->entries);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (full || !SPI_plan_is_valid((*plan_of(cache, entry))->plan))
			forget(cache, entry);
	}
}

/* The valid plan of a key, held; NULL: there is none. */
KeptPlan *
find_plan(PlanCache *cache, const void *key)
{
	void *entry = cache->entries == NULL ? NULL : hash_search(cache->entries, key, HASH_FIND, NULL);

	if (entry == NULL || !SPI_plan_is_valid((*plan_of(cache, entry))->plan))
		return NULL;
	return hold(*plan_of(cache, entry));
}

/* Keep a saved plan under a key. */
void
keep_plan(PlanCache *cache, const void *key, KeptPlan *kept)
{
	void *entry;

	if (cache->entries == NULL)
	{
		cache->control.entrysize = MAXALIGN(cache->control.keysize) + sizeof(KeptPlan *);
		cache->entries = hash_create(cache->name, 16, &cache->control, HASH_ELEM | cache->flags);
	}
	sweep(cache);
	entry = hash_search(cache->entries, key, HASH_FIND, NULL);
	if (entry != NULL)
		forget(cache, entry);
	entry = hash_search(cache->entries, key, HASH_ENTER, NULL);
	*plan_of(cache, entry) = kept;
	kept->forgotten = false;
}
