/* Plan dependencies: the relations whose rows decided on a plan. */
#include "postgres.h"

#include "settings/plan_dependency.h"

#include "miscadmin.h"
#include "storage/sinval.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* A relation whose rows decided on a plan. */
typedef struct Dependency
{
	Oid relid;
	bool by_policy; /* row security decided on what was seen */
} Dependency;

static HTAB *dependencies;
static uint64 generation;

/* What the server knows functions by whose answers, by settings of ours, are part of plans. */
static uint32 answers[2];
static int answer_count;

/* A relation changed; without one, anything may have. */
static void
relation_changed(Datum arg, Oid relid)
{
	if (dependencies != NULL &&
		(!OidIsValid(relid) || hash_search(dependencies, &relid, HASH_FIND, NULL) != NULL))
		generation++;
}

/* Start to listen. */
void
watch_dependencies(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

/*
 * Say that what is being planned depends on the rows of a relation. A change that the session
 * heard of while it didn't listen may be lost, so the first time counts as a change.
 */
void
add_dependency(Oid relid, bool by_policy)
{
	Dependency *entry;
	bool found;

	if (dependencies == NULL)
	{
		HASHCTL control = {
			.keysize = sizeof(Oid), .entrysize = sizeof(Dependency), .hcxt = TopMemoryContext};

		dependencies = hash_create("relations that plans depend on", 16, &control,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	entry = hash_search(dependencies, &relid, HASH_ENTER, &found);
	if (!found)
	{
		entry->by_policy = false;
		generation++;
	}
	entry->by_policy |= by_policy;
}

uint64
dependency_generation(void)
{
	return generation;
}

/*
 * A setting changed that policies may read: drop this session's plans that what a policy showed
 * went into. No other session's are concerned, so the message goes to this one alone.
 */
void
policies_changed(void)
{
	HASH_SEQ_STATUS scan;
	Dependency *entry;

	generation++;
	while (answer_count > 0)
		CallSyscacheCallbacks(PROCOID, answers[--answer_count]);
	if (dependencies == NULL)
		return;
	hash_seq_init(&scan, dependencies);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		SharedInvalidationMessage message = {0};

		if (!entry->by_policy)
			continue;
		message.rc.id = SHAREDINVALRELCACHE_ID;
		message.rc.dbId = MyDatabaseId;
		message.rc.relId = entry->relid;
		LocalExecuteInvalidationMessage(&message);
	}
}

/*
 * End the kept plans of statements that call a function. That of the one which is being planned
 * ends, too: it serves once, since it is made anew before its next use.
 */
void
end_plans_that_call(Oid function)
{
	CallSyscacheCallbacks(PROCOID, GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(function)));
}

/*
 * Say that a function's answer is part of what is being planned, which ends when a setting that
 * policies may read changes.
 */
void
add_answer(Oid function)
{
	uint32 known_by = GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(function));

	for (int i = 0; i < answer_count; i++)
	{
		if (answers[i] == known_by)
			return;
	}
	if (answer_count == lengthof(answers))
		end_plans_that_call(function);
	else
		answers[answer_count++] = known_by;
}
