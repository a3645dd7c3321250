#ifndef CHECK_H
#define CHECK_H

#include "postgres.h"

/* A check of rows: %1$s stands for the schema, marks are those of tenant.h; each row of the result
 * is one problem. */
typedef struct RowCheck
{
	const char *code;
	const char *table;
	const char *sql; /* gives row_id, problem */
} RowCheck;

extern const RowCheck document_checks[];
extern const int document_check_count;

#endif
