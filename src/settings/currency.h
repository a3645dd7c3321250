#ifndef CURRENCY_H
#define CURRENCY_H

#include "postgres.h"

extern char *currency_code_of(const char *text);
extern void define_currency_setting(void);

#endif
