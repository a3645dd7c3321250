#ifndef READING_H
#define READING_H

#include "postgres.h"

/* The state that rows were read under: the same rows are read as long as it is the current one. */
typedef struct Reading
{
	Oid user;
	uint64 generation; /* of plan dependencies */
	TransactionId xmin;
	TransactionId xmax;
	uint32 running;
	uint64 completed;
	CommandId command;
	LocalTransactionId transaction; /* or InvalidLocalTransactionId: any */
} Reading;

extern Reading current_reading(void);
extern bool is_current_reading(const Reading *reading);

#endif
