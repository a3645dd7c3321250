#ifndef EDIT_H
#define EDIT_H

#include "postgres.h"

#include "command/changes.h"
#include "command/command.h"
#include "fields/ids.h"
#include "utils/jsonb.h"

/* An edit of one row. */
typedef struct RowEdit
{
	const Target *target;
	IdType id_type;
	Datum id;
	const int64 *expected; /* the version that the user saw; NULL: any */
	Changes *changes;
	List *names; /* of the fields that the row is given back with; NIL: the default ones … */
	bool list;	 /* … of a list, else of a card */
} RowEdit;

extern Jsonb *edit_by_id(const RowEdit *row, MemoryContext context);

#endif
