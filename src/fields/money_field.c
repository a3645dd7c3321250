/* Which fields are money, and of which currency. */
#include "postgres.h"

#include "fields/money_field.h"

#include "fields/named_field.h"

/* The columns of a CRM that hold money, and what is computed of them. */
static const char *const money_names[] = {
	"amount", "estimated_amount", "realized_amount", "balance", "net", "tax",
	"total",  "unit_price"};

/* Where the currency of a row stands: in the row, else in the one that it is a part of. */
static const char *const currency_paths[] = {"currency", "opportunity.currency",
											 "document.currency"};

/*
 * The currency of a field that is money, as an expression: that of the row which the field is of.
 * NULL: it is no money.
 */
const char *
money_currency(FromClause *from, const Field *field)
{
	const char *dot = strrchr(field->name, '.');
	const char *last = dot == NULL ? field->name : dot + 1;
	bool money = false;

	if (!is_exact_number(field->base_type) || field->json != NULL)
		return NULL;
	for (int i = 0; i < lengthof(money_names); i++)
		money = money || strcmp(last, money_names[i]) == 0;
	if (!money)
		return NULL;
	for (int i = 0; i < lengthof(currency_paths); i++)
	{
		const Field *currency = find_field(
			from, psprintf("%.*s%s", (int) (last - field->name), field->name, currency_paths[i]),
			NULL);

		if (currency != NULL)
			return psprintf("%s::pg_catalog.text", currency->sql);
	}
	return "NULL::pg_catalog.text";
}
