#ifndef DISCOUNT_H
#define DISCOUNT_H

#include "postgres.h"

#include "triggers/row.h"

/* The columns of a document that its discount is kept by; a CRM of 0.1.0 lacks the last two. */
typedef struct DiscountColumns
{
	int id;
	int currency;
	int percent;
	int amount;
} DiscountColumns;

/* What the lines of a document come to. */
enum
{
	SUM_COUNT,
	SUM_NET,
	SUM_TAX,
	SUM_TOTAL,
	SUMS
};

extern bool discount_differs(const Row *row, const DiscountColumns *columns);
extern void sum_document(Row *row, const DiscountColumns *columns, Datum *sums);
extern void check_discount(const Row *row, const DiscountColumns *columns);

#endif
