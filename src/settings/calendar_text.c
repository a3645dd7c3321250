/* calendar_text and period_label: days as people of a calendar write them. */
#include "postgres.h"

#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#include "settings/calendar_text.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "settings/icu_calendar.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(calendar_text);
PG_FUNCTION_INFO_V1(period_label);

/*
 * Days as people of a calendar write them, by ICU. Making a formatter costs a thousand times what
 * using it does, so some are kept.
 */

#define KEPT_FORMATTERS 16

/* Every calendar counts up to the end of a unit that holds this day: 29997-12-31. */
#define LAST_LABELLED_DAY (12677604 - POSTGRES_EPOCH_JDATE)

/* ICU counts on in the Gregorian calendar before it began, as ISO does. */
#define FIRST_DAY -184303902528000000.0

/* A pattern of ICU's, or the fields of one, which each language puts in its own order. */
typedef struct Pattern
{
	const char *text;
	bool fields;
} Pattern;

/* A formatter that is kept, and what it is for. */
typedef struct Formatter
{
	UDateFormat *handle;
	bool fields;
	const char *calendar;
	char language[NAMEDATALEN];
	char pattern[MAX_DATE_PATTERN * MAX_MULTIBYTE_CHAR_LEN + 1];
} Formatter;

static Formatter *formatters;
static int next_formatter;

static char *session_language;

/* The locale of a language in a calendar; false: ICU knows no such language. */
static bool
find_locale(const char *language, const char *calendar, char *locale, int size)
{
	char tag[NAMEDATALEN];
	int length = strlen(language);
	int32_t parsed;
	UErrorCode status = U_ZERO_ERROR;

	if (length == 0 || length >= sizeof(tag))
		return false;
	for (int i = 0; i <= length; i++)
		tag[i] = language[i] == '_' ? '-' : language[i];
	uloc_forLanguageTag(tag, locale, size, &parsed, &status);
	if (U_FAILURE(status) || parsed != length || *uloc_getISO3Language(locale) == '\0')
		return false;
	if (calendar != NULL)
		uloc_setKeywordValue("calendar", calendar, locale, size, &status);
	return U_SUCCESS(status) && status != U_STRING_NOT_TERMINATED_WARNING;
}

/* The locale of a language that a user gave. */
static void
need_locale(const char *language, const char *calendar, char *locale)
{
	if (!find_locale(language, calendar, locale, ULOC_FULLNAME_CAPACITY))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("language \"%s\" is not known", language),
						errhint("Write it as en, fa or pt-BR."), err_code("unknown_language"),
						err_field("language")));
}

/* A language must be one that ICU knows. */
static bool
check_language(char **newval, void **extra, GucSource source)
{
	char locale[ULOC_FULLNAME_CAPACITY];

	if (find_locale(*newval, NULL, locale, sizeof(locale)))
		return true;
	GUC_check_errdetail("Language \"%s\" is not known.", *newval);
	GUC_check_errhint("Write it as en, fa or pt-BR.");
	return false;
}

/* Define the setting of the language that labels are in. */
void
define_language_setting(void)
{
	DefineCustomStringVariable("opportunities.language", "The language that periods are named in.",
							   "Such as en, fa or pt-BR.", &session_language, "en", PGC_USERSET, 0,
							   check_language, NULL, NULL);
}

/* The language of the session. */
const char *
current_language(void)
{
	return session_language;
}

/* Text as ICU has it. */
static UChar *
to_icu(const char *text, int *length)
{
	char *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	int size = strlen(utf8);
	UChar *result = palloc(sizeof(UChar) * (size + 1));
	UErrorCode status = U_ZERO_ERROR;

	u_strFromUTF8(result, size + 1, length, utf8, size, &status);
	if (U_FAILURE(status))
		elog(ERROR, "could not convert a pattern: %s", u_errorName(status));
	return result;
}

static char *
from_icu(const UChar *text, int length)
{
	int size = length * 3 + 1;
	char *result = palloc(size);
	UErrorCode status = U_ZERO_ERROR;

	u_strToUTF8(result, size, NULL, text, length, &status);
	if (U_FAILURE(status))
		elog(ERROR, "could not convert a date: %s", u_errorName(status));
	return pg_any_to_server(result, strlen(result), PG_UTF8);
}

pg_noreturn static void
refuse_pattern(const char *pattern)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is no pattern of dates", pattern),
			 errhint("Its letters are those of ICU, as yyyy/MM/dd or d MMMM y; others stand in "
					 "quotes."),
			 err_code("invalid_pattern"), err_field("pattern")));
}

/* How ICU writes a year of a calendar so that it is known which: with its era, or by its number. */
static const char *
year_pattern(const Calendar *calendar)
{
	if (strcmp(calendar->name, "japanese") == 0 || strcmp(calendar->name, "roc") == 0)
		return "G y";
	return calendar->dated ? "y" : "r";
}

/* How a language orders fields, with the year as a calendar needs it. */
static char *
order_fields(const char *fields, const Calendar *calendar, const char *language)
{
	char locale[ULOC_FULLNAME_CAPACITY];
	UErrorCode status = U_ZERO_ERROR;
	UDateTimePatternGenerator *generator;
	UChar *skeleton;
	UChar pattern[MAX_DATE_PATTERN];
	int length;
	StringInfoData result;

	/* that of the Gregorian calendar: ICU has an order of its own for few others */
	need_locale(language, "gregorian", locale);
	skeleton = to_icu(fields, &length);
	generator = udatpg_open(locale, &status);
	length = udatpg_getBestPattern(generator, skeleton, length, pattern, MAX_DATE_PATTERN, &status);
	udatpg_close(generator);
	if (U_FAILURE(status))
		elog(ERROR, "could not order \"%s\": %s", fields, u_errorName(status));
	initStringInfo(&result);
	for (char *at = from_icu(pattern, length); *at != '\0'; at++)
	{
		if (*at == 'y')
			appendStringInfoString(&result, year_pattern(calendar));
		else
			appendStringInfoChar(&result, *at);
	}
	return result.data;
}

/* Make a formatter. */
static UDateFormat *
open_formatter(const Pattern *pattern, const Calendar *calendar, const char *language)
{
	static const UChar zone[] = {'U', 'T', 'C', 0};
	char locale[ULOC_FULLNAME_CAPACITY];
	UErrorCode status = U_ZERO_ERROR;
	UDateFormat *handle;
	UCalendar *proleptic;
	UChar *letters;
	int length;

	need_locale(language, calendar->name, locale);
	letters = to_icu(
		pattern->fields ? order_fields(pattern->text, calendar, language) : pattern->text, &length);
	handle = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, zone, -1, letters, length, &status);
	if (U_FAILURE(status))
		refuse_pattern(pattern->text);
	proleptic = ucal_clone(udat_getCalendar(handle), &status);
	ucal_setGregorianChange(proleptic, FIRST_DAY, &status);
	/* other calendars have no such change */
	if (U_SUCCESS(status))
		udat_setCalendar(handle, proleptic);
	ucal_close(proleptic);
	return handle;
}

/* The formatter of a pattern, in a calendar and a language. */
static UDateFormat *
find_formatter(const Pattern *pattern, const Calendar *calendar, const char *language)
{
	Formatter *formatter;
	UDateFormat *handle;

	if (formatters == NULL)
		formatters = MemoryContextAllocZero(TopMemoryContext, sizeof(Formatter) * KEPT_FORMATTERS);
	for (int i = 0; i < KEPT_FORMATTERS; i++)
	{
		formatter = &formatters[i];
		if (formatter->handle != NULL && formatter->fields == pattern->fields &&
			formatter->calendar == calendar->name && strcmp(formatter->language, language) == 0 &&
			strcmp(formatter->pattern, pattern->text) == 0)
			return formatter->handle;
	}

	handle = open_formatter(pattern, calendar, language);
	formatter = &formatters[next_formatter];
	next_formatter = (next_formatter + 1) % KEPT_FORMATTERS;
	if (formatter->handle != NULL)
		udat_close(formatter->handle);
	formatter->handle = handle;
	formatter->fields = pattern->fields;
	formatter->calendar = calendar->name;
	strlcpy(formatter->language, language, sizeof(formatter->language));
	strlcpy(formatter->pattern, pattern->text, sizeof(formatter->pattern));
	return handle;
}

/* A day as a pattern writes it. */
static char *
format_day(DateADT day, Pattern pattern, const Calendar *calendar, const char *language)
{
	UDateFormat *handle;
	UErrorCode status = U_ZERO_ERROR;
	UDate moment = ((double) day - UNIX_EPOCH_DAY) * DAY_MILLISECONDS;
	UChar *result;
	int length;

	if (*pattern.text == '\0' || pg_mbstrlen(pattern.text) > MAX_DATE_PATTERN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the pattern is empty or longer than %d characters", MAX_DATE_PATTERN),
				 errhint("Write it as yyyy/MM/dd."), err_code("invalid_pattern"),
				 err_field("pattern")));
	check_calendar_day(calendar, day);
	handle = find_formatter(&pattern, calendar, language);
	length = udat_format(handle, moment, NULL, 0, NULL, &status);
	if (status != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(status))
		refuse_pattern(pattern.text);
	status = U_ZERO_ERROR;
	result = palloc(sizeof(UChar) * (length + 1));
	udat_format(handle, moment, result, length + 1, NULL, &status);
	if (U_FAILURE(status))
		refuse_pattern(pattern.text);
	return from_icu(result, length);
}

/*
 * A unit of days as people name it: a week by its first and last days, a fiscal unit by months.
 * NULL: it is too far away to have a name.
 */
char *
period_text(CalendarUnit unit, DateADT day, Calendar *calendar, const char *language)
{
	static const Pattern patterns[] = {
		[UNIT_DAY] = {"yMMMMd", true},
		[UNIT_WEEK] = {"yMMMMd", true},
		[UNIT_MONTH] = {"yMMMM", true},
		[UNIT_QUARTER] = {"yQQQQ", true},
		[UNIT_YEAR] = {"y", true},
		[UNIT_FISCAL_QUARTER] = {"yMMMM", true},
		[UNIT_FISCAL_YEAR] = {"yMMMM", true},
	};
	Reckoning reckoning = reckoning_in(calendar);
	char *first;
	DateADT next;

	/* a label is no reason for a report to fail */
	if (DATE_NOT_FINITE(day) || day > LAST_LABELLED_DAY)
		return NULL;
	first =
		format_day(period_first_day(unit, day, 0, &reckoning), patterns[unit], calendar, language);
	if (unit != UNIT_WEEK && unit != UNIT_FISCAL_QUARTER && unit != UNIT_FISCAL_YEAR)
		return first;
	next = period_first_day(unit, day, 1, &reckoning);
	return psprintf("%s \xE2\x80\x93 %s", first,
					format_day(next - 1, patterns[unit], calendar, language));
}

/* The language that an argument names, by default the session's. */
static const char *
language_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? session_language : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

/* calendar_text(day date, pattern text, calendar text, language text) -> text */
Datum
calendar_text(PG_FUNCTION_ARGS)
{
	Pattern pattern = {0};
	char *result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
		PG_RETURN_NULL();
	pattern.text = text_to_cstring(PG_GETARG_TEXT_PP(1));
	result = format_day(PG_GETARG_DATEADT(0), pattern, calendar_argument(fcinfo, 2),
						language_argument(fcinfo, 3));
	PG_RETURN_TEXT_P(cstring_to_text(result));
}

/* period_label(unit text, day date, calendar text, language text) -> text */
Datum
period_label(PG_FUNCTION_ARGS)
{
	char *label;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	label = period_text(get_unit(text_to_cstring(PG_GETARG_TEXT_PP(0))), PG_GETARG_DATEADT(1),
						calendar_argument(fcinfo, 2), language_argument(fcinfo, 3));
	if (label == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(label));
}
