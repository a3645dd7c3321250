#include "postgres.h"

#include "query/page.h"

#include "base/json.h"
#include "fields/statement.h"
#include "query/shown.h"
#include "tcop/dest.h"
#include "utils/datum.h"

/* The keys of a row. */
typedef struct Keys
{
	Datum *values;
	bool *nulls;
} Keys;

/* What makes JSON of the rows of a page as they come. */
typedef struct PageReceiver
{
	DestReceiver pub;
	MemoryContext context;
	const Shown *shown;
	int size;			 /* how many rows the page has; those beyond are only counted */
	int count;			 /* how many have come */
	JsonbValue *objects; /* one for each, in the direction of the page */
	Keys first;
	Keys last;
} PageReceiver;

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
copy_keys(Keys *keys, const PageReceiver *receiver, const TupleTableSlot *slot)
{
	int first = list_length(receiver->shown->fields);

	for (int i = 0; i < list_length(receiver->shown->keys); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, first + i);

		keys->nulls[i] = slot->tts_isnull[first + i];
		if (!keys->nulls[i])
			keys->values[i] =
				datumCopy(slot->tts_values[first + i], attribute->attbyval, attribute->attlen);
	}
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	PageReceiver *receiver = (PageReceiver *) self;
	MemoryContext old;

	if (receiver->count++ >= receiver->size)
		return true;
	old = MemoryContextSwitchTo(receiver->context);
	slot_getallattrs(slot);
	set_row(&receiver->objects[receiver->count - 1], receiver->shown->fields, slot->tts_values,
			slot->tts_isnull);
	if (receiver->count == 1)
		copy_keys(&receiver->first, receiver, slot);
	copy_keys(&receiver->last, receiver, slot);
	MemoryContextSwitchTo(old);
	return true;
}

static void
end_rows(DestReceiver *self)
{
}

/* The keys of a row as a JSON array of their text forms. */
static Jsonb *
row_position(const Keys *row, List *keys)
{
	JsonbParseState *state = NULL;
	ListCell *cell;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, keys)
	{
		int i = foreach_current_index(cell);
		Field *field = ((SortKey *) lfirst(cell))->field;

		push_element(&state, row->nulls[i] ? NULL : value_text(field, row->values[i]));
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

static Keys
make_keys(int count)
{
	return (Keys){palloc(sizeof(Datum) * count), palloc(sizeof(bool) * count)};
}

/* Read a page, and make an array of what is shown of its rows. Needs a connection to SPI. */
void
read_page(PageRows *result, const Selection *selection, const Shown *shown, const PageSpec *page)
{
	Params *params = selection->from->params;
	Planning planning = params->count > 0 ? EACH_TIME : ONCE;
	int keys = list_length(page->keys);
	char *sql;
	PageSpec and_one_more = *page;
	PageReceiver receiver = {.pub = {receive_row, start_rows, end_rows, end_rows, DestNone},
							 .context = CurrentMemoryContext,
							 .shown = shown,
							 .size = page->size,
							 .objects = palloc(sizeof(JsonbValue) * page->size),
							 .first = make_keys(keys),
							 .last = make_keys(keys)};

	and_one_more.size++;
	sql = page_query(selection, shown, &and_one_more);
	if (selection->fixed)
		run_kept_query(sql, params, planning, &receiver.pub);
	else
		run_params_query(sql, params, &receiver.pub);
	result->more = receiver.count > page->size;
	result->count = Min(receiver.count, page->size);
	if (page->backward)
	{
		for (int i = 0; i < result->count / 2; i++)
		{
			JsonbValue other = receiver.objects[result->count - 1 - i];

			receiver.objects[result->count - 1 - i] = receiver.objects[i];
			receiver.objects[i] = other;
		}
	}
	result->rows = (JsonbValue){.type = jbvArray,
								.val.array = {.nElems = result->count, .elems = receiver.objects}};
	result->first = result->last = NULL;
	if (result->count == 0)
		return;
	result->first = row_position(page->backward ? &receiver.last : &receiver.first, page->keys);
	result->last = row_position(page->backward ? &receiver.first : &receiver.last, page->keys);
}
