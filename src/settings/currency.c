/* Codes of currencies in their one form, and default_currency. */
#include "postgres.h"

#include "settings/currency.h"

#include "base/compat.h"
#include "base/fold.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(currency_code);
PG_FUNCTION_INFO_V1(default_currency);

static char *currency;

/* Define the setting of the currency of new amounts. */
void
define_currency_setting(void)
{
	DefineCustomStringVariable("opportunities.currency", "The currency of new amounts.",
							   "The default of currency columns. Empty: the one unnamed currency.",
							   &currency, "", PGC_USERSET, 0, NULL, NULL, NULL);
}

/* The one form of a currency's code: trimmed, in upper case. NULL: it is empty, which is none. */
char *
currency_code_of(const char *text)
{
	char *code = trim_text(pstrdup(text));

	for (char *at = code; *at != '\0'; at++)
		*at = pg_ascii_toupper((unsigned char) *at);
	return *code == '\0' ? NULL : code;
}

static Datum
code_or_null(FunctionCallInfo fcinfo, const char *text)
{
	char *code = currency_code_of(text);

	if (code == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(code));
}

/* currency_code(currency text) -> text */
Datum
currency_code(PG_FUNCTION_ARGS)
{
	return code_or_null(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)));
}

/* default_currency() -> text */
Datum
default_currency(PG_FUNCTION_ARGS)
{
	return code_or_null(fcinfo, currency == NULL ? "" : currency);
}
