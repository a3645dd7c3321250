/* What an opportunity has realized: its confirmed invoices less its returns. */
#include "postgres.h"

#include "documents/realized.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(keep_realized);

enum
{
	REALIZED_OPPORTUNITY_ID,
	REALIZED_KIND,
	REALIZED_STATUS,
	REALIZED_COLUMNS
};

static const TriggerColumn columns[REALIZED_COLUMNS] = {
	[REALIZED_OPPORTUNITY_ID] = {"opportunity_id", INT8OID},
	[REALIZED_KIND] = {"kind", TEXTOID},
	[REALIZED_STATUS] = {"status", TEXTOID},
};

static const OwnerQuery realized_total = {
	.table = "document",
	.sql = "SELECT COALESCE(pg_catalog.sum(CASE "
		   "WHEN kind OPERATOR(pg_catalog.=) 'invoice' THEN total "
		   "WHEN kind OPERATOR(pg_catalog.=) 'return' THEN OPERATOR(pg_catalog.-) total END) "
		   "FILTER (WHERE status OPERATOR(pg_catalog.=) 'confirmed'), 0.00) AS total FROM %s "
		   "WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 "
		   "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{NUMERICOID}},
};

static const OwnerQuery write_realized = {
	.table = "opportunity",
	.sql = "UPDATE %s SET realized_amount = $2 WHERE {=}id OPERATOR(pg_catalog.=) $1 "
		   "AND realized_amount OPERATOR(pg_catalog.<>) $2",
	.nargs = 2,
	.args = {INT8OID, NUMERICOID},
};

static const Disclosure realized_disclosure =
	DISCLOSURE("opportunity", "id", INT8OID, "realized_amount");

/*
 * What is invoiced less what is returned, by the documents of an opportunity, which the caller has
 * locked; false where there are none.
 */
static bool
realized_by_documents(TriggerData *trigger, int64 opportunity_id, Datum *realized)
{
	Datum arg = Int64GetDatum(opportunity_id);

	return owner_query(trigger, &realized_total, &arg, realized, NULL);
}

/* What an opportunity has realized by its documents: nothing where there are none. */
Datum
realized_amount(TriggerData *trigger, int64 opportunity_id)
{
	Datum realized;

	return realized_by_documents(trigger, opportunity_id, &realized)
			   ? realized
			   : NumericGetDatum(int64_div_fast_to_numeric(0, 2));
}

/* Refuse a realized_amount other than what the documents come to, if there are any. */
void
check_realized(TriggerData *trigger, int64 opportunity_id, Datum value)
{
	Datum realized;

	if (!realized_by_documents(trigger, opportunity_id, &realized) ||
		DatumGetBool(DirectFunctionCall2(numeric_eq, value, realized)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("realized_amount of opportunity %lld follows its documents",
					(long long) opportunity_id),
			 may_tell(trigger, &realized_disclosure, Int64GetDatum(opportunity_id))
				 ? errdetail("By its documents it is %s.",
							 DatumGetCString(DirectFunctionCall1(numeric_out, realized)))
				 : 0,
			 errhint("Confirm or void invoices and returns."), errtable(trigger->tg_relation),
			 err_code("realized_fixed"), err_field("realized_amount")));
}

/*
 * keep_realized() -> trigger: the opportunity, locked by the trigger of the document, has what
 * its documents say, from the first one on.
 */
Datum
keep_realized(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"keep_realized", AFTER_ROW, ON_INSERT | ON_UPDATE, columns,
								   REALIZED_COLUMNS};
	Row row = open_row(fcinfo, &use);
	Datum args[2] = {value_of(&row, REALIZED_OPPORTUNITY_ID)};

	if (!row.is_insert &&
		(strcmp(TextDatumGetCString(value_of(&row, REALIZED_KIND)), "quote") == 0 ||
		 !differs(&row, REALIZED_STATUS)))
		PG_RETURN_POINTER(NULL);
	if (realized_by_documents(row.trigger, DatumGetInt64(args[0]), &args[1]))
		(void) owner_execute(row.trigger, &write_realized, args, NULL);
	PG_RETURN_POINTER(NULL);
}
