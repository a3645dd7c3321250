#ifndef MONEY_FIELD_H
#define MONEY_FIELD_H

#include "postgres.h"

#include "fields/field.h"

extern const char *money_currency(FromClause *from, const Field *field);

#endif
