/* The series that a document's number is of, by a pattern over its fiscal year. */
#include "postgres.h"

#include "documents/series.h"

#include "lib/stringinfo.h"

/* The number of the year that a fiscal year's first day is in, or its last. */
static int
fiscal_year(DateADT day, bool by_end, const Reckoning *reckoning)
{
	DateADT first = period_first_day(UNIT_FISCAL_YEAR, day, by_end ? 1 : 0, reckoning);

	return calendar_year(reckoning->calendar, by_end ? first - 1 : first);
}

/* A pattern with the fiscal year of a day in the places of its marks. */
char *
expand_series(const char *pattern, DateADT day, const Reckoning *reckoning)
{
	static const char *const marks[] = {"{fiscal_year}", "{fiscal_year_end}"};
	StringInfoData series;

	initStringInfo(&series);
	while (*pattern != '\0')
	{
		int i = 0;

		while (i < lengthof(marks) && strncmp(pattern, marks[i], strlen(marks[i])) != 0)
			i++;
		if (i == lengthof(marks))
		{
			appendStringInfoChar(&series, *pattern++);
			continue;
		}
		appendStringInfo(&series, "%d", fiscal_year(day, i == 1, reckoning));
		pattern += strlen(marks[i]);
	}
	return series.data;
}
