/* Which fields are money, and of which currency. */
#include "postgres.h"

#include "fields/money_field.h"

#include "fields/named_field.h"

/* The columns of a CRM that hold money, and what is computed of them. */
static const struct MoneyName
{
	const char *name;
	bool of_line; /* a line has no currency of its own: it is of what it is a line of */
} money_names[] = {{"amount"},			{"estimated_amount"},
				   {"realized_amount"}, {"balance"},
				   {"total"},			{"net", true},
				   {"tax", true},		{"unit_price", true},
				   {"discount_amount"}, {"document_discount", true}};

/* Where the currency of a row stands: in the row, else that of a line in what it is a line of. */
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
	const struct MoneyName *money = NULL;
	int paths;

	if (!is_exact_number(field->base_type) || field->json != NULL)
		return NULL;
	for (int i = 0; i < lengthof(money_names); i++)
	{
		if (strcmp(last, money_names[i].name) == 0)
			money = &money_names[i];
	}
	if (money == NULL)
		return NULL;
	paths = money->of_line ? lengthof(currency_paths) : 1;
	for (int i = 0; i < paths; i++)
	{
		const Field *currency = find_field(
			from, psprintf("%.*s%s", (int) (last - field->name), field->name, currency_paths[i]),
			NULL);

		if (currency != NULL)
			return psprintf("%s::pg_catalog.text", currency->sql);
	}
	return "NULL::pg_catalog.text";
}
