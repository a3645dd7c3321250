/* The states that opportunities were in, as a relation for queries. */
#include "postgres.h"

#include "history/pipeline_states.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "base/compat.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

/* The name by which queries read them. */
#define STATES_NAME "opportunity_states"

/* Columns of a state that no history has. */
#define STATE_ID (-2)
#define STATE_TENANT (-3)

/* A state by its values. */
typedef struct KnownState
{
	MinimalTuple tuple;
	uint32 hash;
	int number;
	char status;
} KnownState;

/* What a tuple says, its header with the NULLs included. */
static inline uint32
hash_tuple(MinimalTuple tuple)
{
	return hash_bytes((const unsigned char *) tuple + MINIMAL_TUPLE_DATA_OFFSET,
					  tuple->t_len - MINIMAL_TUPLE_DATA_OFFSET);
}

static inline bool
same_tuple(MinimalTuple a, MinimalTuple b)
{
	return a->t_len == b->t_len && memcmp((const char *) a + MINIMAL_TUPLE_DATA_OFFSET,
										  (const char *) b + MINIMAL_TUPLE_DATA_OFFSET,
										  a->t_len - MINIMAL_TUPLE_DATA_OFFSET) == 0;
}

#define SH_PREFIX states
#define SH_ELEMENT_TYPE KnownState
#define SH_KEY_TYPE MinimalTuple
#define SH_KEY tuple
#define SH_HASH_KEY(table, key) hash_tuple(key)
#define SH_EQUAL(table, a, b) same_tuple(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Make a relation of no states yet of a table. */
PipelineStates *
open_pipeline_states(Source *source)
{
	PipelineStates *states = palloc0(sizeof(PipelineStates));
	Relation rel = relation_open(source->relid, NoLock);
	TupleDesc table = RelationGetDescr(rel);
	int count = table->natts;

	states->context = AllocSetContextCreate(CurrentMemoryContext, "opportunities: states",
											ALLOCSET_DEFAULT_SIZES);
	states->desc = CreateTemplateTupleDesc(count + 1);
	for (int i = 1; i <= count; i++)
		TupleDescCopyEntry(states->desc, i, table, i);
	TupleDescInitEntry(states->desc, count + 1, STATE_NUMBER, INT4OID, -1, 0);
	finish_desc(states->desc);
	states->states = states_create(states->context, 64, NULL);
	states->relation.md = (EphemeralNamedRelationMetadataData){.name = STATES_NAME,
															   .reliddesc = InvalidOid,
															   .tupdesc = states->desc,
															   .enrtype = ENR_NAMED_TUPLESTORE};
	states->relation.reldata = tuplestore_begin_heap(false, false, work_mem);
	relation_close(rel, NoLock);
	return states;
}

/* A table whose rows are its states. */
Source *
states_source(const PipelineStates *states, const Source *source)
{
	Source *copy = palloc(sizeof(Source));

	*copy = *source;
	copy->sql = (char *) quote_identifier(STATES_NAME);
	return copy;
}

/* Notes which columns of the states a query reads, at any depth. */
typedef struct UsedColumns
{
	Bitmapset *used;
	int level;
} UsedColumns;

static bool
note_used(Node *node, void *context)
{
	UsedColumns *columns = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == columns->level &&
		((Var *) node)->varno == 1)
		columns->used = bms_add_member(columns->used, Max(((Var *) node)->varattno, 0));
	if (IsA(node, Query))
	{
		bool result;

		columns->level++;
		result = query_tree_walker((Query *) node, note_used, context, QTW_IGNORE_JOINALIASES);
		columns->level--;
		return result;
	}
	return expression_tree_walker(node, note_used, context);
}

/* The names of the table's columns that a query reads, of which the states are the first relation.
 */
List *
used_columns(PipelineStates *states, const char *sql)
{
	QueryEnvironment *environment = create_queryEnv();
	RawStmt *raw = linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT));
	UsedColumns columns = {0};
	List *names = NIL;
	Query *query;

	register_ENR(environment, &states->relation);
	query = parse_analyze_fixedparams(raw, sql, NULL, 0, environment);
	(void) query_tree_walker(query, note_used, &columns, QTW_IGNORE_JOINALIASES);
	for (int i = 1; i < states->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(states->desc, i - 1);

		if (!column->attisdropped &&
			(bms_is_member(0, columns.used) || bms_is_member(i, columns.used)))
			names = lappend(names, NameStr(column->attname));
	}
	return names;
}

/* Let the states have those columns alone that are read of them, as a history has them. */
void
fill_states(PipelineStates *states, const History *history, List *names)
{
	TupleDesc table = states->desc;
	int count = list_length(names);
	ListCell *cell;

	states->desc = CreateTemplateTupleDesc(count + 1);
	states->columns = palloc(sizeof(int) * (count + 1));
	states->values = palloc0(sizeof(Datum) * (count + 1));
	states->nulls = palloc0(sizeof(bool) * (count + 1));
	foreach (cell, names)
	{
		const char *name = lfirst(cell);
		int i = foreach_current_index(cell);

		TupleDescCopyEntry(states->desc, i + 1, table,
						   source_column(history->source, name)->number);
		states->columns[i] = history_column(history, name);
		if (strcmp(name, "id") == 0)
			states->columns[i] = STATE_ID;
		else if (strcmp(name, TENANT_COLUMN) == 0 && has_tenants(history->source->relid))
		{
			states->columns[i] = STATE_TENANT;
			states->values[i] = CStringGetTextDatum(session_tenant());
		}
	}
	TupleDescInitEntry(states->desc, count + 1, STATE_NUMBER, INT4OID, -1, 0);
	finish_desc(states->desc);
	states->relation.md.tupdesc = states->desc;
	states->nulls[count] = true;
	if (SPI_register_relation(&states->relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register the states of opportunities");
}

/*
 * Forget what states there are, where that takes too much memory: one of them that comes again has
 * two numbers then, of one group. Not within a change of a row, whose two states are told apart by
 * their numbers.
 */
void
limit_states(PipelineStates *states)
{
	if (MemoryContextMemAllocated(states->context, false) <= MAX_STATES_BYTES)
		return;
	MemoryContextReset(states->context);
	states->states = states_create(states->context, 64, NULL);
	states->first = states->count;
}

/* Put a state behind the others: its number. */
static int
put_state(PipelineStates *states)
{
	int last = states->desc->natts - 1;

	states->values[last] = Int32GetDatum(states->count);
	states->nulls[last] = false;
	tuplestore_putvalues(states->relation.reldata, states->desc, states->values, states->nulls);
	states->nulls[last] = true;
	states->relation.md.enrtuples = states->count + 1;
	return states->count++;
}

/* The same, unless it is there already. */
static int
put_state_once(PipelineStates *states)
{
	MinimalTuple tuple = make_row_tuple(states->desc, states->values, states->nulls);
	bool found;
	KnownState *known = states_insert(states->states, tuple, &found);

	if (!found)
	{
		MemoryContext caller = MemoryContextSwitchTo(states->context);

		known->tuple = copy_row_tuple(tuple);
		known->number = put_state(states);
		MemoryContextSwitchTo(caller);
	}
	heap_free_minimal_tuple(tuple);
	return known->number;
}

/* The number of the state that a row was in. The same one is often asked for twice. */
int
state_number(PipelineStates *states, int64 id, RowState *state)
{
	if (state->number >= states->first)
		return state->number;
	for (int i = 0; i < states->desc->natts - 1; i++)
	{
		int column = states->columns[i];

		if (column == STATE_ID)
			states->values[i] = Int64GetDatum(id);
		if (column < 0)
			continue;
		states->values[i] = state->values[column];
		states->nulls[i] = state->nulls[column];
	}
	return state->number = put_state_once(states);
}
