#ifndef PIPELINE_CHANGES_H
#define PIPELINE_CHANGES_H

#include "postgres.h"

#include "funcapi.h"
#include "history/pipeline_states.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

/* What is told of a group, in this order. */
typedef enum Bucket
{
	BUCKET_BEGIN,
	BUCKET_NEW,
	BUCKET_GROWN,
	BUCKET_SHRUNK,
	BUCKET_MOVED_IN,
	BUCKET_MOVED_OUT,
	BUCKET_REOPENED,
	BUCKET_WON,
	BUCKET_LOST,
	BUCKET_CLOSED,
	BUCKET_DELETED,
	BUCKET_UNLOGGED,
	BUCKET_END,
	BUCKETS
} Bucket;

/* How many opportunities come with a bucket, and what they are worth: both less where they go. */
typedef struct BucketSum
{
	int64 count;
	Numeric amount; /* NULL: nothing came with it */
} BucketSum;

/* States of one currency and of equal dimensions. */
typedef struct StateGroup
{
	Datum dimensions;
	Datum currency;
	bool no_currency;
	BucketSum sums[BUCKETS];
} StateGroup;

/* A change as it is kept until the states have their groups. */
enum
{
	FLOW_KIND,
	FLOW_BEFORE, /* the number of the state, or NULL: the row wasn't open */
	FLOW_AFTER,
	FLOW_BEFORE_AMOUNT,
	FLOW_AFTER_AMOUNT,
	FLOW_STAGE, /* in which the row was closed */
	FLOW_COLUMNS
};

/* A call. */
typedef struct PipelineChanges
{
	ReturnSetInfo *result;
	Selection *selection;
	List *dimensions;
	PipelineStates *states;
	int amount; /* the column of it in the history */
	TupleDesc flow_desc;
	Tuplestorestate *flows;
	List *groups;
	int *group_of;		   /* each state; −1: it isn't selected */
	MemoryContext context; /* of the sums */
	MemoryContext row_context;
} PipelineChanges;

/* pipeline_flows.c */
extern void sum_flows(PipelineChanges *changes, const Source *source);
extern void put_buckets(const PipelineChanges *changes);

#endif
