/* invoice_quote: a quote as an invoice, whole or in parts. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "command/issue.h"
#include "executor/spi.h"
#include "fields/value_reader.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(invoice_quote);
PG_FUNCTION_INFO_V1(invoice_quote_0_2);

/* What is asked for of a quote: a share of the whole, quantities of its lines, or what is left. */
typedef struct QuotePart
{
	bool has_share;
	Datum share;
	bool has_lines;
	int count;
	int64 *ids;
	Datum *quantities;
} QuotePart;

#define LINES_HINT "Give a list of lines of the quote: [{\"id\": 7, \"quantity\": 2}]."

/* Refuse lines that can't be read. */
pg_noreturn static void
refuse_lines(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("lines must be a list of lines with quantities"), errdetail("%s", detail),
			 errhint(LINES_HINT), err_code("invalid_lines"), err_field("lines")));
}

/* A number of an element of lines. */
static Datum
line_number(JsonbContainer *line, int at, const char *key, Oid type)
{
	ValueTarget target = {key, type, -1};
	JsonbValue *json = json_member(line, key);
	Value value;
	ValueProblem problem;

	if (json == NULL || json->type == jbvNull)
		refuse_lines(psprintf("$[%d] has no \"%s\".", at, key));
	if (json->type != jbvNumeric && json->type != jbvString)
		refuse_lines(psprintf("$[%d].%s is no number.", at, key));
	if (!read_value(&target, json, &value, &problem) || value.isnull)
		refuse_lines(psprintf("$[%d].%s is no number that fits: %s", at, key,
							  value.isnull ? "it is empty" : problem.detail));
	return value_as(&value, type);
}

/* The quantities of lines; one of 0 leaves its line out. */
static void
read_lines(Jsonb *json, QuotePart *part)
{
	static const char *const keys[] = {"id", "quantity", NULL};
	int64 *all;
	ListCell *cell;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		refuse_lines("It is no list.");
	check_limit(JB_ROOT_COUNT(json), MAX_IDS, "too_many_elements", "lines", "elements");
	part->ids = palloc(sizeof(int64) * Max(JB_ROOT_COUNT(json), 1));
	part->quantities = palloc(sizeof(Datum) * Max(JB_ROOT_COUNT(json), 1));
	foreach (cell, json_elements(&json->root))
	{
		int at = foreach_current_index(cell);
		JsonbValue *element = lfirst(cell);
		JsonbContainer *line = element->val.binary.data;
		char *other;

		CHECK_FOR_INTERRUPTS();
		if (!json_is_object(element))
			refuse_lines(psprintf("$[%d] is no object.", at));
		other = json_other_key(line, keys);
		if (other != NULL)
			refuse_lines(psprintf("$[%d] has a member \"%s\".", at, other));
		part->ids[at] = DatumGetInt64(line_number(line, at, "id", INT8OID));
		part->quantities[at] = line_number(line, at, "quantity", NUMERICOID);
	}
	part->count = JB_ROOT_COUNT(json);

	all =
		memcpy(palloc(sizeof(int64) * Max(part->count, 1)), part->ids, sizeof(int64) * part->count);
	qsort(all, part->count, sizeof(int64), compare_ids);
	for (int i = 1; i < part->count; i++)
		if (all[i] == all[i - 1])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("line %lld is named twice", (long long) all[i]),
							errhint("Add up its quantities."), err_code("duplicate_id"),
							err_field("lines")));
}

/* Read the arguments that say which part. */
static QuotePart
read_quote_part(FunctionCallInfo fcinfo, int share, int lines)
{
	QuotePart part = {.has_share = !PG_ARGISNULL(share), .has_lines = !PG_ARGISNULL(lines)};

	if (part.has_share && part.has_lines)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a quote is invoiced by a share or by lines, not by both"),
						errhint("Leave one of them out; without either it is what is left."),
						err_code("share_and_lines"), err_field("share")));
	if (part.has_share)
	{
		Datum zero = NumericGetDatum(int64_to_numeric(0));
		Datum one = NumericGetDatum(int64_to_numeric(1));

		part.share = PG_GETARG_DATUM(share);
		if (DatumGetBool(DirectFunctionCall2(numeric_le, part.share, zero)) ||
			DatumGetBool(DirectFunctionCall2(numeric_gt, part.share, one)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("share must be more than 0, and 1 at most"),
					 errdetail("It is %s.",
							   DatumGetCString(DirectFunctionCall1(numeric_out, part.share))),
					 errhint("0.3 is three tenths of the whole quote."), err_code("share_range"),
					 err_field("share")));
	}
	if (part.has_lines)
		read_lines(PG_GETARG_JSONB_P(lines), &part);
	return part;
}

/* Lines of a quote as its invoice has them, with a quantity of their own. */
#define QUOTE_LINES "document_id, source_line_id, " COPIED
#define LINES_WITH(quantity) \
	"SELECT $2, l.id, " COPIED_BUT("l", quantity) " FROM %1$s.document_line AS l "
#define OF_QUOTE "WHERE {l=}l.document_id OPERATOR(pg_catalog.=) $1 "
#define IN_ORDER "ORDER BY l.position, l.id"

/* What other invoices leave; a line of no quantity comes with each part. */
static uint64
copy_rest(const Issue *issue, int64 quote_id, int64 id)
{
	static const char *const sql = LINES_WITH(
		"l.quantity OPERATOR(pg_catalog.-) t.quantity") "CROSS JOIN LATERAL (SELECT "
														"COALESCE(pg_catalog.sum(r.quantity), 0) "
														"FROM %1$s.document_line AS r "
														"JOIN %1$s.document AS d ON {d=r}d.id "
														"OPERATOR(pg_catalog.=) r.document_id "
														"AND d.kind OPERATOR(pg_catalog.=) "
														"'invoice' "
														"AND d.status OPERATOR(pg_catalog.<>) "
														"'void' "
														"WHERE {r=}r.source_line_id "
														"OPERATOR(pg_catalog.=) l.id) AS t "
														"(quantity) " OF_QUOTE
														"AND (l.quantity OPERATOR(pg_catalog.=) 0 "
														"OR l.quantity OPERATOR(pg_catalog.<>) "
														"t.quantity) " IN_ORDER;

	return copy_lines_of(issue, QUOTE_LINES, sql, quote_id, id);
}

/* A share of each line. */
static uint64
copy_share(const Issue *issue, const QuotePart *part, int64 quote_id, int64 id)
{
	return insert_lines(issue, QUOTE_LINES,
						LINES_WITH("l.quantity OPERATOR(pg_catalog.*) $3") OF_QUOTE IN_ORDER, 3,
						(Oid[]){INT8OID, INT8OID, NUMERICOID},
						(Datum[]){Int64GetDatum(quote_id), Int64GetDatum(id), part->share});
}

/* The quantities of lines, each of which must be one of the quote. */
static uint64
copy_lines(const Issue *issue, const QuotePart *part, int64 quote_id, int64 id)
{
	Datum args[] = {Int64GetDatum(quote_id), Int64GetDatum(id), int8_array(part->ids, part->count),
					PointerGetDatum(construct_array(part->quantities, part->count, NUMERICOID, -1,
													false, TYPALIGN_INT))};
	Oid types[] = {INT8OID, INT8OID, INT8ARRAYOID, NUMERICARRAYOID};

	if (run_issue(issue,
				  "SELECT t.id FROM pg_catalog.unnest($3) AS t (id) WHERE NOT EXISTS (SELECT FROM "
				  "%1$s.document_line AS l " OF_QUOTE "AND l.id OPERATOR(pg_catalog.=) t.id) "
				  "AND $2 IS NOT NULL AND $4 IS NOT NULL LIMIT 1",
				  lengthof(args), types, args) > 0)
		not_found(psprintf("line %lld of quote", (long long) only_id()), quote_id, "lines");
	return insert_lines(
		issue, QUOTE_LINES,
		LINES_WITH("t.quantity") "JOIN ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) "
								 "AS t (id, quantity) ON l.id OPERATOR(pg_catalog.=) t.id " OF_QUOTE
								 "AND t.quantity OPERATOR(pg_catalog.<>) 0 " IN_ORDER,
		lengthof(args), types, args);
}

/* The invoice of a quote, or of a part of it. */
static Datum
invoice_part(FunctionCallInfo fcinfo, const Issue *issue, const QuotePart *part)
{
	int64 quote_id = PG_GETARG_INT64(0);
	uint64 lines;
	int64 id;

	SPI_connect();
	id = insert_draft(issue, "invoice", source_opportunity(issue, quote_id, "quote", "quote_id"),
					  quote_id);
	lines = part->has_lines	  ? copy_lines(issue, part, quote_id, id)
			: part->has_share ? copy_share(issue, part, quote_id, id)
							  : copy_rest(issue, quote_id, id);
	if (lines == 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("no line of quote %lld would be invoiced", (long long) quote_id),
						errhint("Give quantities other than 0."), err_code("nothing_to_issue"),
						err_field(part->has_lines ? "lines" : "quote_id")));
	return finish_issue(fcinfo, issue, id);
}

/* invoice_quote(quote_id bigint, confirm boolean, relation regclass) -> bigint, of 0.1.0 */
Datum
invoice_quote(PG_FUNCTION_ARGS)
{
	Issue issue = open_issue(fcinfo, "quote_id", 2, "invoice_quote");
	QuotePart rest = {0};

	return invoice_part(fcinfo, &issue, &rest);
}

/*
 * invoice_quote(quote_id bigint, confirm boolean, share numeric, lines jsonb, relation regclass) ->
 * bigint
 */
Datum
invoice_quote_0_2(PG_FUNCTION_ARGS)
{
	Issue issue = open_issue(fcinfo, "quote_id", 4, "invoice_quote");
	QuotePart part = read_quote_part(fcinfo, 2, 3);

	return invoice_part(fcinfo, &issue, &part);
}
