/* The packed form of totals, which rollups store: of what is as small as a row's, some 44 bytes. */
#include "postgres.h"

#include "totals/totals.h"

/* One currency without extras, followed by its name. */
typedef struct PackedTotals
{
	uint8 version;
	uint8 name_length; /* UNNAMED: it has no name */
	uint8 scale[TOTALS_SUMS];
	uint8 digits[TOTALS_SUMS];
	int32 count;
	int32 blank;
	int64 sum[TOTALS_SUMS];
} PackedTotals;

StaticAssertDecl(sizeof(PackedTotals) == 40, "the stored form of a value must not change");

#define UNNAMED PG_UINT8_MAX

/* Write an item in this form; false where it doesn't fit. */
static bool
write_packed(const TotalsItem *item, PackedTotals *packed)
{
	const TotalsEntry *entry = &item->entry;

	*packed = (PackedTotals){.version = TOTALS_PACKED,
							 .name_length = item->name == NULL ? UNNAMED : entry->name_length,
							 .count = entry->count,
							 .blank = entry->blank};
	if (item->extras != NULL || packed->count != entry->count || packed->blank != entry->blank ||
		(item->name != NULL && entry->name_length >= UNNAMED))
		return false;
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		packed->scale[which] = entry->scale[which];
		packed->digits[which] = entry->digits[which];
		packed->sum[which] = entry->sum[which];
		if (packed->scale[which] != entry->scale[which] || packed->sum[which] != entry->sum[which])
			return false;
	}
	return true;
}

/* The smallest stored form of one (settled) item. */
Datum
item_pack(const TotalsItem *item)
{
	PackedTotals packed;
	struct varlena *value;
	Size size;

	if (!write_packed(item, &packed))
		return PointerGetDatum(totals_of_item(item));
	size = VARHDRSZ + sizeof(packed) + item->entry.name_length;
	value = palloc(size);
	SET_VARSIZE(value, size);
	memcpy(VARDATA(value), &packed, sizeof(packed));
	if (item->name != NULL)
		memcpy(VARDATA(value) + sizeof(packed), item->name, item->entry.name_length);
	return PointerGetDatum(value);
}

/* Read a value in this form, whose name stays in it; false: it is in the other one. */
bool
item_unpack(const struct varlena *value, TotalsItem *item)
{
	const char *data = VARDATA_ANY(value);
	TotalsEntry *entry = &item->entry;
	PackedTotals packed;

	if (*(const uint8 *) data != TOTALS_PACKED)
		return false;
	memcpy(&packed, data, sizeof(packed));
	memset(item, 0, sizeof(*item));
	entry->count = packed.count;
	entry->blank = packed.blank;
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		entry->scale[which] = packed.scale[which];
		entry->digits[which] = packed.digits[which];
		entry->sum[which] = packed.sum[which];
	}
	if (packed.name_length != UNNAMED)
	{
		item->name = data + sizeof(packed);
		entry->name_length = packed.name_length;
	}
	return true;
}

/*
 * The currencies of a value in either form, which it must outlive: how many, and the first. single:
 * where it may stand.
 */
const TotalsItem *
totals_items(Datum totals, TotalsItem *single, int *count)
{
	const struct varlena *value = PG_DETOAST_DATUM_PACKED(totals);
	const TotalsMap *map;

	*count = 1;
	if (item_unpack(value, single))
		return single;
	map = map_unpack(totals_from_datum(PointerGetDatum(value), false));
	*count = map->length;
	return map->item;
}
