/* Pages as they are filled with rows. */
#include "postgres.h"

#include "query/page.h"

#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "query/cursor_value.h"
#include "query/projection.h"
#include "tcop/dest.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* The receiver that makes JSON of the rows of pages. */
typedef struct PageReceiver
{
	DestReceiver pub;
	MemoryContext context;
	Size start; /* of the context, before the first row */
	Size room;	/* for all rows */
	List *fields;
	FindPage find;
	void *pages;
} PageReceiver;

static Keys
make_keys(int count)
{
	return (Keys){palloc(sizeof(Datum) * count), palloc(sizeof(bool) * count)};
}

/* Make an empty page. */
RowPage *
make_page(List *keys, int first_key, int size)
{
	RowPage *page = palloc(sizeof(RowPage));

	*page = (RowPage){.size = size,
					  .keys = keys,
					  .first_key = first_key,
					  .objects = palloc(sizeof(JsonbValue) * Max(size, 1)),
					  .first = make_keys(list_length(keys)),
					  .last = make_keys(list_length(keys))};
	return page;
}

static void
copy_keys(Keys *keys, const RowPage *page, const TupleTableSlot *slot)
{
	for (int i = 0; i < list_length(page->keys); i++)
	{
		int column = page->first_key + i;
		Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, column);

		keys->nulls[i] = slot->tts_isnull[column];
		if (!keys->nulls[i])
			keys->values[i] =
				datumCopy(slot->tts_values[column], attribute->attbyval, attribute->attlen);
	}
}

/* Whether the rows take as much memory as they may. */
static bool
is_full(PageReceiver *receiver)
{
	Size size = MemoryContextMemAllocated(receiver->context, false);

	if (receiver->start == 0)
		receiver->start = size;
	return size > receiver->start + receiver->room;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	PageReceiver *receiver = (PageReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	RowPage *page;

	slot_getallattrs(slot);
	page = receiver->find(receiver->pages, slot);
	if (page->count < page->size && is_full(receiver))
		page->size = page->count;
	if (page->count < page->size)
	{
		set_row(&page->objects[page->count], receiver->fields, slot->tts_values, slot->tts_isnull);
		if (page->count == 0)
			copy_keys(&page->first, page, slot);
		copy_keys(&page->last, page, slot);
	}
	page->count++;
	MemoryContextSwitchTo(old);
	return true;
}

/* Run a query whose first columns are fields, and put its rows into pages, as far as there is room.
 */
void
fill_pages(const char *sql, const Selection *selection, PlanTiming timing, List *fields,
		   FindPage find, void *pages, Size room)
{
	PageReceiver receiver = {.pub = row_receiver(receive_row),
							 .context = CurrentMemoryContext,
							 .room = room,
							 .fields = fields,
							 .find = find,
							 .pages = pages};

	(void) run_selection(sql, selection, timing, &receiver.pub);
	MemoryContextSwitchTo(receiver.context); /* SPI leaves its own */
}

/* The keys of a row as a JSON array of their text forms. */
static Jsonb *
row_position(const Keys *row, List *keys)
{
	JsonbInState state = {0};
	ListCell *cell;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, keys)
	{
		int i = foreach_current_index(cell);
		Field *field = ((SortKey *) lfirst(cell))->field;

		push_cursor_value(&state, NULL, row->nulls[i] ? NULL : value_text(field, row->values[i]));
	}
	return finish_json(&state, WJB_END_ARRAY);
}

static void
reverse(JsonbValue *objects, int count)
{
	for (int i = 0; i < count / 2; i++)
	{
		JsonbValue other = objects[count - 1 - i];

		objects[count - 1 - i] = objects[i];
		objects[i] = other;
	}
}

/* The rows of a page that has been filled from its start, or backward. */
PageRows
page_rows(RowPage *page, bool backward)
{
	PageRows result = {.count = Min(page->count, page->size), .more = page->count > page->size};

	if (backward)
		reverse(page->objects, result.count);
	result.rows = (JsonbValue){.type = jbvArray, .val.array = {result.count, page->objects, false}};
	if (result.count > 0)
	{
		result.first = row_position(backward ? &page->last : &page->first, page->keys);
		result.last = row_position(backward ? &page->first : &page->last, page->keys);
	}
	return result;
}

static RowPage *
only_page(void *page, TupleTableSlot *row)
{
	return page;
}

/* Read a page. Needs a connection to SPI. */
PageRows
read_page(const Selection *selection, const Projection *projection, const PageSpec *spec)
{
	RowPage *page = make_page(spec->keys, list_length(projection->fields), spec->size);
	PlanTiming timing = selection->from->params->count > 0 ? PLAN_EACH_TIME : PLAN_ONCE;
	PageSpec and_one_more = *spec;

	and_one_more.size++;
	fill_pages(page_query(selection, projection, &and_one_more), selection, timing,
			   projection->fields, only_page, page, MAX_PAGE_BYTES);
	return page_rows(page, spec->backward);
}

/* An argument that says how many rows to show, within its limits. */
int
page_size(FunctionCallInfo fcinfo, int argument, const char *name, int least, int otherwise)
{
	int size = PG_ARGISNULL(argument) ? otherwise : PG_GETARG_INT32(argument);

	if (size < least || size > MAX_PAGE_SIZE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s is %d, not within %d and %d", name, size, least, MAX_PAGE_SIZE),
						size < least ? errhint("Ask for %d or more.", least)
									 : errhint("Ask for fewer and follow the cursor."),
						err_code("size_out_of_range"), err_field(name)));
	return size;
}
