#ifndef ORIGIN_H
#define ORIGIN_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/nodes.h"

/* What a column of a relation is made of: an expression over one table, which a view reads. */
typedef struct Origin
{
	Oid relid;
	char *place;	  /* of the table within the view: columns of one place are of one row */
	Node *expression; /* over the table as the only relation */
} Origin;

extern bool stored_column(Oid relid, AttrNumber number, Oid *table, AttrNumber *stored);
extern Origin *column_origin(Oid relid, AttrNumber column);

#endif
