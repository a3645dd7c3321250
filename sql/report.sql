CREATE FUNCTION opportunities_internal.days_between(first date, last date) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'days_between';
COMMENT ON FUNCTION opportunities_internal.days_between(date, date) IS
	'The days from one day to another; NULL where that is earlier, since what ends before it began is unknown.';

CREATE FUNCTION opportunities_internal.elapsed_days(since timestamptz, until timestamptz) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'elapsed_days';
COMMENT ON FUNCTION opportunities_internal.elapsed_days(timestamptz, timestamptz) IS
	'The days of 24 hours from one moment to another, to two digits; NULL where that is earlier, since what ends before it began is unknown.';

CREATE FUNCTION opportunities_internal.row_state_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'row_state_support';
COMMENT ON FUNCTION opportunities_internal.row_state_support(internal) IS
	'What the planner makes of row_state and row_state_wanted in a query that wants some states alone.';

CREATE FUNCTION opportunities_internal.row_state(closed_on date, kind text) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT opportunities_internal.row_state_support
	AS 'MODULE_PATHNAME', 'row_state';
COMMENT ON FUNCTION opportunities_internal.row_state(date, text) IS
	'The state of an opportunity, of its closing day and the kind of its stage: open, won or lost; NULL where it is closed in a stage that isn''t seen.';

CREATE FUNCTION opportunities_internal.row_state_wanted(closed_on date) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT opportunities_internal.row_state_support
	AS 'MODULE_PATHNAME', 'row_state_wanted';
COMMENT ON FUNCTION opportunities_internal.row_state_wanted(date) IS
	'True. In the condition of a view with a row_state, the planner makes closed_on IS NULL of it where a query wants open rows alone.';

CREATE FUNCTION opportunities_internal.may_hide_rows_support(internal) RETURNS internal
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'may_hide_rows_support';
COMMENT ON FUNCTION opportunities_internal.may_hide_rows_support(internal) IS
	'The answer of may_hide_rows, for the planner.';

CREATE FUNCTION opportunities_internal.may_hide_rows(relation regclass) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE SUPPORT opportunities_internal.may_hide_rows_support
	AS 'MODULE_PATHNAME', 'may_hide_rows';
COMMENT ON FUNCTION opportunities_internal.may_hide_rows(regclass) IS
	'Whether row security may hide rows of a table from who asks. For a query that reads the table too.';

CREATE FUNCTION opportunities_internal.report_figures(
	open opportunities.totals,
	won_rows opportunities.totals,
	lost_rows opportunities.totals,
	days numeric,
	counted bigint,
	OUT count bigint,
	OUT final_total numeric,
	OUT estimated_total numeric,
	OUT realized_total numeric,
	OUT currency text,
	OUT by_currency jsonb,
	OUT open_count bigint,
	OUT open_estimated numeric,
	OUT won bigint,
	OUT lost bigint,
	OUT won_total numeric,
	OUT win_rate numeric,
	OUT avg_days_to_close numeric)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'report_figures';
COMMENT ON FUNCTION opportunities_internal.report_figures(opportunities.totals, opportunities.totals, opportunities.totals, numeric, bigint) IS
	'The figures of a group as queries have them that report_sql of 0.1.0 wrote: those of group_figures but for lost_total.';

CREATE TYPE opportunities_internal.group_row AS (
	count bigint,
	final_total numeric,
	estimated_total numeric,
	realized_total numeric,
	currency text,
	by_currency jsonb,
	open_count bigint,
	open_estimated numeric,
	won bigint,
	lost bigint,
	won_total numeric,
	win_rate numeric,
	avg_days_to_close numeric,
	lost_total numeric);
COMMENT ON TYPE opportunities_internal.group_row IS 'What group_figures gives: a type with a name, so that it may stand in what one server sends another.';

CREATE FUNCTION opportunities_internal.group_figures(
	open opportunities.totals,
	won_rows opportunities.totals,
	lost_rows opportunities.totals,
	days numeric,
	counted bigint)
	RETURNS opportunities_internal.group_row
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'group_figures';
COMMENT ON FUNCTION opportunities_internal.group_figures(opportunities.totals, opportunities.totals, opportunities.totals, numeric, bigint) IS
	'The figures of a group of a report: of the totals of its open, won and lost rows, the sum of days to close of won rows, and of how many of these they are known. win_rate is won / (won + lost), avg_days_to_close days / counted; both NULL where nothing was closed. The numbers are NULL where currencies are mixed.';

CREATE FUNCTION opportunities.report(
	relation regclass DEFAULT NULL,
	by text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT true,
	subtotals boolean DEFAULT false,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS TABLE (
	dimensions jsonb,
	count bigint,
	final_total numeric,
	estimated_total numeric,
	realized_total numeric,
	currency text,
	by_currency jsonb,
	open_count bigint,
	open_estimated numeric,
	won bigint,
	lost bigint,
	won_total numeric,
	win_rate numeric,
	avg_days_to_close numeric,
	labels jsonb,
	lost_total numeric,
	measures jsonb,
	converted jsonb,
	overlapping boolean)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 100 COST 10000 AS 'MODULE_PATHNAME', 'report_0_2';
COMMENT ON FUNCTION opportunities.report(regclass, text[], text, jsonb, jsonb, text, boolean, boolean, text[], text) IS
	'Totals, forecast and win rate of groups of opportunities, in the order of their dimensions.
relation: a table or view with the standard columns, default opportunity on the search_path; stage stands beside it. by: fields, and periods of dates such as month(expected_close): day, week, month, quarter, year, fiscal_quarter, fiscal_year, each given by its first day; each(tags) and paths to rows that refer to it, such as activity.kind: an opportunity is in each of its groups once, and overlapping is true of them: they add up to more; none: one row. filter, rules, scope, search: as of board. include_archived: archived rows too. subtotals: also a row for each group without its last dimension, and so on up to the grand total, with "_level" telling how many are kept.
final_total, estimated_total, realized_total, currency, open_estimated, won_total and lost_total are NULL where a group holds several currencies; by_currency has each apart, with open_count, open_total, open_estimated, won, won_total, lost and lost_total. open_estimated: of open rows alone. win_rate: won / (won + lost). avg_days_to_close: of won rows, from created_at to closed_at.
labels: what people call the periods among the dimensions, under the same keys, as period_label does: in opportunities.calendar and opportunities.language.
measures: sum, avg, min, max, count, count(distinct …), counts and median of fields, as sum(custom.mrr); the column measures has them under these keys, numbers as strings, money as an array of an object for each currency, {"currency", "value"}.
in_currency: the code of a currency that totals are shown in, too, as converted: {"currency", "final_total", "estimated_total", "realized_total"}, strings rounded to its digits; closed rows at the rate of the day of closing, others at that of opportunities.rates_on, else of today. Measures of money are in it, too: "sum(amount) in EUR" beside "sum(amount)".
Errors: those of board; 22023 unknown_unit, unknown_calendar, unknown_month, not_an_array, path_too_long; 22008 date_out_of_range.';

CREATE FUNCTION opportunities_internal.json_rows_add(internal, row_to_add record) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'json_rows_add';
COMMENT ON FUNCTION opportunities_internal.json_rows_add(internal, record) IS
	'Transition of the aggregate json_rows.';
CREATE FUNCTION opportunities_internal.json_rows_array(internal) RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'json_rows_array';
COMMENT ON FUNCTION opportunities_internal.json_rows_array(internal) IS
	'Result of the aggregate json_rows.';
CREATE AGGREGATE opportunities_internal.json_rows(record) (
	SFUNC = opportunities_internal.json_rows_add, STYPE = internal,
	FINALFUNC = opportunities_internal.json_rows_array, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE opportunities_internal.json_rows(record) IS
	'Rows of a report as an array, in the order in which they come: an object for each, its columns as members, numbers as strings. Errors: 54000 answer_too_large.';

CREATE FUNCTION opportunities.report_json(
	relation regclass DEFAULT NULL,
	by text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT true,
	subtotals boolean DEFAULT false,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000 BEGIN ATOMIC
SELECT opportunities_internal.json_rows(r) FROM opportunities.report(relation, by, filter, rules, scope, search, include_archived, subtotals, measures, in_currency) AS r;
END;
COMMENT ON FUNCTION opportunities.report_json(regclass, text[], text, jsonb, jsonb, text, boolean, boolean, text[], text) IS
	'A report as one JSON array, an object for each row of report with its columns as members, in which every number is a string, so that none loses a digit. The arguments: as those of report.
Errors: those of report; 54000 answer_too_large.';

CREATE FUNCTION opportunities.report_sql(
	relation regclass DEFAULT NULL,
	by text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT true,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'report_sql_0_2';
COMMENT ON FUNCTION opportunities.report_sql(regclass, text[], text, jsonb, jsonb, text, boolean, text[], text) IS
	'The query whose rows are those of report, with a typed column for each dimension and measure, named as it is written, for COPY, cursors and BI. Arguments as of report. By currency, that dimension is the column currency. What in_currency asks for is in the columns converted_final_total, converted_estimated_total and converted_realized_total. With a dimension of many there is a column overlapping, true.
Errors: those of report; 42622 name_too_long; 42701 name_taken.';

CREATE TYPE opportunities_internal.line_row AS (
	count bigint,
	quantity numeric,
	net numeric,
	price numeric,
	open_quantity numeric,
	open_net numeric,
	forecast_net numeric,
	won_quantity numeric,
	won_net numeric,
	won_price numeric,
	lost_quantity numeric,
	lost_net numeric,
	lost_price numeric,
	currency text,
	by_currency jsonb);
COMMENT ON TYPE opportunities_internal.line_row IS 'What line_figures gives, of a type with a name as well.';

CREATE FUNCTION opportunities_internal.line_figures(
	open opportunities.totals,
	won_lines opportunities.totals,
	lost_lines opportunities.totals)
	RETURNS opportunities_internal.line_row
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'line_figures';
COMMENT ON FUNCTION opportunities_internal.line_figures(opportunities.totals, opportunities.totals, opportunities.totals) IS
	'The figures of a group of lines: of the totals of those of open, won and lost opportunities, whose final total is the net worth, the estimated one what of it is expected, and the realized one the quantity. A price is net / quantity. Money is NULL where currencies are mixed.';

CREATE FUNCTION opportunities.report_lines(
	relation regclass DEFAULT NULL,
	by text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT true,
	subtotals boolean DEFAULT false)
RETURNS TABLE (
	dimensions jsonb,
	count bigint,
	quantity numeric,
	net numeric,
	price numeric,
	open_quantity numeric,
	open_net numeric,
	forecast_net numeric,
	won_quantity numeric,
	won_net numeric,
	won_price numeric,
	lost_quantity numeric,
	lost_net numeric,
	lost_price numeric,
	currency text,
	by_currency jsonb,
	labels jsonb,
	overlapping boolean)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 100 COST 10000 AS 'MODULE_PATHNAME', 'report_lines';
COMMENT ON FUNCTION opportunities.report_lines(regclass, text[], text, jsonb, jsonb, text, boolean, boolean) IS
	'Quantities, net worth and prices of groups of lines of opportunities: in all, open, won and lost, in the order of their dimensions.
relation: as of report; opportunity_line stands beside it. by: fields of a line, such as product.category or discount_percent, else of its opportunity, such as owner, and all that report groups by. filter, rules, scope, search, include_archived: which opportunities, as of report. subtotals: as of report.
count: of lines. price: net / quantity. forecast_net: net × the probability of open opportunities. Money is NULL where a group holds several currencies; by_currency has each apart. labels, overlapping: as of report.
Errors: those of report; 42P01 relation_missing, column_missing.';

CREATE FUNCTION opportunities.report_lines_json(
	relation regclass DEFAULT NULL,
	by text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT true,
	subtotals boolean DEFAULT false)
	RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000 BEGIN ATOMIC
SELECT opportunities_internal.json_rows(r) FROM opportunities.report_lines(relation, by, filter, rules, scope, search, include_archived, subtotals) AS r;
END;
COMMENT ON FUNCTION opportunities.report_lines_json(regclass, text[], text, jsonb, jsonb, text, boolean, boolean) IS
	'report_lines as one JSON array, an object for each row with its columns as members, in which every number is a string, so that none loses a digit. The arguments: as those of report_lines.
Errors: those of report_lines; 54000 answer_too_large.';
