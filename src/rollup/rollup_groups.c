/* Sums of rows, group by group, as a rollup keeps them. */
#include "postgres.h"

#include "rollup/rollup_groups.h"

#include "base/limits.h"
#include "common/hashfn.h"
#include "totals/totals_row.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* What groups that are held at a time take at most. */
#define MAX_GROUP_BYTES (128 * 1024 * 1024)

/* The hash of a group. */
static uint32
hash_group_key(const RollupGroups *groups, const RollupKey *key)
{
	uint32 hash = murmurhash32((uint32) key->scales ^ (uint32) (key->scales >> 32));

	for (int i = 0; i < groups->count; i++)
	{
		const RollupColumn *column = &groups->columns[i];
		Datum value = key->values[i];

		if (key->nulls[i])
			hash = hash_combine(hash, 0);
		else if (column->by_value)
			hash =
				hash_combine(hash, murmurhash32((uint32) value ^ (uint32) ((uint64) value >> 32)));
		else
			hash = hash_combine(hash, datum_image_hash(value, false, column->length));
	}
	if (key->currency != NULL)
		hash = hash_combine(
			hash, hash_bytes((const unsigned char *) key->currency, key->currency_length));
	return hash;
}

/* Whether two groups are one. */
static bool
same_key(const RollupGroups *groups, const RollupKey *a, const RollupKey *b)
{
	if (a->scales != b->scales || (a->currency == NULL) != (b->currency == NULL) ||
		a->currency_length != b->currency_length ||
		(a->currency != NULL && memcmp(a->currency, b->currency, a->currency_length) != 0))
		return false;
	for (int i = 0; i < groups->count; i++)
	{
		const RollupColumn *column = &groups->columns[i];

		if (a->nulls[i] != b->nulls[i])
			return false;
		if (a->nulls[i] || (column->by_value && a->values[i] == b->values[i]))
			continue;
		if (column->by_value || !datum_image_eq(a->values[i], b->values[i], false, column->length))
			return false;
	}
	return true;
}

#define SH_PREFIX grouptable
#define SH_ELEMENT_TYPE RollupGroup
#define SH_KEY_TYPE RollupKey
#define SH_KEY key
#define SH_HASH_KEY(table, k) hash_group_key((table)->private_data, &(k))
#define SH_EQUAL(table, a, b) same_key((table)->private_data, &(a), &(b))
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* No groups, in a context of their own. */
RollupGroups *
groups_make(const RollupShape *shape, MemoryContext parent)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "opportunities: sums of a rollup", ALLOCSET_DEFAULT_SIZES);
	RollupGroups *groups = MemoryContextAllocZero(context, sizeof(RollupGroups));

	groups->context = context;
	groups->count = shape->count;
	groups->totals = shape->totals;
	groups->columns = MemoryContextAlloc(context, sizeof(RollupColumn) * Max(shape->count, 1));
	memcpy(groups->columns, shape->columns, sizeof(RollupColumn) * shape->count);
	if (shape->places != NULL)
	{
		groups->places = MemoryContextAlloc(context, sizeof(AttrNumber) * Max(shape->count, 1));
		memcpy(groups->places, shape->places, sizeof(AttrNumber) * shape->count);
	}
	groups->hash = grouptable_create(context, 2, groups);
	return groups;
}

/* Keep what a key consists of as long as the groups. */
static void
copy_key(const RollupGroups *groups, RollupKey *key)
{
	MemoryContext caller = MemoryContextSwitchTo(groups->context);
	Datum *values = palloc(sizeof(Datum) * Max(groups->count, 1));
	bool *nulls = palloc(sizeof(bool) * Max(groups->count, 1));

	for (int i = 0; i < groups->count; i++)
	{
		nulls[i] = key->nulls[i];
		if (nulls[i])
			values[i] = (Datum) 0;
		else if (groups->columns[i].length == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(key->values[i]));
		else
			values[i] =
				datumCopy(key->values[i], groups->columns[i].by_value, groups->columns[i].length);
	}
	key->values = values;
	key->nulls = nulls;
	if (key->currency != NULL)
		key->currency =
			memcpy(palloc(Max(key->currency_length, 1)), key->currency, key->currency_length);
	MemoryContextSwitchTo(caller);
}

/* The group of a key, made where there is none; NULL: it is of another part. */
static RollupGroup *
find_group(RollupGroups *groups, const RollupKey *key)
{
	uint32 hash = hash_group_key(groups, key);
	RollupGroup *group;
	bool found;

	if ((hash & groups->mask) != groups->part)
		return NULL;
	group = grouptable_insert_hash(groups->hash, *key, hash, &found);
	if (found)
		return group;
	copy_key(groups, &group->key);
	memset(&group->item, 0, sizeof(TotalsItem));
	group->item.name = group->key.currency;
	group->item.entry.name_length = group->key.currency_length;
	group->rows = 0;
	return group;
}

/* Add to a group, or with a sign of -1 take out again. */
void
groups_add(RollupGroups *groups, const RollupKey *key, const TotalsItem *item, int sign)
{
	RollupGroup *group = find_group(groups, key);

	if (group != NULL)
		item_add_kept(&group->item, item, sign, groups->context);
}

/* A number of a row. */
static NullableDatum
read_row_number(const RollupMeasure *measure, TupleTableSlot *row)
{
	NullableDatum value = {.isnull = true};

	if (measure->number == InvalidAttrNumber)
		return value;
	value.value = slot_getattr(row, measure->number, &value.isnull);
	if (!value.isnull && measure->path == COERCION_PATH_FUNC)
		value.value = FunctionCall1((FmgrInfo *) &measure->cast, value.value);
	return value;
}

/* The currency of a row. */
static void
read_currency_name(RollupKey *key, const RollupMeasure *measure, TupleTableSlot *row)
{
	bool null = true;
	Datum value = measure->number == InvalidAttrNumber ? (Datum) 0
													   : slot_getattr(row, measure->number, &null);
	text *name;

	if (null)
		return;
	if (measure->path == COERCION_PATH_COERCEVIAIO)
	{
		key->currency = OutputFunctionCall((FmgrInfo *) &measure->cast, value);
		key->currency_length = strlen(key->currency);
		return;
	}
	if (measure->path == COERCION_PATH_FUNC)
		value = FunctionCall1Coll((FmgrInfo *) &measure->cast, InvalidOid, value);
	name = (text *) PG_DETOAST_DATUM_PACKED(value);
	key->currency = VARDATA_ANY(name);
	key->currency_length = VARSIZE_ANY_EXHDR(name);
}

/* A row of the relation: its group, and what it adds there. */
typedef struct NotedRow
{
	Datum values[MAX_DIMENSIONS];
	bool nulls[MAX_DIMENSIONS];
	RollupKey key;
	TotalsItem item;
} NotedRow;

/* Read such a row. */
static void
read_noted_row(NotedRow *noted, const RollupShape *shape, TupleTableSlot *row)
{
	TotalsRow numbers = {.amount = read_row_number(&shape->measures[ROLLUP_AMOUNT], row),
						 .probability = read_row_number(&shape->measures[ROLLUP_PROBABILITY], row),
						 .realized = read_row_number(&shape->measures[ROLLUP_REALIZED], row)};
	int missed;

	noted->key = (RollupKey){.values = noted->values, .nulls = noted->nulls};
	noted->item = (TotalsItem){0};
	missed = entry_add_row(&noted->item.entry, numbers, 1);
	if (missed != 0)
		item_add_missed(&noted->item, numbers, missed, 1);
	for (int i = 0; i < shape->count; i++)
		noted->values[i] = slot_getattr(row, shape->columns[i].number, &noted->nulls[i]);
	read_currency_name(&noted->key, &shape->measures[ROLLUP_CURRENCY], row);
	noted->key.scales = entry_scales(&noted->item.entry);
}

/* Take out what a row of the relation was, and add what it is; NULL: it wasn't, or is no more. */
void
groups_change_row(RollupGroups *groups, const RollupShape *shape, TupleTableSlot *before,
				  TupleTableSlot *after)
{
	NotedRow old;
	NotedRow new_row;

	if (before != NULL)
		read_noted_row(&old, shape, before);
	if (after != NULL)
		read_noted_row(&new_row, shape, after);
	if (before != NULL && after != NULL && same_key(groups, &old.key, &new_row.key))
	{
		item_add(&new_row.item, &old.item, -1);
		groups_add(groups, &new_row.key, &new_row.item, 1);
		return;
	}
	if (before != NULL)
		groups_add(groups, &old.key, &old.item, -1);
	if (after != NULL)
		groups_add(groups, &new_row.key, &new_row.item, 1);
}

/* A row of the rollup's own tables: the sums of a group for each currency that it holds, mostly
 * one. */
typedef struct TotalsRowReader
{
	Datum values[MAX_DIMENSIONS];
	bool nulls[MAX_DIMENSIONS];
	RollupKey key; /* of the last one that was read */
	TotalsItem single;
	const TotalsItem *next;
	int left;
} TotalsRowReader;

/* Begin to read such a row; one of the deltas may have more columns than the rollup. */
static void
open_totals_row(TotalsRowReader *reader, const RollupGroups *groups, TupleTableSlot *row)
{
	int last = row->tts_tupleDescriptor->natts - 1;

	slot_getallattrs(row);
	reader->key = (RollupKey){.values = row->tts_values, .nulls = row->tts_isnull};
	if (last > groups->count)
	{
		for (int i = 0; i < groups->count; i++)
		{
			reader->values[i] = row->tts_values[groups->places[i] - 1];
			reader->nulls[i] = row->tts_isnull[groups->places[i] - 1];
		}
		reader->key = (RollupKey){.values = reader->values, .nulls = reader->nulls};
	}
	reader->next = totals_items(row->tts_values[last], &reader->single, &reader->left);
}

/* The sums of the next group, whose key is in the reader; NULL: there is none. */
static const TotalsItem *
next_totals(TotalsRowReader *reader)
{
	while (reader->left-- > 0)
	{
		const TotalsItem *item = reader->next++;

		reader->key.scales = entry_scales(&item->entry);
		reader->key.currency = item->name;
		reader->key.currency_length = item->entry.name_length;
		if (item->name != NULL || !item_is_zero(item))
			return item;
	}
	return NULL;
}

/* Add a row of the rollup's own tables, or take it out again. */
void
groups_add_totals(RollupGroups *groups, TupleTableSlot *row, int sign)
{
	TotalsRowReader reader;
	const TotalsItem *item;

	open_totals_row(&reader, groups, row);
	while ((item = next_totals(&reader)) != NULL)
		groups_add(groups, &reader.key, item, sign);
}

/* Whether all groups of such a row are there. */
bool
groups_has_totals(const RollupGroups *groups, TupleTableSlot *row)
{
	TotalsRowReader reader;

	open_totals_row(&reader, groups, row);
	while (next_totals(&reader) != NULL)
		if (grouptable_lookup(groups->hash, reader.key) == NULL)
			return false;
	return true;
}

/* Count a row of a group: how many there are now. */
int
groups_count(RollupGroups *groups, const RollupKey *key)
{
	RollupGroup *group = find_group(groups, key);

	Assert(group != NULL); /* what is counted is in one part */
	return ++group->rows;
}

/* Count a row of the rollup's own tables. */
void
groups_count_row(RollupGroups *groups, TupleTableSlot *row)
{
	TotalsRowReader reader;

	open_totals_row(&reader, groups, row);
	while (next_totals(&reader) != NULL)
		(void) groups_count(groups, &reader.key);
}

/* Forget the groups of which a single row was counted. */
void
groups_keep_repeated(RollupGroups *groups)
{
	grouptable_hash *all = groups->hash;

	groups->hash = grouptable_create(groups->context, 4, groups);
	for (uint32 i = 0; i < all->size; i++)
	{
		bool found;

		if (all->data[i].status == grouptable_SH_IN_USE && all->data[i].rows > 1)
			grouptable_insert(groups->hash, all->data[i].key, &found)->item = all->data[i].item;
	}
	grouptable_destroy(all);
}

/* How many groups there are. */
int
groups_length(const RollupGroups *groups)
{
	return groups->hash->members;
}

/* Whether there are so many groups, or few that are as large, as those of long texts. */
bool
groups_are_many(const RollupGroups *groups, int most)
{
	return groups_length(groups) >= most ||
		   (groups_length(groups) > 1 &&
			MemoryContextMemAllocated(groups->context, false) >= MAX_GROUP_BYTES);
}

/* The next group that isn't zero, from a place of 0 on; NULL: there is none. */
RollupGroup *
groups_next(RollupGroups *groups, int *place)
{
	while (*place < groups->hash->size)
	{
		RollupGroup *group = &groups->hash->data[(*place)++];

		if (group->status != grouptable_SH_IN_USE)
			continue;
		item_settle(&group->item);
		if (!item_is_zero(&group->item))
			return group;
	}
	return NULL;
}
