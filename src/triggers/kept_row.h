#ifndef KEPT_ROW_H
#define KEPT_ROW_H

#include "postgres.h"

#include "triggers/owner_query.h"
#include "triggers/row.h"

/*
 * What a query for a row that is to be kept gives last: the table and the place of the version that
 * was read, of the types oid and tid.
 */
#define KEPT_COLUMNS "tableoid, ctid"

extern bool kept_row_query(const Row *row, const OwnerQuery *query, Datum key, Datum *values,
						   bool *nulls);

#endif
