#ifndef LINE_H
#define LINE_H

#include "postgres.h"

#include "rules/row.h"

/* The columns that the rules of a line touch. */
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

extern Row open_line(FunctionCallInfo fcinfo, const char *name, const char *parent);
extern bool line_is_recomputed(const Row *line);
extern void derive_line(Row *line, const char *currency);
extern const char *currency_label(const char *currency);

#endif
