/* Columns that hold the code of a currency. */
#include "postgres.h"

#include "triggers/currency_column.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "settings/currency.h"
#include "triggers/listed_currency.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(keep_currency);

/* Give a currency's code its one form, however it is written; an empty one is none. */
void
keep_currency_code(Row *row, int column)
{
	char *given;
	char *code;

	if (is_null(row, column) || !changed(row, column))
		return;
	given = TextDatumGetCString(value_of(row, column));
	code = currency_code_of(given);
	if (code == NULL)
		set_null(row, column);
	else if (strcmp(code, given) != 0)
		set_text(row, column, code);
}

/* Whether an UPDATE gives a row another currency, and not only the same one in its one form. */
bool
currency_differs(const Row *row, int column)
{
	char *old_code;

	if (!differs(row, column))
		return false;
	old_code = was_null(row, column)
				   ? NULL
				   : currency_code_of(TextDatumGetCString(old_value_of(row, column)));
	if (old_code == NULL || is_null(row, column))
		return old_code != NULL || !is_null(row, column);
	return strcmp(old_code, TextDatumGetCString(value_of(row, column))) != 0;
}

/* keep_currency() -> trigger: the columns that its arguments name hold codes of currencies. */
Datum
keep_currency(PG_FUNCTION_ARGS)
{
	TriggerUse use = {"keep_currency", BEFORE_ROW, ON_INSERT | ON_UPDATE};
	Trigger *trigger = trigger_data(fcinfo, &use)->tg_trigger;
	TriggerColumn *columns = palloc0(sizeof(TriggerColumn) * trigger->tgnargs);
	Row row;

	for (int i = 0; i < trigger->tgnargs; i++)
		columns[i] = (TriggerColumn){trigger->tgargs[i], TEXTOID};
	use.columns = columns;
	use.count = trigger->tgnargs;
	row = open_row(fcinfo, &use);
	for (int i = 0; i < use.count; i++)
	{
		keep_currency_code(&row, i);
		need_listed(&row, i);
	}
	PG_RETURN_POINTER(close_row(&row));
}
