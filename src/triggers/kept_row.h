#ifndef KEPT_ROW_H
#define KEPT_ROW_H

#include "postgres.h"

#include "triggers/owner_query.h"
#include "triggers/row.h"

/*
 * What a query for a row that is to be kept gives last: the table and the place of the version that
 * was read.
 */
#define KEPT_COLUMNS "tableoid, ctid"
#define KEPT_RESULTS \
	{OIDOID},        \
	{                \
		TIDOID       \
	}

extern bool kept_row_query(const Row *row, const OwnerQuery *query, Datum id, Datum *values,
						   bool *nulls);

#endif
