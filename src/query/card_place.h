#ifndef CARD_PLACE_H
#define CARD_PLACE_H

#include "postgres.h"

#include "query/cards.h"

/* What tells the cell of a board that a card is in, as text forms. */
typedef struct CardPlace
{
	char *pipeline;
	char *stage; /* NULL: none */
	char *state; /* of rows that say themselves whether they are won or lost; else NULL */
	char *lane;	 /* NULL: no value, or no lanes */
	char *label; /* of the lane */
} CardPlace;

extern bool lock_card(const BoardArgs *args, Datum id, CardPlace *place);
extern Jsonb *placed_card(const BoardArgs *args, bool own, Datum id, const CardPlace *left,
						  MemoryContext context);

#endif
