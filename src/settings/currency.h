#ifndef CURRENCY_H
#define CURRENCY_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/date.h"

extern char *currency_code_of(const char *text);
extern int currency_digits_of(const char *currency);
extern int errhint_currency(const char *code, List *listed);
extern const char *rates_on_setting(void);
extern DateADT open_rates_day(void);
extern void define_currency_settings(void);

#endif
