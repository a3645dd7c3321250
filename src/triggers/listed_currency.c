/* The currencies that the table currency lists: where there are any, amounts are in one of them. */
#include "postgres.h"

#include "triggers/listed_currency.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "settings/crm_version.h"
#include "settings/currency.h"
#include "settings/tenant.h"
#include "triggers/kept_row.h"
#include "triggers/owner_query.h"
#include "triggers/trigger_memory.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The lock is the one that a foreign key takes: code and digits stay until the transaction ends. */
static const OwnerQuery listed_currency = {
	.table = "currency",
	.sql = "SELECT digits, " KEPT_COLUMNS
		   " FROM %s WHERE {=}code OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.args = {TEXTOID},
	.nresults = 3,
	.results = {{INT4OID}, {OIDOID}, {TIDOID}},
};

static const OwnerQuery any_currency = {
	.table = "currency",
	.sql = "SELECT true FROM %s WHERE {=}true LIMIT 1",
	.latest = true,
};

static const OwnerQuery all_codes = {
	.table = "currency",
	.sql = "SELECT pg_catalog.array_agg(code ORDER BY code COLLATE pg_catalog.\"C\") AS code "
		   "FROM (SELECT code FROM %s WHERE {=}true LIMIT 1000) AS c",
	.nresults = 1,
	.results = {{TEXTARRAYOID, NULLABLE}},
};

static const Disclosure code_disclosure = DISCLOSURE("currency", "code", TEXTOID);

/* Whether there is the table, which CRMs of 0.1.0 have not: beside the table of a trigger. */
static bool
lists_currencies(const Row *row)
{
	Oid schema = get_rel_namespace(home_table(row->rel));
	Oid relid = get_relname_relid(listed_currency.table, schema);

	return OidIsValid(relid) && !is_made_before(schema, VERSION_0_2) &&
		   get_attnum(relid, "code") != InvalidAttrNumber &&
		   get_attnum(relid, "digits") != InvalidAttrNumber;
}

/* The digits of a currency, which stays listed with them; false: it isn't listed. */
static bool
read_listed(const Row *row, const char *code, int *digits)
{
	Datum values[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];

	if (!lists_currencies(row) ||
		!kept_row_query(row, &listed_currency, CStringGetTextDatum(code), values, nulls))
		return false;
	*digits = DatumGetInt32(values[0]);
	return true;
}

/* Whether any currency is listed, of the row's tenant; that none is, is asked once a statement. */
static bool
lists_any(const Row *row)
{
	TriggerMemory *memory = trigger_memory(row);
	char *tenant =
		has_tenants(home_table(row->rel)) ? TextDatumGetCString(row_tenant(row->trigger)) : "";

	if (!lists_currencies(row) ||
		(memory->lists_none != NULL && strcmp(memory->lists_none, tenant) == 0))
		return false;
	if (owner_query(row->trigger, &any_currency, NULL, NULL, NULL))
		return true;
	memory->lists_none = MemoryContextStrdup(memory->context, tenant);
	return false;
}

/* Refuse a currency, with the nearest of those that the writer may read. */
pg_noreturn static void
refuse_unlisted(const Row *row, int column, const char *code)
{
	Datum codes;
	bool none = true;
	List *listed = NIL;

	if (may_read(row->trigger, &code_disclosure) &&
		writer_query(row->trigger, &all_codes, NULL, &codes, &none) && !none)
		listed = text_array(DatumGetArrayTypeP(codes), "currency", 1000);
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					errmsg("\"%s\" is not one of the currencies of this CRM", code),
					errhint_currency(code, listed), errtable(row->rel),
					err_code("unknown_currency"), err_field(column_name(row, column))));
}

/* A currency that a row takes anew must be listed, where any is; what a row has it keeps. */
void
need_listed(const Row *row, int column)
{
	char *code;
	int digits;

	if (is_null(row, column) || !changed(row, column))
		return;
	code = TextDatumGetCString(value_of(row, column));
	if (!read_listed(row, code, &digits) && lists_any(row))
		refuse_unlisted(row, column, code);
}

/* How many digits amounts of a currency have: the table's, else ICU's; NULL: the unnamed one. */
int
listed_digits(const Row *row, const char *code)
{
	int digits;

	return code != NULL && read_listed(row, code, &digits) ? digits : currency_digits_of(code);
}
