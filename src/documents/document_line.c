/* The triggers of a line of a document, and the sums of the document. */
#include "postgres.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/derivation.h"
#include "triggers/line.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(document_line_trigger);
PG_FUNCTION_INFO_V1(keep_document_sums);

/* What a line of a document has besides: the line of an invoice that it returns, and its text. */
enum
{
	LINE_SOURCE_ID = LINE_COLUMNS,
	LINE_DESCRIPTION,
	DOCUMENT_LINE_COLUMNS
};

static const TriggerColumn columns[DOCUMENT_LINE_COLUMNS] = {
	LINE_TABLE("document_id"), [LINE_SOURCE_ID] = {"source_line_id", INT8OID},
	[LINE_DESCRIPTION] = {"description", TEXTOID}};

/* The lock keeps the document a draft until the end of the transaction. */
static const OwnerQuery lock_document = {
	.table = "document",
	.sql = "SELECT status, currency, source_document_id FROM %s "
		   "WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 3,
	.results = {{TEXTOID}, {TEXTOID, NULLABLE}, {INT8OID, NULLABLE}},
};

/* A line of an invoice, its price, and what confirmed returns leave of it. */
static const OwnerQuery invoiced_line = {
	.table = "document_line",
	.second = "document",
	.sql = "SELECT l.document_id, l.unit_price, l.discount_percent, l.tax_percent, "
		   "l.quantity OPERATOR(pg_catalog.-) COALESCE(pg_catalog.sum(r.quantity), 0) AS quantity, "
		   "l.net OPERATOR(pg_catalog.-) COALESCE(pg_catalog.sum(r.net), 0) AS net, "
		   "l.tax OPERATOR(pg_catalog.-) COALESCE(pg_catalog.sum(r.tax), 0) AS tax "
		   "FROM (SELECT * FROM %1$s WHERE {=}id OPERATOR(pg_catalog.=) $1) AS l "
		   "LEFT JOIN (%1$s AS r JOIN %2$s AS d ON {d=r}d.id OPERATOR(pg_catalog.=) r.document_id "
		   "AND d.status OPERATOR(pg_catalog.=) 'confirmed') "
		   "ON {r=l}r.source_line_id OPERATOR(pg_catalog.=) l.id "
		   "GROUP BY l.document_id, l.unit_price, l.discount_percent, l.tax_percent, l.quantity, "
		   "l.net, l.tax",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 7,
	.results = {{INT8OID},
				{NUMERICOID},
				{NUMERICOID},
				{NUMERICOID},
				{NUMERICOID},
				{NUMERICOID},
				{NUMERICOID}},
};

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
} Parent;

/* Lock the document of a line; false where it is gone, as it is while its lines go with it. */
static bool
lock_parent(const Row *line, Parent *parent)
{
	Datum id = value_of(line, LINE_PARENT);
	Datum values[3];
	bool nulls[3];
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
	return true;
}

/* Whether a number is further from zero than another. */
static bool
exceeds(Datum a, Datum b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_gt, DirectFunctionCall1(numeric_abs, a),
											DirectFunctionCall1(numeric_abs, b)));
}

/*
 * A line that returns one of an invoice: at its price it takes no more than is left of it, and all
 * that is left with the last of the quantity, however the parts were rounded. More than is left is
 * refused when it is confirmed, and until then worth what it says.
 */
static void
apply_source(Row *line, Datum source_line, const Parent *parent)
{
	enum
	{
		INVOICED_DOCUMENT,
		INVOICED_UNIT_PRICE,
		INVOICED_DISCOUNT,
		INVOICED_TAX_PERCENT,
		INVOICED_QUANTITY,
		INVOICED_NET,
		INVOICED_TAX
	};
	Datum source[7];

	if (!owner_query(line->trigger, &invoiced_line, &source_line, source, NULL) ||
		!parent->has_source ||
		DatumGetInt64(source[INVOICED_DOCUMENT]) != DatumGetInt64(parent->source))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("line %lld is not one of the invoice that is returned",
							   (long long) DatumGetInt64(source_line)),
						errhint("Leave source_line_id out but in returns."), errtable(line->rel),
						err_code("line_of_another_document"), err_field("source_line_id")));

	if (exceeds(value_of(line, LINE_QUANTITY), source[INVOICED_QUANTITY]) ||
		!same_number(value_of(line, LINE_UNIT_PRICE), source[INVOICED_UNIT_PRICE]) ||
		!same_number(value_of(line, LINE_DISCOUNT_PERCENT), source[INVOICED_DISCOUNT]) ||
		!same_number(value_of(line, LINE_TAX_PERCENT), source[INVOICED_TAX_PERCENT]))
		return;
	if (same_number(value_of(line, LINE_QUANTITY), source[INVOICED_QUANTITY]) ||
		exceeds(value_of(line, LINE_NET), source[INVOICED_NET]))
		set_value(line, LINE_NET, source[INVOICED_NET]);
	if (same_number(value_of(line, LINE_QUANTITY), source[INVOICED_QUANTITY]) ||
		exceeds(value_of(line, LINE_TAX), source[INVOICED_TAX]))
		set_value(line, LINE_TAX, source[INVOICED_TAX]);
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

/* document_line_trigger() -> trigger */
Datum
document_line_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"document_line_trigger", BEFORE_ROW, ON_WRITE, columns,
								   DOCUMENT_LINE_COLUMNS};
	Row line = open_row(fcinfo, &use);
	bool update = !line.is_insert && !line.is_delete;
	Parent parent = {.line = {&document_disclosure, "document_missing"}};

	if (line.moves || (update && !row_changed(&line)))
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
	if (!is_null(&line, LINE_SOURCE_ID))
		apply_source(&line, value_of(&line, LINE_SOURCE_ID), &parent);
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
