/* The place of a card that is put on top of its column. */
#include "postgres.h"

#include "opportunity/top_position.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/ilist.h"
#include "opportunity/opportunity_row.h"
#include "opportunity/place.h"
#include "settings/tenant.h"
#include "triggers/owner_query.h"
#include "triggers/trigger_memory.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/*
 * A statement that puts many cards on top of columns looks for the top of each once, and goes on
 * from there. Its own cards it knows: whatever it writes, or what it fires, comes by here. Of what
 * others write meanwhile it sees as little as any statement does.
 */

/* How many columns a statement knows the top of; past them it begins anew. */
#define MAX_TOPS 64

/* A column of a board, and the position of the card on top. */
typedef struct Top
{
	int64 pipeline_id;
	bool staged; /* else it is the column of the rows without a stage */
	int64 stage_id;
	int64 position;
	SubTransactionId subtransaction; /* which wrote that card, or looked for it; it may fail */
} Top;

/* What the trigger of a table or partition knows in a statement. */
typedef struct KnownTops
{
	dlist_node node; /* among those of all running statements */
	MemoryContextCallback callback;
	Oid table;
	char *tenant; /* NULL where there are none */
	int count;
	Top tops[MAX_TOPS];
} KnownTops;

static dlist_head running = DLIST_STATIC_INIT(running);

/* The order by every column of the index makes it the index's, also where stage_id is null. */
static const OwnerQuery top_of_stage = {
	.sql = "SELECT position FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "AND stage_id OPERATOR(pg_catalog.=) $2 "
		   "ORDER BY pipeline_id, stage_id, position DESC, id DESC LIMIT 1",
	.nargs = 2,
	.args = {INT8OID, INT8OID},
	.nresults = 1,
	.results = {{INT8OID}},
};

static const OwnerQuery top_without_stage = {
	.sql = "SELECT position FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "AND stage_id IS NULL "
		   "ORDER BY pipeline_id, stage_id, position DESC, id DESC LIMIT 1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{INT8OID}},
};

/* The tenant that a row is of; NULL where there are none. */
static char *
tenant_of(const Row *row)
{
	return has_tenants(home_table(row->rel)) ? TextDatumGetCString(row_tenant(row->trigger)) : NULL;
}

static bool
same_tenant_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
forget_tops(void *arg)
{
	dlist_delete(&((KnownTops *) arg)->node);
}

/* What the trigger of a row knows of the columns of its tenant. */
static KnownTops *
known_tops(const Row *row, const char *tenant)
{
	TriggerMemory *memory = trigger_memory(row);
	KnownTops *known = memory->known_tops;

	if (known == NULL)
	{
		known = MemoryContextAllocZero(memory->context, sizeof(KnownTops));
		known->table = home_table(row->rel);
		known->callback.func = forget_tops;
		known->callback.arg = known;
		MemoryContextRegisterResetCallback(memory->context, &known->callback);
		dlist_push_head(&running, &known->node);
		memory->known_tops = known;
	}
	if (!same_tenant_name(known->tenant, tenant))
	{
		if (known->tenant != NULL)
			pfree(known->tenant);
		known->tenant = MemoryContextStrdup(memory->context, tenant);
		known->count = 0;
	}
	return known;
}

/* The column of a row, with the row on top. */
static Top
column_of(const Row *row)
{
	bool staged = !is_null(row, OPPORTUNITY_STAGE_ID);

	return (Top){.pipeline_id = DatumGetInt64(value_of(row, OPPORTUNITY_PIPELINE_ID)),
				 .staged = staged,
				 .stage_id = staged ? DatumGetInt64(value_of(row, OPPORTUNITY_STAGE_ID)) : 0,
				 .position = is_null(row, OPPORTUNITY_POSITION)
								 ? 0
								 : DatumGetInt64(value_of(row, OPPORTUNITY_POSITION)),
				 .subtransaction = GetCurrentSubTransactionId()};
}

/* What is known of a column; NULL: nothing. */
static Top *
find_top(KnownTops *known, const Top *column)
{
	for (int i = 0; i < known->count; i++)
	{
		Top *top = &known->tops[i];

		if (top->pipeline_id == column->pipeline_id && top->staged == column->staged &&
			top->stage_id == column->stage_id)
			return top;
	}
	return NULL;
}

/* Look for the top of a column; 0: it has no card. */
static int64
look_for_top(const Row *row, const Top *column)
{
	Datum args[2] = {Int64GetDatum(column->pipeline_id), Int64GetDatum(column->stage_id)};
	Datum top;

	if (!owner_query(row->trigger, column->staged ? &top_of_stage : &top_without_stage, args, &top,
					 NULL))
		return 0;
	return DatumGetInt64(top);
}

/* The position of the card on top of a row's column, as far as the statement sees; 0: none. */
static int64
position_of_top(const Row *row)
{
	Top column = column_of(row);
	KnownTops *known;
	Top *top;

	/* what another trigger makes of the row isn't known */
	if (!is_last_before(row))
		return look_for_top(row, &column);
	known = known_tops(row, tenant_of(row));
	top = find_top(known, &column);
	if (top != NULL && top->subtransaction == column.subtransaction)
		return top->position;
	column.position = look_for_top(row, &column);
	if (top == NULL)
	{
		if (known->count == MAX_TOPS)
			known->count = 0;
		top = &known->tops[known->count++];
	}
	*top = column;
	return column.position;
}

/* Note where a card is put: all running statements that know the top of its column know it. */
void
note_position(const Row *row)
{
	Oid table = home_table(row->rel);
	Top column;
	char *tenant;
	dlist_iter iter;

	if (dlist_is_empty(&running))
		return;
	column = column_of(row);
	tenant = tenant_of(row);
	dlist_foreach(iter, &running)
	{
		KnownTops *known = dlist_container(KnownTops, node, iter.cur);
		Top *top = known->table == table && same_tenant_name(known->tenant, tenant)
					   ? find_top(known, &column)
					   : NULL;

		if (top == NULL || column.position <= top->position)
			continue;
		top->position = column.position;
		top->subtransaction = column.subtransaction;
	}
}

/* Put the card on top of its column. At the end of the range the latest of equals is on top. */
void
put_on_top(Row *row)
{
	int64 position = position_of_top(row);

	if (pg_add_s64_overflow(position, POSITION_GAP, &position))
		position = PG_INT64_MAX;
	set_value(row, OPPORTUNITY_POSITION, Int64GetDatum(position));
	note_position(row);
}
