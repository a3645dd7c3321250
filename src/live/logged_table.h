#ifndef LOGGED_TABLE_H
#define LOGGED_TABLE_H

#include "postgres.h"

#include "commands/trigger.h"
#include "fields/source.h"

/* A table whose changes are logged, as its caller may see it. */
typedef struct LoggedTable
{
	Source *source;
	SourceColumn *key;
	Datum hidden;		 /* the columns that the caller may not read */
	TriggerData command; /* with which its history is asked, as its owner */
	uint64 log;			 /* what logs it: another number once it was switched off or on */
} LoggedTable;

extern LoggedTable *open_logged_table(Oid relid);

#endif
