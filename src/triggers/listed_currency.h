#ifndef LISTED_CURRENCY_H
#define LISTED_CURRENCY_H

#include "postgres.h"

#include "triggers/row.h"

extern void need_listed(const Row *row, int column);
extern int listed_digits(const Row *row, const char *code);

#endif
