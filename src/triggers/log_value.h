#ifndef LOG_VALUE_H
#define LOG_VALUE_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"

/* A value of a column, or a whole row, as jsonb; whatever it is, the log can hold it. */
extern Datum logged_value(Form_pg_attribute column, Datum value);
extern Datum logged_row(Relation rel, HeapTuple tuple);

#endif
