/* The state of an aggregate as an expanded object. */
#include "postgres.h"

#include "totals/totals_expanded.h"

#include "utils/memutils.h"

/*
 * The state of an aggregate over many currencies: a map that a new one is added to without a copy
 * of the others. The server takes it for a value and asks for its flat form where it needs that.
 */
typedef struct ExpandedTotals
{
	ExpandedObjectHeader header;
	TotalsMap *map;
	MemoryContext work; /* of the flat form between the two questions for it */
	Totals *flat;
} ExpandedTotals;

static Size
flat_size(ExpandedObjectHeader *header)
{
	ExpandedTotals *totals = (ExpandedTotals *) header;
	MemoryContext caller;

	if (totals->work == NULL)
		totals->work = AllocSetContextCreate(header->eoh_context, "opportunities: flat totals",
											 ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(totals->work);
	caller = MemoryContextSwitchTo(totals->work);
	totals->flat = map_pack(map_copy(totals->map));
	MemoryContextSwitchTo(caller);
	return VARSIZE(totals->flat);
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	ExpandedTotals *totals = (ExpandedTotals *) header;

	memcpy(result, totals->flat, size);
	MemoryContextReset(totals->work);
}

/* Make such a state of a value, below a context. */
Datum
expand_totals(const Totals *flat, MemoryContext parent)
{
	static const ExpandedObjectMethods methods = {flat_size, flatten_into};
	MemoryContext context =
		AllocSetContextCreate(parent, "opportunities: totals", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	ExpandedTotals *totals = palloc0(sizeof(ExpandedTotals));

	EOH_init_header(&totals->header, &methods, context);
	totals->map = map_unpack(memcpy(palloc(VARSIZE(flat)), flat, VARSIZE(flat)));
	for (int i = 0; i < totals->map->length; i++)
		item_move(&totals->map->item[i], NULL, context); /* out of the value */
	MemoryContextSwitchTo(caller);
	return EOHPGetRWDatum(&totals->header);
}

/* The item of a currency in such a state, made where it isn't there yet. */
static TotalsItem *
find_item(ExpandedTotals *totals, const char *name, int length)
{
	return map_find_or_copy(totals->map, totals->header.eoh_context, name, length);
}

/* Add a row to such a state. */
void
expanded_add_row(Datum state, TotalsRow row, const char *name, int length)
{
	ExpandedTotals *totals = (ExpandedTotals *) DatumGetEOHP(state);
	TotalsItem *item = find_item(totals, name, length);
	int missed = entry_add_row(&item->entry, row, 1);

	if (unlikely(missed != 0))
		item_add_lasting(item, row, missed, 1, totals->header.eoh_context);
}

/* Add a value to such a state. */
void
expanded_add(Datum state, const Totals *other)
{
	ExpandedTotals *totals = (ExpandedTotals *) DatumGetEOHP(state);
	const TotalsMap *rest = map_unpack(other);

	for (int i = 0; i < rest->length; i++)
		item_add_kept(find_item(totals, rest->item[i].name, rest->item[i].entry.name_length),
					  &rest->item[i], 1, totals->header.eoh_context);
}
