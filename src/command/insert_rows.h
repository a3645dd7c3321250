#ifndef INSERT_ROWS_H
#define INSERT_ROWS_H

#include "postgres.h"

/* A query with parameters; nulls is SPI's, NULL where none is. */
typedef struct RowQuery
{
	const char *sql;
	int nargs;
	Oid *types;
	Datum *args;
	const char *nulls;
} RowQuery;

extern uint64 insert_rows(Oid table, const char *columns, const RowQuery *query,
						  const char *returning);

#endif
