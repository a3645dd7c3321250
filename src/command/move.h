#ifndef MOVE_H
#define MOVE_H

#include "postgres.h"

#include "command/changes.h"
#include "command/command.h"
#include "fields/ids.h"
#include "query/card_place.h"

/* A drag: what move is called with, but for what is about the relation alone. */
typedef struct Move
{
	Target target;
	IdType id_type;
	Datum id;
	IdType stage_type;
	Datum stage_id;
	bool staged; /* else it is to have no stage */
	Datum above;
	Datum below;
	bool has_above;
	bool has_below;
	Changes *changes;	   /* beside the stage */
	const int64 *expected; /* NULL: any version */
	List *fields;		   /* that the card shows; NIL: the default ones */
	BoardArgs *board;	   /* that is shown meanwhile; NULL: none is named */
} Move;

extern Jsonb *write_own_card(const Move *move, CardPlace *left, MemoryContext context);
extern Jsonb *write_mapped_card(const Move *move, CardPlace *left, MemoryContext context);

#endif
