#ifndef CURRENCY_COLUMN_H
#define CURRENCY_COLUMN_H

#include "postgres.h"

#include "triggers/row.h"

extern void keep_currency_code(Row *row, int column);
extern bool currency_differs(const Row *row, int column);

#endif
