/* The triggers of a line of a document, and the sums of the document. */
#include "postgres.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/invoiced.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "settings/crm_version.h"
#include "triggers/derivation.h"
#include "triggers/line.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(document_line_trigger);
PG_FUNCTION_INFO_V1(keep_document_sums);

/* What a line of a document has besides: its key, the line that it is made from, and its text. */
enum
{
	LINE_ID = LINE_COLUMNS,
	LINE_SOURCE_ID,
	LINE_DESCRIPTION,
	LINE_DISCOUNT, /* its part of the discount on the whole; a CRM of 0.1.0 has none */
	DOCUMENT_LINE_COLUMNS
};

static const TriggerColumn columns[DOCUMENT_LINE_COLUMNS] = {
	LINE_TABLE("document_id"),
	[LINE_ID] = {"id", INT8OID},
	[LINE_SOURCE_ID] = {"source_line_id", INT8OID},
	[LINE_DESCRIPTION] = {"description", TEXTOID},
	[LINE_DISCOUNT] = {"document_discount", NUMERICOID, true, VERSION_0_2},
};

/* The lock keeps the document a draft until the end of the transaction. */
static const OwnerQuery lock_document = {
	.table = "document",
	.sql = "SELECT status, currency, source_document_id, kind, opportunity_id FROM %s "
		   "WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 5,
	.results = {{TEXTOID}, {TEXTOID, NULLABLE}, {INT8OID, NULLABLE}, {TEXTOID}, {INT8OID}},
};

/* Under it nobody else invoices a quote of the opportunity. */
static const OwnerQuery lock_opportunity_of_quote = {
	.table = "opportunity",
	.sql = "SELECT true FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1,
	.args = {INT8OID},
};

/* The columns of source_line. */
enum
{
	SOURCE_DOCUMENT,
	SOURCE_UNIT_PRICE,
	SOURCE_DISCOUNT_PERCENT,
	SOURCE_TAX_PERCENT,
	SOURCE_QUANTITY,
	SOURCE_NET,
	SOURCE_DISCOUNT,
	LEFT_QUANTITY,
	LEFT_NET,
	LEFT_TAX,
	OTHERS_DISCOUNT,
	OTHERS_AT_PRICE,
	SOURCE_COLUMNS
};

/*
 * A line that another is made from, its price, and what the others that are made from it leave of
 * it: confirmed returns, and invoices that aren't void. Whether those were at its price.
 */
#define SOURCE_LINE(discount_of_line, discount_of_other)                                          \
	{                                                                                             \
		.table = "document_line", .second = "document",                                           \
		.sql =                                                                                    \
			"SELECT l.document_id, l.unit_price, l.discount_percent, l.tax_percent, l.quantity, " \
			"l.net, " discount_of_line " AS discount, "                                           \
			"l.quantity OPERATOR(pg_catalog.-) COALESCE(pg_catalog.sum(r.quantity), 0) "          \
			"AS quantity, "                                                                       \
			"l.net OPERATOR(pg_catalog.-) COALESCE(pg_catalog.sum(r.net), 0) AS net, "            \
			"l.tax OPERATOR(pg_catalog.-) COALESCE(pg_catalog.sum(r.tax), 0) AS tax, "            \
			"COALESCE(pg_catalog.sum(" discount_of_other "), 0) AS discount, "                    \
			"COALESCE(pg_catalog.bool_and(r.unit_price OPERATOR(pg_catalog.=) l.unit_price "      \
			"AND r.discount_percent OPERATOR(pg_catalog.=) l.discount_percent "                   \
			"AND r.tax_percent OPERATOR(pg_catalog.=) l.tax_percent), true) "                     \
			"FROM (SELECT * FROM %1$s WHERE {=}id OPERATOR(pg_catalog.=) $1) AS l "               \
			"LEFT JOIN (%1$s AS r JOIN %2$s AS d ON {d=r}d.id OPERATOR(pg_catalog.=) "            \
			"r.document_id AND (d.status OPERATOR(pg_catalog.=) 'confirmed' OR (d.status "        \
			"OPERATOR(pg_catalog.=) 'draft' AND d.kind OPERATOR(pg_catalog.=) 'invoice'))) "      \
			"ON {r=l}r.source_line_id OPERATOR(pg_catalog.=) l.id "                               \
			"AND r.id OPERATOR(pg_catalog.<>) $2 "                                                \
			"GROUP BY l.document_id, l.unit_price, l.discount_percent, l.tax_percent, "           \
			"l.quantity, l.net, l.tax",                                                           \
		.latest = true, .nargs = 2, .args = {INT8OID, INT8OID}, .nresults = SOURCE_COLUMNS,       \
		.results = {{INT8OID},	  {NUMERICOID}, {NUMERICOID}, {NUMERICOID},                       \
					{NUMERICOID}, {NUMERICOID}, {NUMERICOID}, {NUMERICOID},                       \
					{NUMERICOID}, {NUMERICOID}, {NUMERICOID}, {BOOLOID}},                         \
	}

static const OwnerQuery source_line =
	SOURCE_LINE("pg_catalog.max(l.document_discount)", "r.document_discount");
static const OwnerQuery undiscounted_source_line = SOURCE_LINE("0.00", "0.00");

static const OwnerQuery name_of_product = {
	.table = "product",
	.sql = "SELECT name FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TEXTOID}},
};

/* NULLs for the sums: the trigger of the document fills them in. */
static Derivation document_sums = {
	.update =
		{
			.table = "document",
			.sql = "UPDATE %s AS d SET total = NULL "
				   "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS t (id, "
				   "tenant_id) "
				   "WHERE {d=t}d.id OPERATOR(pg_catalog.=) t.id "
				   "AND d.status OPERATOR(pg_catalog.=) 'draft'",
			.by_keys = true,
			.nargs = 2,
			.args = {INT8ARRAYOID, TEXTARRAYOID},
		},
};

/* The columns of a line's document. */
typedef struct Parent
{
	LineParent line;
	Datum source;
	bool has_source;
	bool is_invoice;
	Datum opportunity;
} Parent;

/* Lock the document of a line; false where it is gone, as it is while its lines go with it. */
static bool
lock_parent(const Row *line, Parent *parent)
{
	Datum id = value_of(line, LINE_PARENT);
	Datum values[5];
	bool nulls[5];
	const char *status;

	if (!owner_query(line->trigger, &lock_document, &id, values, nulls))
		return false;

	status = TextDatumGetCString(values[0]);
	if (strcmp(status, "draft") != 0)
	{
		refuse_hidden(line, LINE_PARENT, &document_disclosure, "document_missing");
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("document %lld is %s and its lines cannot be changed",
							   (long long) DatumGetInt64(id), status),
						errhint("%s", strcmp(status, "void") == 0
										  ? "Make another document."
										  : "Set its status to void, and make another document."),
						errtable(line->rel), err_code("document_final"), err_field("document_id")));
	}
	parent->line.currency = nulls[1] ? NULL : TextDatumGetCString(values[1]);
	parent->source = values[2];
	parent->has_source = !nulls[2];
	parent->is_invoice = strcmp(TextDatumGetCString(values[3]), "invoice") == 0;
	parent->opportunity = values[4];
	return true;
}

/* Whether a number is further from zero than another. */
static bool
exceeds(Datum a, Datum b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_gt, DirectFunctionCall1(numeric_abs, a),
											DirectFunctionCall1(numeric_abs, b)));
}

/* A line of an invoice holds no more of a line of the quote than the others leave of it. */
static void
check_quantity(const Row *line, const Datum *source)
{
	Datum quantity = value_of(line, LINE_QUANTITY);
	Datum zero = NumericGetDatum(int64_to_numeric(0));
	Datum product = DirectFunctionCall2(numeric_mul, quantity, source[SOURCE_QUANTITY]);

	if (exceeds(quantity, source[LEFT_QUANTITY]) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, product, zero)))
		refuse_invoiced_line(
			line->trigger, value_of(line, LINE_SOURCE_ID), source[SOURCE_QUANTITY],
			DirectFunctionCall2(
				numeric_add, quantity,
				DirectFunctionCall2(numeric_sub, source[SOURCE_QUANTITY], source[LEFT_QUANTITY])));
}

/* The part of a discount on the source document that goes with a line that is made from one. */
static Datum
part_of_discount(const Row *line, const Datum *source)
{
	Datum discount = source[SOURCE_DISCOUNT];
	Datum whole = DirectFunctionCall2(numeric_add, source[SOURCE_NET], discount);
	Datum zero = NumericGetDatum(int64_to_numeric(0));

	if (same_number(discount, zero) || same_number(whole, zero))
		return DirectFunctionCall2(numeric_mul, discount, zero);
	return DirectFunctionCall2(
		numeric_round,
		DirectFunctionCall2(numeric_div,
							DirectFunctionCall2(numeric_mul, value_of(line, LINE_NET), discount),
							whole),
		DirectFunctionCall1(numeric_scale, discount));
}

/* Set a value to what is left, where it is more, or the line is the last. */
static void
limit_to_rest(Row *line, int column, Datum rest, bool last)
{
	if (last || exceeds(value_of(line, column), rest))
		set_value(line, column, rest);
}

/*
 * A line that is made from one of the source document, with its part of the discount on that. At
 * its price it takes no more than is left of it, and all that is left with the last of the
 * quantity, however the parts were rounded: so they add up to it, as long as all are at its price.
 * More than is left is refused in an invoice, and in a return when it is confirmed; until then it
 * is worth what it says.
 */
static void
apply_source(Row *line, const Parent *parent)
{
	Datum args[2] = {value_of(line, LINE_SOURCE_ID), value_of(line, LINE_ID)};
	bool discounted = has_column(line, LINE_DISCOUNT);
	Datum source[SOURCE_COLUMNS];
	bool last;

	if (parent->is_invoice)
		(void) owner_query(line->trigger, &lock_opportunity_of_quote, &parent->opportunity, NULL,
						   NULL);
	if (!owner_query(line->trigger, discounted ? &source_line : &undiscounted_source_line, args,
					 source, NULL) ||
		!parent->has_source ||
		DatumGetInt64(source[SOURCE_DOCUMENT]) != DatumGetInt64(parent->source))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("line %lld is not one of the document that this one is made from",
							   (long long) DatumGetInt64(args[0])),
						errhint("Leave source_line_id out but in returns, and invoices of quotes."),
						errtable(line->rel), err_code("line_of_another_document"),
						err_field("source_line_id")));
	if (parent->is_invoice)
		check_quantity(line, source);
	if (discounted && !same_number(source[SOURCE_DISCOUNT], value_of(line, LINE_DISCOUNT)))
	{
		set_value(line, LINE_DISCOUNT, part_of_discount(line, source));
		take_discount(line, &parent->line, value_of(line, LINE_DISCOUNT));
	}

	if (!DatumGetBool(source[OTHERS_AT_PRICE]) ||
		exceeds(value_of(line, LINE_QUANTITY), source[LEFT_QUANTITY]) ||
		!same_number(value_of(line, LINE_UNIT_PRICE), source[SOURCE_UNIT_PRICE]) ||
		!same_number(value_of(line, LINE_DISCOUNT_PERCENT), source[SOURCE_DISCOUNT_PERCENT]) ||
		!same_number(value_of(line, LINE_TAX_PERCENT), source[SOURCE_TAX_PERCENT]))
		return;
	last = same_number(value_of(line, LINE_QUANTITY), source[LEFT_QUANTITY]);
	limit_to_rest(line, LINE_NET, source[LEFT_NET], last);
	limit_to_rest(line, LINE_TAX, source[LEFT_TAX], last);
	if (discounted)
		limit_to_rest(
			line, LINE_DISCOUNT,
			DirectFunctionCall2(numeric_sub, source[SOURCE_DISCOUNT], source[OTHERS_DISCOUNT]),
			last);
}

/*
 * What the line is about: the product's name as it is now, unless it is said, so that the document
 * goes on saying it. To who may not read the name it isn't told here either.
 */
static void
apply_description(Row *line)
{
	Datum product_id;
	Datum name;

	if (is_null(line, LINE_PRODUCT_ID) ||
		!(is_null(line, LINE_DESCRIPTION) ||
		  (!line->is_insert && differs(line, LINE_PRODUCT_ID) && !differs(line, LINE_DESCRIPTION))))
		return;
	product_id = value_of(line, LINE_PRODUCT_ID);
	if (may_tell(line->trigger, &product_name_disclosure, product_id) &&
		owner_query(line->trigger, &name_of_product, &product_id, &name, NULL))
		set_value(line, LINE_DESCRIPTION, name);
}

/* Whether it is the trigger of the document that writes the line's part of its discount. */
static bool
is_sharing(const Row *line)
{
	return InNoForceRLSOperation() && differs(line, LINE_DISCOUNT);
}

/* The part of the document's discount that the line has as yet, whatever is sent. */
static void
apply_discount(Row *line, const Parent *parent)
{
	Datum none = NumericGetDatum(int64_to_numeric(0));

	if (!has_column(line, LINE_DISCOUNT))
		return;
	if (line->is_insert || parent->has_source)
		set_value(line, LINE_DISCOUNT, none);
	else
		keep_value(line, LINE_DISCOUNT);
	if (!same_number(value_of(line, LINE_DISCOUNT), none))
		take_discount(line, &parent->line, value_of(line, LINE_DISCOUNT));
}

/* document_line_trigger() -> trigger */
Datum
document_line_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"document_line_trigger", BEFORE_ROW, ON_WRITE, columns,
								   DOCUMENT_LINE_COLUMNS};
	Row line = open_row(fcinfo, &use);
	bool update = !line.is_insert && !line.is_delete;
	Parent parent = {.line = {&document_disclosure, "document_missing"}};

	if (line.moves || (update && !row_changed(&line)) || (update && is_sharing(&line)))
		PG_RETURN_POINTER(close_row(&line));
	if (changed(&line, LINE_PARENT))
		need_visible(&line, LINE_PARENT, parent.line.disclosure, parent.line.missing);
	if (!lock_parent(&line, &parent))
	{
		if (line.is_delete)
			PG_RETURN_POINTER(close_row(&line));
		refuse_missing(&line, LINE_PARENT, "document", parent.line.missing);
	}
	if (line.is_delete)
	{
		note_parent(&line, LINE_PARENT, true, &document_sums);
		PG_RETURN_POINTER(close_row(&line));
	}

	if (update && differs(&line, LINE_PARENT))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("a line stays with its document"),
						errhint("Delete it, and insert one into the other document."),
						errtable(line.rel), err_code("document_fixed"), err_field("document_id")));
	apply_description(&line);
	derive_line(&line, &parent.line);
	apply_discount(&line, &parent);
	if (!is_null(&line, LINE_SOURCE_ID))
		apply_source(&line, &parent);
	if (changed(&line, LINE_NET) || changed(&line, LINE_TAX))
		note_parent(&line, LINE_PARENT, false, &document_sums);
	PG_RETURN_POINTER(close_row(&line));
}

/* keep_document_sums() -> trigger */
Datum
keep_document_sums(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"keep_document_sums", AFTER_ROW, ON_WRITE};

	derive_parents(fcinfo, &use, &document_sums);
	PG_RETURN_POINTER(NULL);
}
