#ifndef CRM_VERSION_H
#define CRM_VERSION_H

#include "postgres.h"

/*
 * It is an argument of the trigger against TRUNCATE of the filters, which ignores it: so it goes
 * wherever the table's definition goes, in every kind of dump; the table's owner alone changes it,
 * and it is nothing that runs.
 */
#define MARKED_TABLE "saved_filter"
#define MARKED_TRIGGER "zz_truncate"
#define MARKED_FUNCTION "refuse_truncate"

/* The versions that brought columns and tables of which earlier ones know nothing. */
#define VERSION_0_2 2000

extern char *made_by_version(Oid schema);
extern bool is_made_before(Oid schema, int version);

#endif
