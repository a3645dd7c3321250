#ifndef ERROR_DETAIL_H
#define ERROR_DETAIL_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* In ereport, behind err_code: where in an argument the error is, and what its message tells. */
extern int err_place(const char *path, List *params);

extern void read_detail_object(ErrorData *error);

extern void define_error_detail(void);
extern void describe_errors(void);

#endif
