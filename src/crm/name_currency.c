/* name_currency: what is in the unnamed currency gets one that has a name. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "settings/currency.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(name_currency);

/*
 * The triggers of rows keep the currency of whatever has amounts. The owner of the tables can name
 * it all the same, of all rows at once, while nobody writes: no amount changes but those that are
 * rounded to the currency's digits, and none of a document that is confirmed or void.
 */

/* What is to be named, and how. */
typedef struct Naming
{
	Check check;
	char *code;
	int32 digits;
	bool rounds; /* to other digits than the unnamed currency */
} Naming;

/* The tables whose triggers keep the currency, and what is rounded to its digits. */
static const char *const kept_tables[] = {"opportunity", "opportunity_line", "document",
										  "document_line", "payment"};

/* The statements of a step, in order. */
static List *
statements_of(const char *step)
{
	List *statements = NIL;

	(void) run_query(psprintf("SELECT sql FROM opportunities_internal.naming_steps() "
							  "WHERE step OPERATOR(pg_catalog.=) %s",
							  quote_literal_cstr(step)));
	for (uint64 row = 0; row < SPI_processed; row++)
		statements = lappend(statements, copy_value(CurrentMemoryContext, row, 1));
	return statements;
}

/* Run a statement of a step. */
static uint64
run_naming(const Naming *naming, const char *sql)
{
	const Check *check = &naming->check;
	Datum args[] = {CStringGetTextDatum(naming->code), Int32GetDatum(naming->digits),
					CStringGetTextDatum(stamp_user_name())};

	return run_latest(
		psprintf(expand_tenants(sql, check->tenants, 0), quote_identifier(check->schema_name)),
		lengthof(args), (Oid[]){TEXTOID, INT4OID, TEXTOID}, args);
}

/* Run the statements of a step. How many rows they found or changed. */
static int64
run_step(const Naming *naming, const char *step)
{
	int64 count = 0;
	ListCell *cell;

	foreach (cell, statements_of(step))
		count += run_naming(naming, lfirst(cell));
	return count;
}

/* Nobody writes from here on to the end of the transaction. */
static void
lock_rows_of(const Check *check)
{
	const char *schema = quote_identifier(check->schema_name);

	(void) run_sql(psprintf("LOCK TABLE %1$s.opportunity, %1$s.opportunity_line, %1$s.document, "
							"%1$s.document_line, %1$s.payment, %1$s.product, "
							"%1$s.target, %1$s.currency "
							"IN SHARE ROW EXCLUSIVE MODE",
							schema));
}

/* What stands on a paper stays as it is: the currency must be such that it comes to that. */
static void
check_fixed_lines(const Naming *naming)
{
	char *kind;
	char *number;

	if (run_step(naming, "refuse") == 0)
		return;
	kind = copy_value(CurrentMemoryContext, 0, 1);
	number = copy_value(CurrentMemoryContext, 0, 2);
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					errmsg("documents cannot have the currency %s, which has %d digits after the "
						   "point",
						   naming->code, naming->digits),
					errdetail("A line of %s %s has net %s and tax %s.", kind, number,
							  copy_value(CurrentMemoryContext, 0, 3),
							  copy_value(CurrentMemoryContext, 0, 4)),
					errhint("Name a currency of as many digits as the documents have; delete "
							"drafts that are in the way."),
					err_code("currency_digits"), err_field("currency")));
}

/* Round what follows from lines, if to other digits, and give every row its currency. */
static int64
name_rows(const Naming *naming)
{
	const char *fire[lengthof(kept_tables)];
	int64 count;

	for (int i = 0; i < lengthof(kept_tables); i++)
		fire[i] = silence_row_trigger(&naming->check, kept_tables[i]);
	if (naming->rounds)
		(void) run_step(naming, "round");
	count = run_step(naming, "name");
	for (int i = 0; i < lengthof(kept_tables); i++)
		fire_row_trigger(&naming->check, kept_tables[i], fire[i]);
	return count;
}

/* The code of the currency, which an argument names. */
static char *
code_argument(FunctionCallInfo fcinfo)
{
	char *code;

	need_argument(fcinfo, 0, "currency");
	code = currency_code_of(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (code == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the currency has no name"),
						errhint("Give a code such as EUR."), err_code("argument_missing"),
						err_field("currency")));
	if (strlen(code) > MAX_CURRENCY_BYTES)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("the currency has more than %d bytes", MAX_CURRENCY_BYTES),
						err_code("value_too_large"), err_field("currency")));
	return code;
}

/* How many digits a currency has, as its lines are rounded. */
static int32
digits_of(const Naming *naming)
{
	bool null;

	(void) run_step(naming, "digits");
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}

/* Where currencies are listed, a name must be one of them. */
static void
need_listed_name(const Naming *naming)
{
	List *codes = NIL;

	(void) run_step(naming, "codes");
	for (uint64 row = 0; row < SPI_processed; row++)
		codes = lappend(codes, copy_value(CurrentMemoryContext, row, 1));
	if (codes != NIL && !has_string(codes, naming->code))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("\"%s\" is not one of the currencies of this CRM", naming->code),
						errhint_currency(naming->code, codes), err_code("unknown_currency"),
						err_field("currency")));
}

/* The currency of new rows; NULL: the unnamed one. */
static char *
current_currency(void)
{
	return currency_code_of(GetConfigOption("opportunities.currency", false, false));
}

/* Old rows in the unnamed currency stand in the way of totals with new ones. */
void
advise_currency(const Check *check)
{
	char *code = current_currency();

	if (code == NULL || (check->tenants && tenant_name() == NULL))
		return;
	(void) run_query(
		psprintf(expand_tenants("SELECT pg_catalog.count(*) FROM %s.opportunity AS o "
								"WHERE {o=}o.currency IS NULL HAVING pg_catalog.count(*) "
								"OPERATOR(pg_catalog.>) 0",
								check->tenants, 0),
				 quote_identifier(check->schema_name)));
	if (SPI_processed > 0)
		ereport(NOTICE,
				(errmsg("opportunities in the unnamed currency: %s, new ones are in %s",
						copy_value(CurrentMemoryContext, 0, 1), code),
				 errhint("Run: SELECT opportunities.name_currency(%s, %s);",
						 quote_literal_cstr(code), quote_literal_cstr(check->schema_name))));
}

/* New rows take the currency of the setting, which may still be another. */
static void
advise_setting(const char *code)
{
	char *current = current_currency();

	if (current == NULL || strcmp(current, code) != 0)
		ereport(
			NOTICE,
			(current == NULL ? errmsg("new opportunities are still in the unnamed currency")
							 : errmsg("new opportunities are in the currency %s", current),
			 errhint("Run: ALTER DATABASE %s SET opportunities.currency = %s;",
					 quote_identifier(get_database_name(MyDatabaseId)), quote_literal_cstr(code))));
}

/* name_currency(currency text, schema name) -> bigint: how many rows got it */
Datum
name_currency(PG_FUNCTION_ARGS)
{
	Naming naming = {.code = code_argument(fcinfo)};
	int64 count;

	naming.check.schema = find_schema(fcinfo, 1);
	naming.check.schema_name = NameStr(*PG_GETARG_NAME(1));
	SPI_connect();
	need_readable(&naming.check);
	(void) need_owner(&naming.check, get_relname_relid("opportunity", naming.check.schema));
	lock_rows_of(&naming.check);
	need_listed_name(&naming);
	naming.digits = digits_of(&naming);
	naming.rounds = naming.digits != currency_digits_of(NULL);
	if (naming.rounds)
		check_fixed_lines(&naming);
	count = name_rows(&naming);
	SPI_finish();
	advise_setting(naming.code);
	PG_RETURN_INT64(count);
}
