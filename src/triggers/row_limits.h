#ifndef ROW_LIMITS_H
#define ROW_LIMITS_H

#include "postgres.h"

#include "triggers/row.h"

/* What a value is past, as "has more than 500 bytes"; NULL: it is within the column's limit. */
extern char *past_limit(Form_pg_attribute column, Datum value);
extern void check_value_limit(const Row *row, int index);
extern void check_row_limits(const Row *row);

#endif
