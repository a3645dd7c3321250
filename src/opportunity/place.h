#ifndef PLACE_H
#define PLACE_H

#include "postgres.h"

#include "commands/trigger.h"

/* The distance between a card put on top and the one below: room for many to be put between. */
#define POSITION_GAP (INT64CONST(1) << 32)

/* Where a card shall stand: in a column of a board, directly above a card or below one. */
typedef struct Place
{
	int64 card;
	int64 pipeline_id;
	int64 stage_id;
	bool staged;		/* else it is the column of the rows without a stage */
	const int64 *above; /* NULL: not given; one of them is */
	const int64 *below;
	int64 seen; /* the position of below, where it alone is given: as the user sees it */
} Place;

extern int64 make_place(TriggerData *command, const Place *place);
extern int64 make_top(TriggerData *command, const Place *place);

#endif
