#ifndef STATEMENT_H
#define STATEMENT_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* A statement of a command, whose plan is kept for the session under a key. */
typedef struct Statement Statement;

extern Statement *find_statement(const char *key);
extern Statement *keep_statement(const char *key, const char *sql, int nargs, Oid *types,
								 List *fields);
extern List *statement_fields(const Statement *statement);
extern void run_statement(Statement *statement, Datum *args, const char *nulls);

#endif
