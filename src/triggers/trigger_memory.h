#ifndef TRIGGER_MEMORY_H
#define TRIGGER_MEMORY_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "triggers/row.h"

/*
 * What a trigger for rows keeps from one row to the next of a statement, for a table or one of its
 * partitions. It ends with the statement, also where that fails.
 */
typedef struct TriggerMemory
{
	MemoryContext context;
	int *columns; /* the index of each of its use */
	List *kept_rows;
	char *lists_none;			   /* the tenant for whom no currency is listed */
	struct KnownTops *known_tops;  /* of opportunities */
	struct Derivation *derivation; /* that rows were noted for */
} TriggerMemory;

extern TriggerMemory *trigger_memory(const Row *row);
extern bool is_last_before(const Row *row);

#endif
