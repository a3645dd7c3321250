#ifndef DOCUMENT_NUMBER_H
#define DOCUMENT_NUMBER_H

#include "postgres.h"

#include "triggers/row.h"

/* The columns of a document that its number is taken by. */
typedef struct NumberColumns
{
	int kind;
	int series; /* optional: a CRM of 0.1.0 has none */
	int number;
	int issued_on;
} NumberColumns;

extern void take_number(Row *row, const NumberColumns *columns);

#endif
