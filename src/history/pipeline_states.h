#ifndef PIPELINE_STATES_H
#define PIPELINE_STATES_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "history/history.h"
#include "query/selection.h"
#include "utils/queryenvironment.h"

/*
 * The states that opportunities were in, each once, as a relation that the queries of a call can
 * read: a selection and its dimensions are evaluated over it as over the table.
 */
typedef struct PipelineStates
{
	EphemeralNamedRelationData relation;
	TupleDesc desc; /* the table's columns, or those that are read, and the number of the state */
	int *columns;	/* where the history has them */
	Datum *values;	/* of a state that is made */
	bool *nulls;
	MemoryContext context;
	struct states_hash *states;
	int count;
	int first; /* that is not forgotten */
} PipelineStates;

/* The column that has the number of a state. */
#define STATE_NUMBER "opportunity_state"

extern PipelineStates *open_pipeline_states(Source *source);
extern Source *states_source(const PipelineStates *states, const Source *source);
extern List *used_columns(PipelineStates *states, const char *sql);
extern void fill_states(PipelineStates *states, const History *history, List *names);
extern void limit_states(PipelineStates *states);
extern int state_number(PipelineStates *states, int64 id, RowState *state);

#endif
