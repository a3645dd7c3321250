#ifndef LINE_H
#define LINE_H

#include "postgres.h"

#include "access/htup.h"
#include "commands/trigger.h"
#include "utils/rel.h"

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

/* A row of a table of lines that is about to be written. */
typedef struct Line
{
	TriggerData *trigger;
	Relation rel;
	HeapTuple tuple;
	bool insert;
	int at[LINE_COLUMNS];
	Datum values[LINE_COLUMNS];
	bool nulls[LINE_COLUMNS];
	Datum old_values[LINE_COLUMNS];
	bool old_nulls[LINE_COLUMNS];
} Line;

extern Line line_of(TriggerData *trigger, const char *parent);
extern bool line_changed(const Line *line, int column);
extern bool line_is_recomputed(const Line *line);
extern void derive_line(Line *line, const char *currency);
extern HeapTuple line_tuple(Line *line);

extern int currency_digits_of(const char *currency);
extern const char *currency_label(const char *currency);
extern void compute_line(Datum quantity, Datum unit_price, Datum discount_percent,
						 Datum tax_percent, int digits, Datum *net, Datum *tax);

#endif
