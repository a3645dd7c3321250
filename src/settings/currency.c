/* Codes of currencies in their one form, their digits as ICU knows them, and their settings. */
#include "postgres.h"

#include <unicode/ucurr.h>

#include "settings/currency.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/fold.h"
#include "fmgr.h"
#include "settings/clock.h"
#include "settings/moment.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(currency_code);
PG_FUNCTION_INFO_V1(currency_digits);
PG_FUNCTION_INFO_V1(default_currency);
PG_FUNCTION_INFO_V1(rates_day);

/* The digits of the unnamed currency, and of what is not a currency's code. */
#define USUAL_DIGITS 2

#define CURRENCY_CODE_LENGTH 3

/* How many currencies a hint tells. */
#define TOLD_CURRENCIES 20

static char *currency;
static char *rates_on;

/* Read the day of a setting; false: it is none. */
static bool
read_rates_day(const char *text, DateADT *day, MomentProblem *problem)
{
	Moment moment;

	if (!read_moment(text, NULL, &moment, problem))
		return false;
	*day = moment.day;
	if (!moment.timed && !DATE_NOT_FINITE(moment.day))
		return true;
	problem->detail = "It is not one day.";
	return false;
}

static bool
check_rates_on(char **newval, void **extra, GucSource source)
{
	MomentProblem problem;
	DateADT day;

	if (*newval == NULL || **newval == '\0' || read_rates_day(*newval, &day, &problem))
		return true;
	GUC_check_errdetail("%s", problem.detail);
	GUC_check_errhint("Write a day as 2025-12-31.");
	return false;
}

/* Define the settings of currencies. */
void
define_currency_settings(void)
{
	DefineCustomStringVariable("opportunities.currency", "The currency of new amounts.",
							   "The default of currency columns. Empty: the one unnamed currency.",
							   &currency, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("opportunities.rates_on",
							   "The day whose exchange rates open opportunities are converted at.",
							   "Empty: today, in the time zone of the business.", &rates_on, "",
							   PGC_USERSET, 0, check_rates_on, NULL, NULL);
}

/* The setting, as it is written. */
const char *
rates_on_setting(void)
{
	return rates_on == NULL ? "" : rates_on;
}

/* The day whose rates open opportunities are converted at. */
DateADT
open_rates_day(void)
{
	MomentProblem problem;
	DateADT day;

	if (*rates_on_setting() != '\0' && read_rates_day(rates_on, &day, &problem))
		return day;
	return business_day(GetCurrentTransactionStartTimestamp());
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

/* How many digits amounts of a currency have after the point; NULL is the unnamed currency. */
int
currency_digits_of(const char *currency)
{
	static char known[CURRENCY_CODE_LENGTH + 1];
	static int known_digits;
	UErrorCode status = U_ZERO_ERROR;
	UChar code[CURRENCY_CODE_LENGTH + 1] = {0};
	int digits;

	if (currency == NULL || strlen(currency) != CURRENCY_CODE_LENGTH)
		return USUAL_DIGITS;
	if (strcmp(currency, known) == 0)
		return known_digits;

	for (int i = 0; i < CURRENCY_CODE_LENGTH; i++)
	{
		code[i] = pg_ascii_toupper((unsigned char) currency[i]);
		if (code[i] < 'A' || code[i] > 'Z')
			return USUAL_DIGITS;
	}
	digits = ucurr_getDefaultFractionDigits(code, &status);
	if (U_FAILURE(status))
		return USUAL_DIGITS;

	strcpy(known, currency);
	known_digits = digits;
	return digits;
}

/* Which currencies there are instead of one that isn't among those listed: the nearest, or a few.
 */
int
errhint_currency(const char *code, List *listed)
{
	const char *nearest = nearest_name(code, listed);
	StringInfoData few;
	ListCell *cell;

	if (nearest != NULL)
		return errhint("Perhaps you meant \"%s\".", nearest);
	if (listed == NIL)
		return errhint("Take one of the rows of \"currency\".");
	initStringInfo(&few);
	foreach (cell, listed)
	{
		if (foreach_current_index(cell) == TOLD_CURRENCIES)
		{
			appendStringInfoString(&few, " ...");
			break;
		}
		appendStringInfo(&few, " %s", (char *) lfirst(cell));
	}
	return errhint("There are:%s.", few.data);
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

/* currency_digits(currency text) -> integer */
Datum
currency_digits(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(
		currency_digits_of(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

/* rates_day(last_day date) -> date */
Datum
rates_day(PG_FUNCTION_ARGS)
{
	DateADT day = open_rates_day();

	PG_RETURN_DATEADT(*rates_on_setting() != '\0' ? day : Min(day, PG_GETARG_DATEADT(0)));
}
