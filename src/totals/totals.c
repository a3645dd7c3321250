/* The type totals: stored form, map from currency to sums, addition. */
#include "postgres.h"

#include "base/errors.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/memutils.h"

StaticAssertDecl(sizeof(TotalsEntry) == 80, "the stored form of an entry must not change");
StaticAssertDecl(offsetof(Totals, entry) == 8, "the stored form of a value must not change");

/* What the extras of an entry are stored as: these counts, these sizes, then the numerics. */
typedef struct StoredExtras
{
	int64 special[TOTALS_SUMS][SPECIAL_COUNTS];
	uint32 wide_size[TOTALS_SUMS];
} StoredExtras;

/* More currencies than this aren't kept sorted while they come and go. */
#define MAX_SORTED 32

/* The name of a currency, and the place of its item. */
typedef struct CurrencyName
{
	const char *text;
	int length;
} CurrencyName;

typedef struct CurrencyPlace
{
	CurrencyName name;
	int place;
	uint32 hash;
	char status;
} CurrencyPlace;

#define SH_PREFIX currencies
#define SH_ELEMENT_TYPE CurrencyPlace
#define SH_KEY_TYPE CurrencyName
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).text, (key).length)
#define SH_EQUAL(table, a, b) \
	((a).length == (b).length && memcmp((a).text, (b).text, (a).length) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A value of one currency. */
Totals *
totals_of_item(const TotalsItem *item)
{
	TotalsMap *map = map_create();

	*map_find_or_add(map, item->name, item->entry.name_length) = *item;
	return map_pack(map);
}

/* A value as stored or passed, with an ordinary header and aligned. */
Totals *
totals_from_datum(Datum datum, bool copy)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	TotalsItem item;
	Totals *totals;

	if (item_unpack(value, &item))
		return totals_of_item(&item);
	datum = PointerGetDatum(value);
	totals = copy ? (Totals *) PG_DETOAST_DATUM_COPY(datum) : (Totals *) PG_DETOAST_DATUM(datum);
	if (totals->version != TOTALS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), err_code("unknown_totals_version"),
				 errmsg("totals has the unknown version %d", totals->version),
				 errdetail("This library reads versions %d and %d.", TOTALS_VERSION, TOTALS_PACKED),
				 errhint("It was written by a later version of opportunities; install that "
						 "version.")));
	return totals;
}

/* Currencies are ordered by their bytes. */
int
compare_currencies(const char *a, int a_length, const char *b, int b_length)
{
	int order = memcmp(a, b, Min(a_length, b_length));

	return order != 0 ? order : a_length - b_length;
}

/* The place of a currency in a stored value, or -1. A NULL name is the unnamed currency. */
int
totals_find(const Totals *totals, const char *name, int length)
{
	int low = 1;
	int high = totals->length - 1;

	if (name == NULL)
		return 0;
	while (low <= high)
	{
		int middle = (low + high) / 2;
		const TotalsEntry *entry = &totals->entry[middle];
		int order = compare_currencies(name, length, (const char *) totals + entry->offset,
									   entry->name_length);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return -1;
}

/* The zero element. */
TotalsMap *
map_create(void)
{
	TotalsMap *map = palloc(sizeof(TotalsMap));

	map->length = 1;
	map->capacity = 4;
	map->index = NULL;
	map->item = palloc0(map->capacity * sizeof(TotalsItem));
	return map;
}

/* Read an entry's extras. The numerics stay where they are, in the value. */
static TotalsExtras *
extras_unpack(const char *stored)
{
	const StoredExtras *from = (const StoredExtras *) stored;
	TotalsExtras *extras = palloc(sizeof(TotalsExtras));

	memcpy(extras->special, from->special, sizeof(extras->special));
	stored += MAXALIGN(sizeof(StoredExtras));
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		extras->wide[which] = from->wide_size[which] > 0 ? (Numeric) stored : NULL;
		stored += MAXALIGN(from->wide_size[which]);
	}
	return extras;
}

/* Unpack a value, which must outlive the map: names and large numerics stay in it. */
TotalsMap *
map_unpack(const Totals *totals)
{
	TotalsMap *map = palloc(sizeof(TotalsMap));

	map->length = totals->length;
	map->capacity = totals->length + 1;
	map->index = NULL;
	map->item = palloc0(map->capacity * sizeof(TotalsItem));
	for (int i = 0; i < map->length; i++)
	{
		TotalsItem *item = &map->item[i];
		const char *tail = (const char *) totals + totals->entry[i].offset;

		item->entry = totals->entry[i];
		item->name = i == 0 ? NULL : tail;
		if (item->entry.extras)
			item->extras = extras_unpack(tail + MAXALIGN(item->entry.name_length));
	}
	return map;
}

/* A map that can be changed while the one that it is of stays, whose names and numerics it shares.
 */
TotalsMap *
map_copy(const TotalsMap *map)
{
	TotalsMap *copy = palloc(sizeof(TotalsMap));
	Size size = map->length * sizeof(TotalsItem);

	*copy = *map;
	copy->capacity = map->length;
	copy->item = memcpy(MemoryContextAllocHuge(CurrentMemoryContext, size), map->item, size);
	for (int i = 0; i < map->length; i++)
	{
		TotalsExtras *extras = copy->item[i].extras;

		if (extras != NULL)
			copy->item[i].extras = memcpy(palloc(sizeof(*extras)), extras, sizeof(*extras));
	}
	return copy;
}

static int
compare_item_names(const void *a, const void *b)
{
	const TotalsItem *left = a;
	const TotalsItem *right = b;

	return compare_currencies(left->name, left->entry.name_length, right->name,
							  right->entry.name_length);
}

/* Drop the currencies that have become zero, and the traces of an unnamed one beside others. */
static void
map_settle(TotalsMap *map)
{
	int kept = 1;

	for (int i = 0; i < map->length; i++)
	{
		item_settle(&map->item[i]);
		if (i > 0 && !item_is_zero(&map->item[i]))
			map->item[kept++] = map->item[i];
	}
	map->length = kept;
	if (map->index != NULL)
		qsort(map->item + 1, kept - 1, sizeof(TotalsItem), compare_item_names);
	map->index = NULL;
	if (kept > 1 && item_is_zero(&map->item[0]))
		memset(&map->item[0], 0, sizeof(TotalsItem));
}

/* Unpack a value to look at it: no currency in it is zero, but for the unnamed one. */
TotalsMap *
map_read(Datum datum)
{
	TotalsMap *map = map_unpack(totals_from_datum(datum, false));

	map_settle(map);
	return map;
}

/* The place where a currency is or belongs. */
static int
map_place(const TotalsMap *map, const char *name, int length, bool *found)
{
	int low = 1;
	int high = map->length;

	*found = name == NULL;
	if (name == NULL)
		return 0;
	while (low < high)
	{
		int middle = (low + high) / 2;
		const TotalsItem *item = &map->item[middle];
		int order = compare_currencies(name, length, item->name, item->entry.name_length);

		if (order == 0)
		{
			*found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Note where a currency is. */
static void
index_item(TotalsMap *map, int place)
{
	const TotalsItem *item = &map->item[place];
	CurrencyName name = {item->name, item->entry.name_length};
	bool found;

	currencies_insert(map->index, name, &found)->place = place;
}

/* A currency's item, or NULL. */
TotalsItem *
map_find(const TotalsMap *map, const char *name, int length)
{
	CurrencyPlace *indexed;
	bool found;
	int place;

	if (map->index == NULL || name == NULL)
	{
		place = map_place(map, name, length, &found);
		return found ? &map->item[place] : NULL;
	}
	indexed = currencies_lookup(map->index, (CurrencyName){name, length});
	return indexed == NULL ? NULL : &map->item[indexed->place];
}

/* Make room for a currency where it belongs: its place. */
static int
insert_currency(TotalsMap *map, const char *name, int length)
{
	bool found;
	int place = map->length;

	if (map->length == map->capacity)
	{
		map->capacity *= 2;
		map->item = repalloc_huge(map->item, map->capacity * sizeof(TotalsItem));
	}
	if (map->index == NULL && map->length > MAX_SORTED)
	{
		map->index = currencies_create(GetMemoryChunkContext(map->item), 2 * MAX_SORTED, NULL);
		for (int i = 1; i < map->length; i++)
			index_item(map, i);
	}
	if (map->index == NULL)
		place = map_place(map, name, length, &found);
	memmove(&map->item[place + 1], &map->item[place], (map->length - place) * sizeof(TotalsItem));
	map->length++;
	return place;
}

/* A currency's item, made where it isn't there yet. The map keeps the name that it is given. */
TotalsItem *
map_find_or_add(TotalsMap *map, const char *name, int length)
{
	TotalsItem *item = map_find(map, name, length);
	int place;

	if (item != NULL)
		return item;
	if (length > PG_UINT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION), err_code("currency_too_long"),
				 err_field("currency"), errmsg("currency is too long"),
				 errdetail("It has %d bytes; the limit is %d.", length, PG_UINT16_MAX)));
	place = insert_currency(map, name, length);
	item = memset(&map->item[place], 0, sizeof(TotalsItem));
	item->name = name;
	item->entry.name_length = length;
	if (map->index != NULL)
		index_item(map, place);
	return item;
}

/* The same with a copy of a name that isn't there yet, which lasts as the context does. */
TotalsItem *
map_find_or_copy(TotalsMap *map, MemoryContext context, const char *name, int length)
{
	TotalsItem *item = map_find(map, name, length);

	if (item != NULL)
		return item;
	Assert(name != NULL); /* every map has the unnamed one */
	name = memcpy(MemoryContextAlloc(context, Max(length, 1)), name, length);
	return map_find_or_add(map, name, length);
}

/* Take a named currency out. */
void
map_remove(TotalsMap *map, TotalsItem *item)
{
	TotalsItem *last = &map->item[--map->length];

	if (map->index == NULL)
	{
		memmove(item, item + 1, (last - item) * sizeof(TotalsItem));
		return;
	}
	currencies_delete(map->index, (CurrencyName){item->name, item->entry.name_length});
	if (item == last)
		return;
	*item = *last;
	index_item(map, item - map->item);
}

/* The bytes that an item takes beside its entry. */
static Size
tail_size(const TotalsItem *item)
{
	Size size = MAXALIGN(item->entry.name_length);

	if (item->extras != NULL)
	{
		size += MAXALIGN(sizeof(StoredExtras));
		for (int which = 0; which < TOTALS_SUMS; which++)
			if (item->extras->wide[which] != NULL)
				size += MAXALIGN(VARSIZE(item->extras->wide[which]));
	}
	return size;
}

/* Write an entry's extras. */
static void
extras_pack(const TotalsExtras *extras, char *stored)
{
	StoredExtras *to = (StoredExtras *) stored;

	memcpy(to->special, extras->special, sizeof(to->special));
	stored += MAXALIGN(sizeof(StoredExtras));
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		Numeric wide = extras->wide[which];

		to->wide_size[which] = wide != NULL ? VARSIZE(wide) : 0;
		if (wide != NULL)
			memcpy(stored, wide, VARSIZE(wide));
		stored += MAXALIGN(to->wide_size[which]);
	}
}

/* The stored form of a map. */
Totals *
map_pack(TotalsMap *map)
{
	Size head = offsetof(Totals, entry);
	Size size;
	Totals *totals;

	map_settle(map);
	head += map->length * sizeof(TotalsEntry);
	size = head;
	for (int i = 0; i < map->length; i++)
		size += tail_size(&map->item[i]);
	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), err_code("totals_too_large"),
						errmsg("totals would take more than %d bytes", (int) MaxAllocSize)));

	totals = palloc0(size);
	SET_VARSIZE(totals, size);
	totals->version = TOTALS_VERSION;
	totals->length = map->length;
	for (int i = 0; i < map->length; i++)
	{
		const TotalsItem *item = &map->item[i];
		TotalsEntry *entry = &totals->entry[i];

		*entry = item->entry;
		entry->offset = head;
		entry->extras = item->extras != NULL;
		if (item->name != NULL)
			memcpy((char *) totals + head, item->name, entry->name_length);
		if (entry->extras)
			extras_pack(item->extras, (char *) totals + head + MAXALIGN(entry->name_length));
		head += tail_size(item);
	}
	return totals;
}

/* Add an entry where it stands; false, and nothing done, where that isn't all it takes. */
static bool
add_in_place(Totals *totals, const Totals *other, int which, int sign)
{
	const TotalsEntry *from = &other->entry[which];
	bool named = totals->length > 1 || other->length > 1;
	int place = totals_find(totals, which == 0 ? NULL : (const char *) other + from->offset,
							from->name_length);
	TotalsEntry entry;

	if (place < 0 || from->extras || totals->entry[place].extras)
		return false;
	if (named && entry_is_zero(from))
		return true;
	entry = totals->entry[place];
	if (entry_add(&entry, from, sign) != 0 || (named && entry_is_zero(&entry)))
		return false;
	totals->entry[place] = entry;
	return true;
}

/* Add or subtract a value. The first is changed in place where it has the room, else copied. */
Totals *
totals_add(Totals *totals, const Totals *other, int sign)
{
	TotalsMap *map;
	TotalsMap *rest;
	int done = 0;

	while (done < other->length && add_in_place(totals, other, done, sign))
		done++;
	if (done == other->length)
		return totals;

	map = map_unpack(totals);
	rest = map_unpack(other);
	for (; done < rest->length; done++)
	{
		const TotalsItem *item = &rest->item[done];

		CHECK_FOR_INTERRUPTS();
		item_add(map_find_or_add(map, item->name, item->entry.name_length), item, sign);
	}
	return map_pack(map);
}
