#ifndef LINE_H
#define LINE_H

#include "postgres.h"

#include "triggers/row.h"
#include "triggers/visibility.h"

/* The columns that the trigger of a line reads. */
enum
{
	LINE_PARENT, /* what the line is of: an opportunity, a document */
	LINE_PRODUCT_ID,
	LINE_QUANTITY,
	LINE_UNIT_PRICE,
	LINE_DISCOUNT_PERCENT,
	LINE_TAX_PERCENT,
	LINE_NET,
	LINE_TAX,
	LINE_COLUMNS
};

/* They, in the order of the table; what the parent's is called differs. */
#define LINE_TABLE(parent)                                                                      \
	[LINE_PARENT] = {parent, INT8OID}, [LINE_PRODUCT_ID] = {"product_id", INT8OID},             \
	[LINE_QUANTITY] = {"quantity", NUMERICOID}, [LINE_UNIT_PRICE] = {"unit_price", NUMERICOID}, \
	[LINE_DISCOUNT_PERCENT] = {"discount_percent", NUMERICOID},                                 \
	[LINE_TAX_PERCENT] = {"tax_percent", NUMERICOID}, [LINE_NET] = {"net", NUMERICOID},         \
	[LINE_TAX] = {"tax", NUMERICOID}

/* What a line is of, as far as it matters to the line. */
typedef struct LineParent
{
	const Disclosure *disclosure;
	const char *missing;  /* the code where it isn't there */
	const char *currency; /* NULL: the unnamed one */
} LineParent;

/* What errors and lines tell of a product. */
extern const Disclosure product_name_disclosure;

extern bool line_is_recomputed(const Row *line);
extern void derive_line(Row *line, const LineParent *parent);
extern void take_discount(Row *line, const LineParent *parent, Datum discount);
extern const char *currency_label(const char *currency);

#endif
