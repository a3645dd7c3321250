#ifndef ERRORS_H
#define ERRORS_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"

/* What is asked for can't be any more, and no retry mends it: PostgREST answers 409. */
#define ERRCODE_CONFLICT MAKE_SQLSTATE('P', 'T', '4', '0', '9')

/* The stable code of an error, for programs and translations: the CONSTRAINT_NAME field. */
#define err_code(code) err_generic_string(PG_DIAG_CONSTRAINT_NAME, code)

/* The field or column that an error is about: the COLUMN_NAME field. */
#define err_field(name) err_generic_string(PG_DIAG_COLUMN_NAME, name)

extern const char *name_read_alike(const char *name, List *candidates);
extern const char *nearest_name(const char *name, List *candidates);
extern int errhint_nearest(const char *name, List *candidates);
extern void check_limit(int64 count, int limit, const char *code, const char *argument,
						const char *what);
extern void need_argument(FunctionCallInfo fcinfo, int number, const char *name);

#endif
