#ifndef MONEY_H
#define MONEY_H

#include "postgres.h"

#include "base/json.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/numeric.h"

/* The name of a currency in a state; that of the unnamed one is NULL. */
typedef struct MoneyKey
{
	const char *text;
	int length;
} MoneyKey;

static inline uint32
hash_money_key(MoneyKey key)
{
	return key.text == NULL ? 0 : hash_bytes((const unsigned char *) key.text, key.length);
}

static inline bool
same_money_key(MoneyKey a, MoneyKey b)
{
	if (a.text == NULL || b.text == NULL)
		return a.text == b.text;
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* A figure of each currency apart, as JSON: [{"currency": "EUR", "value": "10.00"}]. */
extern void push_money(JsonbInState *state, MoneyKey currency, Numeric value);
extern MoneyKey money_key_argument(FunctionCallInfo fcinfo, int number);
extern MoneyKey copy_money_key(MoneyKey key, MemoryContext memory);
extern int compare_money_keys(MoneyKey a, MoneyKey b);
extern Numeric middle_of(Numeric a, Numeric b);

#endif
