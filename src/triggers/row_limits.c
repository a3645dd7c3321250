/* The limits of values. */
#include "postgres.h"

#include "triggers/row_limits.h"

#include "access/detoast.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "totals/numeric128.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/*
 * What the columns that create_crm makes hold at most, so that each row can be totalled, listed,
 * reported, indexed and logged. Columns that are added to the tables are not among them.
 */

#define FIRST_DAY (date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE)
#define DAY_AFTER_LAST (date2j(MAX_YEAR + 1, 1, 1) - POSTGRES_EPOCH_JDATE)

/*
 * By name, in order, in whatever table: bytes of a text, elements of an array, bytes of JSON,
 * digits of a number before its point and after it, the last year of a date.
 */
static const struct ColumnLimit
{
	const char *column;
	int limit;
} limits[] = {
	{"account_name", MAX_NAME_BYTES},
	{"amount", MAX_DIGITS},
	{"assignee", MAX_NAME_BYTES},
	{"body", MAX_TEXT_BYTES},
	{"buying_process", MAX_NAME_BYTES},
	{"calendar", MAX_NAME_BYTES},
	{"campaign", MAX_NAME_BYTES},
	{"category", MAX_NAME_BYTES},
	{"close_reason", MAX_LINE_BYTES},
	{"closed_at", MAX_YEAR},
	{"closed_on", MAX_YEAR},
	{"code", MAX_CURRENCY_BYTES},
	{"columns", MAX_DEFINITION_BYTES},
	{"competitors", MAX_ELEMENTS},
	{"confirmed_at", MAX_YEAR},
	{"confirmed_by", MAX_NAME_BYTES},
	{"created_at", MAX_YEAR},
	{"created_by", MAX_NAME_BYTES},
	{"currency", MAX_CURRENCY_BYTES},
	{"custom", MAX_JSON_BYTES},
	{"data", MAX_JSON_BYTES},
	{"definition", MAX_DEFINITION_BYTES},
	{"description", MAX_TEXT_BYTES},
	{"discount_amount", MAX_DIGITS},
	{"discount_percent", MAX_DIGITS},
	{"document_discount", MAX_DIGITS},
	{"done_at", MAX_YEAR},
	{"due_on", MAX_YEAR},
	{"email", MAX_LINE_BYTES},
	{"expected_close", MAX_YEAR},
	{"field", lengthof("custom.") - 1 + MAX_NAME_BYTES},
	{"filter", MAX_NAME_BYTES},
	{"first_day", MAX_YEAR},
	{"from_currency", MAX_CURRENCY_BYTES},
	{"issued_on", MAX_YEAR},
	{"kind", MAX_NAME_BYTES},
	{"label", MAX_LINE_BYTES},
	{"lane_by", MAX_LINE_BYTES},
	{"language", MAX_NAME_BYTES},
	{"last_activity_at", MAX_YEAR},
	{"last_day", MAX_YEAR},
	{"login", MAX_NAME_BYTES},
	{"manager", MAX_NAME_BYTES},
	{"method", MAX_NAME_BYTES},
	{"name", MAX_NAME_BYTES},
	{"net", MAX_DIGITS},
	{"note", MAX_TEXT_BYTES},
	{"owner", MAX_NAME_BYTES},
	{"paid_on", MAX_YEAR},
	{"quantity", MAX_DIGITS},
	{"rate", MAX_DIGITS},
	{"realized_amount", MAX_DIGITS},
	{"reference", MAX_LINE_BYTES},
	{"role", MAX_NAME_BYTES},
	{"sort", MAX_ELEMENTS},
	{"source", MAX_NAME_BYTES},
	{"stage_entered_at", MAX_YEAR},
	{"stage_entered_by", MAX_NAME_BYTES},
	{"subject", MAX_LINE_BYTES},
	{"tags", MAX_ELEMENTS},
	{"tax", MAX_DIGITS},
	{"tax_percent", MAX_DIGITS},
	{"team", MAX_NAME_BYTES},
	{"tenant_id", MAX_NAME_BYTES},
	{"title", MAX_LINE_BYTES},
	{"to_currency", MAX_CURRENCY_BYTES},
	{"total", MAX_DIGITS},
	{"type", MAX_NAME_BYTES},
	{"unit_price", MAX_DIGITS},
	{"updated_at", MAX_YEAR},
	{"updated_by", MAX_NAME_BYTES},
	{"valid_from", MAX_YEAR},
	{"valid_until", MAX_YEAR},
	{"value", MAX_NAME_BYTES},
	{"voided_at", MAX_YEAR},
	{"voided_by", MAX_NAME_BYTES},
};

static int
compare_column_limits(const void *a, const void *b)
{
	return strcmp(((const struct ColumnLimit *) a)->column,
				  ((const struct ColumnLimit *) b)->column);
}

/* The limit of a column; 0: it has none. */
static int
limit_of(const char *column)
{
	struct ColumnLimit key = {column};
	const struct ColumnLimit *limit =
		bsearch(&key, limits, lengthof(limits), sizeof(struct ColumnLimit), compare_column_limits);

	return limit == NULL ? 0 : limit->limit;
}

/* A value that is stored out of line isn't fetched to tell its size. */
static Size
size_of(Datum value)
{
	return toast_raw_datum_size(value) - VARHDRSZ;
}

/* A text or JSON; the least is least, whatever the column is called. */
static char *
size_past_limit(const char *column, Datum value, int least)
{
	Size size = size_of(value);
	int limit;

	if (size <= least)
		return NULL;
	limit = limit_of(column);
	if (limit == 0 || size <= limit)
		return NULL;
	return psprintf("has more than %d bytes", limit);
}

static char *
array_past_limit(const char *column, Datum value)
{
	Size size = size_of(value);
	int limit;
	ArrayType *array;

	if (size <= MAX_ELEMENTS)
		return NULL;
	limit = limit_of(column);
	if (limit == 0)
		return NULL;
	if (size > MAX_JSON_BYTES)
		return psprintf("has more than %d bytes", MAX_JSON_BYTES);
	array = DatumGetArrayTypeP(value);
	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) <= limit)
		return NULL;
	return psprintf("has more than %d elements", limit);
}

static char *
number_past_limit(const char *column, Datum value)
{
	int decimals;
	int whole;

	/* what isn't finite is left to the constraints of the columns */
	if (!numeric_extent(value, &whole, &decimals) ||
		(whole <= MAX_DIGITS && decimals <= MAX_DIGITS) || limit_of(column) == 0)
		return NULL;
	return psprintf("has more than %d digits before or after the point", MAX_DIGITS);
}

static char *
date_past_limit(const char *column, bool within)
{
	if (within || limit_of(column) == 0)
		return NULL;
	return psprintf("is not within the years 1 to %d", MAX_YEAR);
}

/* What a value is past, as "has more than 500 bytes"; NULL: it is within the column's limit.
 */
char *
past_limit(Form_pg_attribute column, Datum value)
{
	const char *name = NameStr(column->attname);
	TimestampTz moment;
	DateADT day;

	switch (column->atttypid)
	{
		case TEXTOID:
			return size_past_limit(name, value, MAX_CURRENCY_BYTES);
		case TEXTARRAYOID:
			return array_past_limit(name, value);
		case JSONBOID:
			return size_past_limit(name, value, MAX_JSON_BYTES);
		case NUMERICOID:
			return number_past_limit(name, value);
		case DATEOID:
			day = DatumGetDateADT(value);
			return date_past_limit(name, day >= FIRST_DAY && day < DAY_AFTER_LAST);
		case TIMESTAMPTZOID:
			moment = DatumGetTimestampTz(value);
			return date_past_limit(name, moment >= FIRST_DAY * USECS_PER_DAY &&
											 moment < DAY_AFTER_LAST * USECS_PER_DAY);
		default:
			return NULL;
	}
}

/* Refuse a value that is past its column's limit. */
void
check_value_limit(const Row *row, int index)
{
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(row->rel), index);
	char *problem = past_limit(column, row->values[index]);

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("\"%s\" of table \"%s\" is past its limit", NameStr(column->attname),
							   RelationGetRelationName(row->rel)),
						errdetail("It %s.", problem), errtable(row->rel),
						err_code("value_too_large"), err_field(NameStr(column->attname))));
}

/* The same for all that a write brings; what a row has already it keeps. */
void
check_row_limits(const Row *row)
{
	TupleDesc desc = RelationGetDescr(row->rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped || row->nulls[i] || column->attgenerated ||
			past_limit(column, row->values[i]) == NULL)
			continue;
		if (row->is_insert || row_differs(row, i))
			check_value_limit(row, i);
	}
}
