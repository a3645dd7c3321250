#ifndef BATCH_H
#define BATCH_H

#include "postgres.h"

#include "command/changes.h"
#include "command/command.h"
#include "executor/spi.h"
#include "fields/ids.h"

/* What became of a row. The code, field and message are NULL where all went well. */
typedef struct Outcome
{
	Datum id;
	const char *status;
	const char *code;
	const char *field;
	const char *message;
} Outcome;

/* A change of many rows. Its statements take the ids as their first parameter. */
typedef struct Batch
{
	const Target *target;
	IdType ids;
	bool skip;		  /* leave out the rows that can't be changed; else none is changed */
	SPIPlanPtr lock;  /* gives what change gives, in the order of ids; NULL: rows can't be locked */
	SPIPlanPtr meant; /* gives the ids that are still meant, in order */
	SPIPlanPtr change; /* gives ids, and versions where some are unchanged; if direct, else none */
	const Changes *changes; /* NULL: rows are deleted */
	List *constraints;		/* what those of the table are about */
	Datum *args;			/* of change */
	const char *nulls;
	const char *done;	   /* the status of a row that was changed … */
	const char *unchanged; /* … and of one whose version stayed; NULL: nobody knows */
	Outcome *outcomes;	   /* room for one a row */
	int count;
	bool explained; /* the error that is raised names its row */
} Batch;

extern Datum *run_ids(const IdType *type, SPIPlanPtr plan, Datum *args, int *count);
extern void leave_row(Batch *batch, Datum id, const RowError *error, const char *field);
extern void run_batch(Batch *batch, Datum *ids, int count);

#endif
