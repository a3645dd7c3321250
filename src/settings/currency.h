#ifndef CURRENCY_H
#define CURRENCY_H

#include "postgres.h"

#include "nodes/pg_list.h"

extern char *currency_code_of(const char *text);
extern int currency_digits_of(const char *currency);
extern int errhint_currency(const char *code, List *listed);
extern void define_currency_setting(void);

#endif
