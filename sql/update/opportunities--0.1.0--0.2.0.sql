\echo Use "ALTER EXTENSION opportunities UPDATE" to load this file. \quit

SET LOCAL search_path TO pg_catalog, pg_temp;

COMMENT ON FUNCTION opportunities.me() IS
	'The application''s user: the setting opportunities.user_name, or the current role where it is empty. Errors: 55000 user_unset where it is empty and opportunities.require_user_name is on.';

CREATE FUNCTION opportunities_internal.default_calendar() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'default_calendar';

COMMENT ON FUNCTION opportunities_internal.default_calendar() IS
	'The setting opportunities.calendar, which a series of numbers keeps.';

CREATE FUNCTION opportunities_internal.default_fiscal_year_start() RETURNS integer
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'default_fiscal_year_start';

COMMENT ON FUNCTION opportunities_internal.default_fiscal_year_start() IS
	'The setting opportunities.fiscal_year_start, which a series of numbers keeps.';

CREATE FUNCTION opportunities.fill_calendar(schema name DEFAULT 'crm', first_day date DEFAULT '2010-01-01',
	last_day date DEFAULT '2039-12-31', fiscal_year_by_end boolean DEFAULT false)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'fill_calendar';

COMMENT ON FUNCTION opportunities.fill_calendar(name, date, date, boolean) IS
	'Fills the table calendar of a CRM with the days from the first to the last, and computes those that it has already anew, by the settings opportunities.week_start, opportunities.calendar and opportunities.fiscal_year_start: how many days it has then. fiscal_year_by_end: a fiscal year has the number of the year that it ends in.
Errors: 3F000 unknown_schema; 22004 argument_missing; 42P01 relation_missing; 22023 unknown_month; 22008 date_out_of_range; 54000 too_many_elements.';

CREATE FUNCTION opportunities_internal.totals_times(opportunities.totals, numeric) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_times';

COMMENT ON FUNCTION opportunities_internal.totals_times(opportunities.totals, numeric) IS
	'Multiplies every sum of every currency by a finite number, exactly; counts and currencies stay. Errors: 22003 factor_not_finite, scale_out_of_range.';

CREATE FUNCTION opportunities_internal.times_totals(numeric, opportunities.totals) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'times_totals';

COMMENT ON FUNCTION opportunities_internal.times_totals(numeric, opportunities.totals) IS
	'As totals_times.';

-- There was another OPERATOR opportunities.: where it takes the same types, drop that or alter it.
CREATE OPERATOR opportunities.* (
	LEFTARG = opportunities.totals, RIGHTARG = numeric,
	FUNCTION = opportunities_internal.totals_times, COMMUTATOR = OPERATOR(opportunities.*)
);

COMMENT ON OPERATOR opportunities.* (opportunities.totals, numeric) IS
	'Multiplies the sums of totals, exactly';

-- There was another OPERATOR opportunities.: where it takes the same types, drop that or alter it.
CREATE OPERATOR opportunities.* (
	LEFTARG = numeric, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.times_totals, COMMUTATOR = OPERATOR(opportunities.*)
);

COMMENT ON OPERATOR opportunities.* (numeric, opportunities.totals) IS
	'Multiplies the sums of totals, exactly';

CREATE FUNCTION opportunities_internal.only_count(totals opportunities.totals) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_only_count';

COMMENT ON FUNCTION opportunities_internal.only_count(opportunities.totals) IS
	'What totals of as many rows are of which no amount was read.';

CREATE FUNCTION opportunities_internal.middle(numeric[]) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'middle';

COMMENT ON FUNCTION opportunities_internal.middle(numeric[]) IS
	'What is in the middle of two numbers, exactly, with no more decimals than it takes.';

CREATE FUNCTION opportunities_internal.totals_add_money(opportunities.totals, value numeric, currency text)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_add_money';

COMMENT ON FUNCTION opportunities_internal.totals_add_money(opportunities.totals, numeric, text) IS
	'Transition of the aggregates money_sum and money_avg: a value that is NULL isn''t counted.';

CREATE FUNCTION opportunities_internal.money_sums(opportunities.totals) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_sums';

COMMENT ON FUNCTION opportunities_internal.money_sums(opportunities.totals) IS
	'Result of the aggregate money_sum.';

CREATE FUNCTION opportunities_internal.money_averages(opportunities.totals) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_averages';

COMMENT ON FUNCTION opportunities_internal.money_averages(opportunities.totals) IS
	'Result of the aggregate money_avg.';

CREATE AGGREGATE opportunities_internal.money_sum(value numeric, currency text) (
	SFUNC = opportunities_internal.totals_add_money, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	FINALFUNC = opportunities_internal.money_sums, COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE
);

COMMENT ON AGGREGATE opportunities_internal.money_sum(numeric, text) IS
	'The sum of what isn''t NULL, each currency apart: [{"currency", "value"}], the unnamed one first.';

CREATE AGGREGATE opportunities_internal.money_avg(value numeric, currency text) (
	SFUNC = opportunities_internal.totals_add_money, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	FINALFUNC = opportunities_internal.money_averages, COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE
);

COMMENT ON AGGREGATE opportunities_internal.money_avg(numeric, text) IS
	'The average of what isn''t NULL, each currency apart, as avg gives it.';

CREATE FUNCTION opportunities_internal.money_least_add(internal, value numeric, currency text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_least_add';

COMMENT ON FUNCTION opportunities_internal.money_least_add(internal, numeric, text) IS
	'Transition of the aggregate money_min.';

CREATE FUNCTION opportunities_internal.money_greatest_add(internal, value numeric, currency text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_greatest_add';

COMMENT ON FUNCTION opportunities_internal.money_greatest_add(internal, numeric, text) IS
	'Transition of the aggregate money_max.';

CREATE FUNCTION opportunities_internal.money_least_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_least_combine';

COMMENT ON FUNCTION opportunities_internal.money_least_combine(internal, internal) IS
	'Combines states of the aggregate money_min.';

CREATE FUNCTION opportunities_internal.money_greatest_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_greatest_combine';

COMMENT ON FUNCTION opportunities_internal.money_greatest_combine(internal, internal) IS
	'Combines states of the aggregate money_max.';

CREATE FUNCTION opportunities_internal.money_extremes_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_extremes_serialize';

COMMENT ON FUNCTION opportunities_internal.money_extremes_serialize(internal) IS
	'A state of money_min or money_max for another process.';

CREATE FUNCTION opportunities_internal.money_extremes_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_extremes_deserialize';

COMMENT ON FUNCTION opportunities_internal.money_extremes_deserialize(bytea, internal) IS
	'A state of money_min or money_max from another process.';

CREATE FUNCTION opportunities_internal.money_extremes(internal) RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_extremes';

COMMENT ON FUNCTION opportunities_internal.money_extremes(internal) IS
	'Result of the aggregates money_min and money_max.';

CREATE AGGREGATE opportunities_internal.money_min(value numeric, currency text) (
	SFUNC = opportunities_internal.money_least_add, STYPE = internal, SSPACE = 800,
	FINALFUNC = opportunities_internal.money_extremes, COMBINEFUNC = opportunities_internal.money_least_combine,
	SERIALFUNC = opportunities_internal.money_extremes_serialize, DESERIALFUNC = opportunities_internal.money_extremes_deserialize,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE opportunities_internal.money_min(numeric, text) IS
	'The least value, each currency apart.';

CREATE AGGREGATE opportunities_internal.money_max(value numeric, currency text) (
	SFUNC = opportunities_internal.money_greatest_add, STYPE = internal, SSPACE = 800,
	FINALFUNC = opportunities_internal.money_extremes, COMBINEFUNC = opportunities_internal.money_greatest_combine,
	SERIALFUNC = opportunities_internal.money_extremes_serialize, DESERIALFUNC = opportunities_internal.money_extremes_deserialize,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE opportunities_internal.money_max(numeric, text) IS
	'The greatest value, each currency apart.';

CREATE FUNCTION opportunities_internal.money_median_add(internal, value numeric, currency text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_median_add';

COMMENT ON FUNCTION opportunities_internal.money_median_add(internal, numeric, text) IS
	'Transition of the aggregate money_median.';

CREATE FUNCTION opportunities_internal.money_medians(internal) RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'money_medians';

COMMENT ON FUNCTION opportunities_internal.money_medians(internal) IS
	'Result of the aggregate money_median.';

CREATE AGGREGATE opportunities_internal.money_median(value numeric, currency text) (
	SFUNC = opportunities_internal.money_median_add, STYPE = internal, SSPACE = 8192,
	FINALFUNC = opportunities_internal.money_medians, PARALLEL = SAFE
);

COMMENT ON AGGREGATE opportunities_internal.money_median(numeric, text) IS
	'The median, each currency apart, of values that come in order: what stands in the middle, of an even number what is in the middle of two.';

COMMENT ON FUNCTION opportunities_internal.refuse_truncate() IS
	'Trigger of every table that create_crm makes: TRUNCATE of a table that holds rows is an error (0A000, truncate_refused), but in a database for tests.';

COMMENT ON FUNCTION opportunities_internal.final_stage_trigger() IS
	'Constraint trigger of stage, checked at commit: a pipeline that has stages has an active final one, and one of each kind where it says so (23514, pipeline_without_final_stage).';

CREATE FUNCTION opportunities_internal.pipeline_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_trigger';

COMMENT ON FUNCTION opportunities_internal.pipeline_trigger() IS
	'Constraint trigger of pipeline, checked at commit: one that begins to need a won and a lost stage has both (23514, pipeline_without_final_stage).';

CREATE FUNCTION opportunities_internal.stage_fields_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_fields_trigger';

COMMENT ON FUNCTION opportunities_internal.stage_fields_trigger() IS
	'Trigger of stage, before INSERT or UPDATE of a row: required_fields names fields that people fill (42703, unknown_field; 23514, field_not_required).';

CREATE FUNCTION opportunities_internal.is_opportunity_column(stages oid, field text) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'is_opportunity_column';

COMMENT ON FUNCTION opportunities_internal.is_opportunity_column(oid, text) IS
	'Whether the table opportunity beside a table of stages has a column, for check_crm.';

CREATE FUNCTION opportunities_internal.stage_transition_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_transition_trigger';

COMMENT ON FUNCTION opportunities_internal.stage_transition_trigger() IS
	'Trigger of stage_transition, before INSERT or UPDATE of a row: id and tenant_id stay (23514, key_fixed), and role names a role of the server (42704, unknown_role).';

CREATE FUNCTION opportunities_internal.target_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'target_trigger';

COMMENT ON FUNCTION opportunities_internal.target_trigger() IS
	'Trigger of target, before INSERT or UPDATE of a row: the calendar, the period''s last day and the one form of the currency. Errors: 23514 first_day_inside_period, key_fixed, value_too_large; 22023 unknown_calendar, unknown_month; 22008 date_out_of_range.';

COMMENT ON FUNCTION opportunities.currency_digits(text) IS
	'How many digits amounts of a currency have after the point, as ICU knows it: 0 for JPY, 3 for KWD. 2 for NULL, the unnamed currency, and for what is no code of a currency. A CRM goes by its table currency where that has the code.';

COMMENT ON FUNCTION opportunities_internal.keep_currency() IS
	'Trigger before INSERT or UPDATE of a row: the columns that its arguments name hold codes of currencies in their one form, that of currency_code, and such as the table currency lists, where it lists any. Errors: 23514 unknown_currency.';

CREATE FUNCTION opportunities_internal.currency_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'currency_trigger';

COMMENT ON FUNCTION opportunities_internal.currency_trigger() IS
	'Trigger of currency, before INSERT or UPDATE of a row: the code in its one form, and the digits that ICU knows where none are given.';

CREATE FUNCTION opportunities_internal.used_currency_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'used_currency_trigger';

COMMENT ON FUNCTION opportunities_internal.used_currency_trigger() IS
	'Trigger of currency, after INSERT, UPDATE or DELETE of a row: a code that is in use stays, and so do the digits that lines are rounded to. Errors: 23503 currency_in_use; 23514 currency_digits.';

CREATE FUNCTION opportunities_internal.line_sums(
	quantity numeric, unit_price numeric, discount_percent numeric, tax_percent numeric, digits integer)
	RETURNS TABLE (net numeric, tax numeric) ROWS 1
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT n, round(n * tax_percent * 0.01, digits) FROM round(quantity * unit_price * (100 - discount_percent) * 0.01, digits) AS n;
END;

COMMENT ON FUNCTION opportunities_internal.line_sums(numeric, numeric, numeric, numeric, integer) IS
	'What a line comes to, rounded half away from zero to the digits of its currency: net, and the tax on that.';

CREATE FUNCTION opportunities_internal.next_number(sequence regclass, last bigint) RETURNS bigint
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'next_number';

COMMENT ON FUNCTION opportunities_internal.next_number(regclass, bigint) IS
	'The next number of a sequence that Citus has on each server, above the last number of a row of history.';

CREATE FUNCTION opportunities_internal.keep_shares() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_shares';

COMMENT ON FUNCTION opportunities_internal.keep_shares() IS
	'Trigger of document, after UPDATE of a row: its lines have their parts of its discount.';

CREATE FUNCTION opportunities.create_rollup(relation regclass DEFAULT NULL, by text[] DEFAULT NULL, fill boolean DEFAULT true)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'create_rollup';

COMMENT ON FUNCTION opportunities.create_rollup(regclass, text[], boolean) IS
	'Makes a rollup of a table: its totals by some of its columns, kept by triggers, in tables beside it. Where there is one by these columns it is made again: what it lacks is put right.
by: columns of the table; none: the two that boards want, by pipeline_id, stage_id, closed_on and archived, and the same with owner, as far as the table has them. fill: at once, while writers wait; false: it is empty and not used until fill_rollup. Only the owner of the table may.
Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42703 column_missing; 42804 column_type; 42701 column_taken, rollup_by_twice; 54000 too_many_fields; 55000 rollup_in_use, rollup_damaged, rollup_not_kept.';

CREATE FUNCTION opportunities.fill_rollup(relation regclass DEFAULT NULL)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'fill_rollup';

COMMENT ON FUNCTION opportunities.fill_rollup(regclass) IS
	'Fills the rollups of a table that are not filled, or not to be trusted any more, while others write. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_in_use, rollup_damaged, rollup_not_kept.';

CREATE FUNCTION opportunities.drop_rollup(relation regclass DEFAULT NULL, by text[] DEFAULT NULL)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'drop_rollup';

COMMENT ON FUNCTION opportunities.drop_rollup(regclass, text[]) IS
	'Drops the rollup of a table by these columns; without by: all of them. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_in_use.';

CREATE FUNCTION opportunities.compact_rollup(relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'compact_rollup';

COMMENT ON FUNCTION opportunities.compact_rollup(regclass) IS
	'Folds what writers have added to the rollups of a table since into their sums, beside them: how many deltas. Writers fold now and then, too. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_serializable, rollup_damaged.';

CREATE FUNCTION opportunities.check_rollup(relation regclass DEFAULT NULL)
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'check_rollup';

COMMENT ON FUNCTION opportunities.check_rollup(regclass) IS
	'Compares the rollups of a table with its rows, in one pass, while others write: a row for each group that differs, and for each rollup that is not used. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_in_use, rollup_damaged.';

CREATE TYPE opportunities_internal.rollup_mark;

CREATE FUNCTION opportunities_internal.rollup_mark_in(cstring) RETURNS opportunities_internal.rollup_mark
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'rollup_mark_in';

COMMENT ON FUNCTION opportunities_internal.rollup_mark_in(cstring) IS
	'Text form of rollup_mark; a text that isn''t one is invalid_rollup_mark (22P02).';

CREATE FUNCTION opportunities_internal.rollup_mark_out(opportunities_internal.rollup_mark) RETURNS cstring
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'rollup_mark_out';

COMMENT ON FUNCTION opportunities_internal.rollup_mark_out(opportunities_internal.rollup_mark) IS
	'Text form of rollup_mark: current, or stale where a trigger or partition was changed since.';

CREATE TYPE opportunities_internal.rollup_mark (
	INPUT = opportunities_internal.rollup_mark_in,
	OUTPUT = opportunities_internal.rollup_mark_out,
	INTERNALLENGTH = 32,
	ALIGNMENT = double
);

COMMENT ON TYPE opportunities_internal.rollup_mark IS
	'The triggers that kept a rollup when it was filled. As text whether they are those that there are.';

CREATE FUNCTION opportunities_internal.rollup_totals_add(internal, opportunities.totals) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'rollup_totals_add';

COMMENT ON FUNCTION opportunities_internal.rollup_totals_add(internal, opportunities.totals) IS
	'Adds a row of a rollup to the state of rollup_totals.';

CREATE FUNCTION opportunities_internal.rollup_totals_final(internal) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'rollup_totals_final';

COMMENT ON FUNCTION opportunities_internal.rollup_totals_final(internal) IS
	'Result of rollup_totals.';

CREATE AGGREGATE opportunities_internal.rollup_totals(totals opportunities.totals) (
	SFUNC = opportunities_internal.rollup_totals_add, STYPE = internal, SSPACE = 1000,
	FINALFUNC = opportunities_internal.rollup_totals_final, PARALLEL = SAFE
);

COMMENT ON AGGREGATE opportunities_internal.rollup_totals(opportunities.totals) IS
	'What totals over the rows gives that rows of a rollup sum up, to the last decimal that is shown. Over no rows the zero element.';

CREATE FUNCTION opportunities_internal.rollup_columns() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_columns';

COMMENT ON FUNCTION opportunities_internal.rollup_columns() IS
	'Trigger of a table that has a rollup, which never fires: its first argument is the number of the rollup, its columns are those of the rollup, and its second one says what each is to it.';

CREATE FUNCTION opportunities_internal.rollup_of() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_of';

COMMENT ON FUNCTION opportunities_internal.rollup_of() IS
	'Trigger of a table of a rollup, which never fires: it is one of the table that FROM names, with that number; 0: it says which rollups are filled.';

CREATE FUNCTION opportunities_internal.rollup_row() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_row';

COMMENT ON FUNCTION opportunities_internal.rollup_row() IS
	'Trigger of a table that has rollups, after each row, enabled always: notes what it adds to them, and what it did before.';

CREATE FUNCTION opportunities_internal.rollup_begin() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_begin';

COMMENT ON FUNCTION opportunities_internal.rollup_begin() IS
	'Trigger of a table that has rollups, before each statement, enabled always: until the end of it they don''t answer this transaction. After TRUNCATE of rows they don''t answer until they are made again.';

CREATE FUNCTION opportunities_internal.rollup_end() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_end';

COMMENT ON FUNCTION opportunities_internal.rollup_end() IS
	'Trigger of a table that has rollups, after each statement, enabled always: writes what was noted, a row for each group that the statement changed.';

CREATE FUNCTION opportunities_internal.rollup_guard() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_guard';

COMMENT ON FUNCTION opportunities_internal.rollup_guard() IS
	'Trigger of the tables of a rollup, enabled always: what a restore or a subscription would write there is left out; other writes are an error (55000, rollup_kept).';

CREATE FUNCTION opportunities.custom_number(custom jsonb, key text) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'custom_number';

COMMENT ON FUNCTION opportunities.custom_number(jsonb, text) IS
	'A field of your own as a number, for views and queries: a JSON number. NULL where the value is of another kind.';

CREATE FUNCTION opportunities.custom_date(custom jsonb, key text) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'custom_date';

COMMENT ON FUNCTION opportunities.custom_date(jsonb, text) IS
	'A field of your own as a date, for views and queries: a string such as "2025-12-31". NULL where the value is of another kind.';

CREATE FUNCTION opportunities.custom_bool(custom jsonb, key text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'custom_bool';

COMMENT ON FUNCTION opportunities.custom_bool(jsonb, text) IS
	'A field of your own as a boolean, for views and queries: true or false. NULL where the value is of another kind.';

CREATE FUNCTION opportunities.exchange_rate(
	from_currency text, to_currency text, day date DEFAULT NULL, relation regclass DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10 AS 'MODULE_PATHNAME', 'exchange_rate';

COMMENT ON FUNCTION opportunities.exchange_rate(text, text, date, regclass) IS
	'What one unit of a currency is worth in another on a day: the latest rate of the two from that day or before, never an inverse or one by way of a third; 1 for the same currency.
day: default opportunities.rates_on, else today in opportunities.time_zone. relation: default opportunity on the search_path; exchange_rate stands beside it, and is read with the caller''s rights.
Errors: P0002 rate_missing; 22004 argument_missing; 42P01 unknown_relation, relation_missing; 42703 column_missing.';

CREATE FUNCTION opportunities.in_currency(
	amount numeric, amount_currency text, currency text, day date DEFAULT NULL, relation regclass DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10 AS 'MODULE_PATHNAME', 'amount_in_currency';

COMMENT ON FUNCTION opportunities.in_currency(numeric, text, text, date, regclass) IS
	'An amount in another currency, at the rate of a day, exactly: not rounded. Nothing is nothing in any currency, and takes no rate.
day: mostly closed_on, so that what is closed has the rate of then and what is open that of opportunities.rates_on, else of today. relation: as of exchange_rate.
Errors: those of exchange_rate.';

CREATE FUNCTION opportunities.in_currency(
	totals opportunities.totals, currency text, day date DEFAULT NULL, relation regclass DEFAULT NULL)
	RETURNS opportunities.totals
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10 AS 'MODULE_PATHNAME', 'totals_in_currency';

COMMENT ON FUNCTION opportunities.in_currency(opportunities.totals, text, date, regclass) IS
	'Totals of rows of one day in one currency: the sums of each currency times its rate of that day, added up, exactly. For totals that are grouped by closed_on, such as those that rollups keep: sum(in_currency(totals, ''EUR'', closed_on)).
day, relation: as of in_currency of an amount. Errors: those of exchange_rate, and of totals * numeric.';

CREATE FUNCTION opportunities_internal.converted(totals opportunities.totals, currency text, digits integer) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'converted';

COMMENT ON FUNCTION opportunities_internal.converted(opportunities.totals, text, integer) IS
	'What is shown of totals that were converted to a currency: the sums as strings, rounded to its digits.';

CREATE FUNCTION opportunities_internal.rates_day(last_day date) RETURNS date
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'rates_day';

COMMENT ON FUNCTION opportunities_internal.rates_day(date) IS
	'The day whose rates a span of days has that ends on one: opportunities.rates_on, else its last day, or today where that is still to come.';

CREATE FUNCTION opportunities_internal.forecast_category(own text, kind text, category text, probability numeric)
	RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN kind = 'won' THEN 'closed'
		WHEN kind = 'lost' THEN 'omitted'
		ELSE coalesce(own, category, CASE WHEN probability >= 75.0 THEN 'commit' WHEN probability >= 50.0 THEN 'best_case' ELSE 'pipeline' END)
	END;
END;

COMMENT ON FUNCTION opportunities_internal.forecast_category(text, text, text, numeric) IS
	'The forecast category of an opportunity: closed and omitted where its stage is won or lost; else its own, or that of its stage, or, where neither has one, by the chance of the stage: commit from 75 percent, best_case from 50, else pipeline.';

CREATE FUNCTION opportunities_internal.is_one_of_few(number bigint) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'is_one_of_few';

COMMENT ON FUNCTION opportunities_internal.is_one_of_few(bigint) IS
	'True up to the most members that the teams of attainment may have in all. Errors: 54000 too_many_elements.';

CREATE FUNCTION opportunities_internal.attainment(relation regclass, period text, by text[], measure text, today date)
RETURNS TABLE (
	dimensions jsonb,
	currency text,
	target numeric,
	won numeric,
	open numeric,
	open_estimated numeric,
	gap numeric,
	coverage numeric,
	achieved numeric,
	attainment numeric,
	commit numeric,
	best_case numeric,
	pace numeric,
	labels jsonb)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 100 COST 10000 AS 'MODULE_PATHNAME', 'attainment';

COMMENT ON FUNCTION opportunities_internal.attainment(regclass, text, text[], text, date) IS
	'What the function attainment of a CRM gives, of its opportunities and the tables beside them.';

-- There was another FUNCTION opportunities.board: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.board(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	cards integer DEFAULT 20,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS TABLE (
	pipeline_id text,
	lane text,
	lane_label text,
	stage_id text,
	stage text,
	kind text,
	"position" integer,
	count bigint,
	final_total numeric,
	estimated_total numeric,
	realized_total numeric,
	currency text,
	by_currency jsonb,
	cards jsonb,
	next jsonb,
	own_order boolean,
	measures jsonb,
	converted jsonb)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 20 COST 10000 AS 'MODULE_PATHNAME', 'board_0_2';

COMMENT ON FUNCTION opportunities.board(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text, text[], text) IS
	'A kanban board: a row for each column (stage) of each lane, with the count and totals of all its rows beside its first cards.
relation: a table or view with the standard columns, default opportunity on the search_path; stage stands beside it. filter: the name of a saved filter, one''s own before a shared one. rules: a filter definition. scope: columns and the values that they must have, null for IS NULL; pipeline_id limits the columns too. search: words that title, account name or owner contain, compared by fold. include_archived: archived rows, and closed ones of any age. lane_by: a field, or a period of a date such as month(expected_close), to make a lane of each value of, at most 1,000; all(field): of each that users, choices or rows of the relation it leads to have, too. sort: fields, -field for descending; default the order of each column. cards: how many of each column, 0 to 1000. fields: what a card shows. with_totals: false where only rows are to be counted, and no amount is read. own_order: whether the cards stand in the order of their places, so that neighbours give one. view: the name of a saved view, one''s own before a shared one, whose columns, sort, lane and filter count where the call gives none; without fields a default view''s. measures: sum, avg, min, max, count, count(distinct …), counts and median of fields, as sum(custom.mrr); the column measures has them under these keys, numbers as strings, money as an array of an object for each currency, {"currency", "value"}. in_currency: the code of a currency that totals are shown in, too, as converted: {"currency", "final_total", "estimated_total", "realized_total"}, strings rounded to its digits; closed rows at the rate of the day of closing, others at that of opportunities.rates_on, else of today.
Errors: 42P01 unknown_relation, relation_missing; 42703 column_missing, unknown_field; 42804 column_type; 22023 unknown_view, unknown_filter and the codes of filters, invalid_scope, value_unreadable, size_out_of_range, stage_kind, unknown_measure, unknown_currency; 22004 argument_missing; P0002 rate_missing; 42883 not_comparable; 54000 too_many_lanes, too_many_cells, search_too_long, too_many_fields.';

CREATE FUNCTION opportunities.board_sql(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	cards integer DEFAULT 20,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS TABLE (
	part text,
	pipeline_id text,
	lane text,
	stage_id text,
	kind text,
	sql text)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 20 COST 10000 AS 'MODULE_PATHNAME', 'board_sql';

COMMENT ON FUNCTION opportunities.board_sql(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text, text[], text) IS
	'The statements that a board runs now, in order, as text without a semicolon: for EXPLAIN, which shows nothing within a function.
part: stages, pipelines (only where pipelines share stages), totals, and then cards, for all of them, or, as the board decides by its rows, column_cards, for each column of a lane that holds some; pipeline_id, lane, stage_id and kind say of which, as in board, and are NULL in the others. A statement for cards reads one row more than a column shows, to tell whether others follow. Values stand in them as literals. The arguments: as those of board. It reads the totals itself, since the statements for cards depend on them.
Errors: those of board.';

-- There was another FUNCTION opportunities.board_json: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.board_json(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	cards integer DEFAULT 20,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'board_json_0_2';

COMMENT ON FUNCTION opportunities.board_json(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text, text[], text) IS
	'A board as one JSON object, in which no number loses a digit: {"view": name of the saved view that applied, or null, "fields": [{"field", "label", "type", "width"}] as cards have them, in order, "lane_by", "totals": of the whole board, "columns": [an object for each row of board, its members named as the columns there]}, and, where measures are asked for, "measures": of the whole board; likewise "converted", where a currency is.
Counts and totals are strings. The arguments: as those of board. label: as the view has it, else in the language of opportunities.language, as fields has it. width: as the view has it.
Errors: those of board.';

-- There was another FUNCTION opportunities.list: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.list(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	fields text[] DEFAULT NULL,
	sort text[] DEFAULT NULL,
	size integer DEFAULT 50,
	after jsonb DEFAULT NULL,
	before jsonb DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS jsonb
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'list_0_2';

COMMENT ON FUNCTION opportunities.list(regclass, text, jsonb, jsonb, text, boolean, text[], text[], integer, jsonb, jsonb, boolean, text, text[], text) IS
	'A page of a list: {"rows": [...], "first": ordinal of the first row, "totals": of all rows, "next": cursor or null, "previous": cursor or null}, and, where measures are asked for, "measures": of all rows; likewise "converted", where a currency is.
relation: a table or view with the column id, default opportunity on the search_path. filter, rules, scope, search: as in board. include_archived: rows whose flag archived is set too. fields: what a row shows, beside id. sort: fields, -field for descending, nulls last both ways; default the newest first, by id or, where ids aren''t numbers, created_at. size: how many rows, 1 to 1000. after: the cursor next, for the page that follows. before: the cursor previous, for the page before. with_totals: false where the totals are known already. view: the name of a saved view, one''s own before a shared one, whose columns, sort and filter count where the call gives none; without fields a default view''s. measures, in_currency: as of report.
Errors: 42P01 unknown_relation; 42703 column_missing, unknown_field; 42804 column_type; 22023 unknown_view, unknown_filter and the codes of filters, invalid_scope, value_unreadable, size_out_of_range, invalid_cursor, after_and_before, unknown_measure, unknown_currency; 22004 null_element, argument_missing; P0002 rate_missing; 54000 search_too_long, too_many_fields; 42883 not_comparable.';

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

-- There was another FUNCTION opportunities.report: where it takes the same types, drop that or alter it.
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

-- There was another FUNCTION opportunities.report_json: where it takes the same types, drop that or alter it.
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

-- There was another FUNCTION opportunities.report_sql: where it takes the same types, drop that or alter it.
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

COMMENT ON FUNCTION opportunities.my_rights(regclass, text[]) IS
	'What the caller may do: {"read", "create", "edit", "delete", "edit_many", "delete_many", "export", "amounts", "documents", "stages": true or false}; with ids also "rows": {"42": {"edit": true, "delete": false}}, an object for each that is visible. Where pipelines have transitions, also "entered_from": {"3": ["1", null]}, the stages from which the caller may enter each of theirs, null for none or one of another pipeline.
A right on one column is enough for create and edit; amounts needs SELECT on amount, probability and realized_amount; what is a function of ours (edit_many, delete_many, export, documents) needs EXECUTE on it, too. A row is told by the policies that an UPDATE or DELETE of the caller''s would be under; what becomes of the new row, and rules that triggers keep, are not asked. relation: a table or view with the column id, default opportunity on the search_path. ids: up to 1,000.
Errors: 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 22023 value_unreadable; 22004 null_element; 54000 too_many_elements; 42883 not_comparable.';

CREATE FUNCTION opportunities_internal.opportunities_on(relation regclass, day date)
	RETURNS TABLE (id bigint, deleted_at timestamptz, known boolean, stage_known boolean, pipeline_id bigint, stage_id bigint, title text,
		account_id bigint, owner text, currency text, amount numeric, probability numeric, expected_close date, archived boolean, closed_on date)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'opportunities_on';

COMMENT ON FUNCTION opportunities_internal.opportunities_on(regclass, date) IS
	'The opportunities that there were at the end of a day, as change_log tells how they were: it is read as the owner of the table, and told of rows that the caller may see now, and of deleted ones where row security hides none but those of other tenants. What the log doesn''t tell is NULL.';

CREATE FUNCTION opportunities_internal.pipeline_changes(relation regclass, first_day date, last_day date, by text[] DEFAULT NULL,
	filter text DEFAULT NULL, rules jsonb DEFAULT NULL, scope jsonb DEFAULT NULL, search text DEFAULT NULL, include_archived boolean DEFAULT true)
	RETURNS TABLE (dimensions jsonb, change text, currency text, count bigint, amount numeric)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'pipeline_changes';

COMMENT ON FUNCTION opportunities_internal.pipeline_changes(regclass, date, date, text[], text, jsonb, jsonb, text, boolean) IS
	'What came into the open pipeline of a table, and what left it, from the beginning of a day to the end of another: the function pipeline_changes of a CRM. It reads change_log as opportunities_on does.';

CREATE FUNCTION opportunities_internal.funnel(history regclass, first_day date, last_day date)
	RETURNS TABLE (pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, entered bigint,
		went_on bigint, won bigint, lost bigint, conversion numeric, average_days numeric)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'funnel';

COMMENT ON FUNCTION opportunities_internal.funnel(regclass, date, date) IS
	'How opportunities go through the open stages, of the view bi_stage_history: the function funnel of a CRM.';

CREATE FUNCTION opportunities_internal.stage_names(relation regclass)
	RETURNS TABLE (id bigint, name text, "position" integer, kind text)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stage_names';

COMMENT ON FUNCTION opportunities_internal.stage_names(regclass) IS
	'The pipelines or stages of a table that the caller may see, for pipeline_on.';

-- There was another FUNCTION opportunities.move: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.move(
	id text,
	stage_id text,
	above text DEFAULT NULL,
	below text DEFAULT NULL,
	changes jsonb DEFAULT NULL,
	expected bigint DEFAULT NULL,
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT NULL,
	"view" text DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'move_0_2';

COMMENT ON FUNCTION opportunities.move(text, text, text, text, jsonb, bigint, regclass, text, jsonb, jsonb, text, boolean, text, text[], text[], boolean, text) IS
	'Drags a card: gives an opportunity a stage, a place in its column and other columns, in one UPDATE. The card as a board shows it; or, where any argument of a board but fields is given, {"card": that, or null if the user may not see it any more, "shown": whether it is on that board, "place": its number from the top of its column, or null, "column": the column that it is in, as board_json has it but for cards, next and position, "left": the same for that which it came from, null if that is the same}.
id, stage_id, above, below: as boards and cards have them, strings. above, below: the cards that it comes directly above, and directly below; with neither it comes on top. In a final stage the place is given by closed_at, whatever cards are named. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw. relation: the table, or a view that is written through, default opportunity on the search_path. fields: what the card shows. filter, rules, scope, search, include_archived, lane_by, sort, with_totals, view: as they were given to board; with_totals => true asks for the board that has none of them, false counts rows alone.
Errors: P0002 not_found; 40001 row_busy; PT409 row_changed, neighbour_moved, neighbours_reversed; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes, invalid_place; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation, relation_missing; 42809 not_a_table; 42703 column_missing; 42804 column_type; 42883 not_comparable; 55000 relation_read_only; 44000 outside_view; those of board; and those of the triggers of opportunity.';

COMMENT ON FUNCTION opportunities.create_opportunity(jsonb, text[], regclass) IS
	'Makes an opportunity of a JSON object, and gives it back as a list shows it.
changes: columns and their values, {"pipeline_id": 1, "title": "Network"}; custom.x for a key of custom. fields: what the row shows, beside id; default as in a list. relation: the table, or a view that is written through, default opportunity on the search_path.
Errors: 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 55000 relation_read_only; 44000 outside_view; and those of the triggers of opportunity.';

COMMENT ON FUNCTION opportunities.edit_opportunity(text, jsonb, bigint, text[], regclass) IS
	'Changes an opportunity by a JSON object, and gives it back as a list shows it; null where a view no longer does.
id: as cards and lists have it, a string. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw, where rows have one. fields: what the row shows, beside id; default as in a list. relation: the table, or a view that is written through, default opportunity on the search_path.
Errors: P0002 not_found; PT409 row_changed; 42804 column_type; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 42883 not_comparable; 55000 relation_read_only; 44000 outside_view; and those of the triggers of opportunity.';

-- There was another FUNCTION opportunities.bulk_edit: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.bulk_edit(
	changes jsonb,
	ids text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	expected_count bigint DEFAULT NULL,
	on_error text DEFAULT 'abort',
	relation regclass DEFAULT NULL)
	RETURNS TABLE (id text, status text, code text, field text, message text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'bulk_edit_0_2';

COMMENT ON FUNCTION opportunities.bulk_edit(jsonb, text[], text, jsonb, jsonb, text, boolean, bigint, text, regclass) IS
	'Changes the same columns of many opportunities. A row for each, in the order of ids: its status (updated, unchanged, skipped) and, where it was skipped, the code, field and message of the error.
changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. ids, as cards and lists have them, and filter, rules, scope, search (as for board): the rows that all of these mean; at least one is given. include_archived: default false, true where ids alone are given. expected_count: how many rows the user was shown. on_error: abort changes all or none, skip leaves out the rows that can''t be changed. relation: the table, or a view that is written through, default opportunity on the search_path.
Errors: 22023 selection_missing, invalid_changes, value_unreadable, read_only_field, invalid_on_error; 42703 unknown_field; PT409 count_changed, row_changed; P0002 not_found; 42501 not_allowed, column_denied; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 42883 not_comparable; 55000 relation_read_only; 44000 outside_view; those of selections, and, naming the row in DETAIL, those of the triggers of opportunity.';

-- There was another FUNCTION opportunities.bulk_delete: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.bulk_delete(
	ids text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	expected_count bigint DEFAULT NULL,
	on_error text DEFAULT 'abort',
	relation regclass DEFAULT NULL)
	RETURNS TABLE (id text, status text, code text, field text, message text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'bulk_delete_0_2';

COMMENT ON FUNCTION opportunities.bulk_delete(text[], text, jsonb, jsonb, text, boolean, bigint, text, regclass) IS
	'Deletes many opportunities. A row for each, in the order of ids: its status (deleted, skipped) and, where it was skipped, the code, field and message of the error.
The arguments: as those of bulk_edit.
Errors: 22023 selection_missing, value_unreadable, invalid_on_error; PT409 count_changed, row_changed; P0002 not_found; 42501 not_allowed; 54000 too_many_elements; 22004 null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 42883 not_comparable; 55000 relation_read_only; those of selections, and, naming the row in DETAIL, those of the triggers of opportunity.';

COMMENT ON FUNCTION opportunities.retire_stage(bigint, bigint, regclass) IS
	'Moves the opportunities of a stage to another one of its pipeline, on top and in their order, and makes the stage inactive: how many were moved. They enter the replacement as by any change of a stage, whatever transitions there are. relation: the table of opportunities, default opportunity on the search_path.
Errors: 22004 argument_missing; 22023 same_stage; 23503 stage_missing; 23514 stage_of_another_pipeline, stage_inactive, close_reason_required, required_in_stage, stage_in_use (opportunities that you may not see); 23514 pipeline_without_final_stage at commit; 40001 row_busy; 42P01 unknown_relation, relation_missing; 42809 not_a_table.';

-- There was another FUNCTION opportunities.invoice_quote: where it takes the same types, drop that or alter it.
CREATE FUNCTION opportunities.invoice_quote(
	quote_id bigint, confirm boolean DEFAULT false, share numeric DEFAULT NULL, lines jsonb DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'invoice_quote_0_2';

COMMENT ON FUNCTION opportunities.invoice_quote(bigint, boolean, numeric, jsonb, regclass) IS
	'Makes an invoice of a confirmed quote, of what is left of it or of a part, and gives the invoice''s id. All parts together come to the quote and never to more; voiding an invoice, or deleting its draft, frees its part.
confirm: as a confirmed one, with a number; else a draft. share: of each line, more than 0 and up to 1 of the whole. lines: quantities of lines of the quote, [{"id": 7, "quantity": 2}]; 0 leaves a line out. Neither: what is left. relation: the table of opportunities that the documents stand beside, default opportunity on the search_path.
Errors: P0002 not_found; 23505 already_invoiced; 22023 share_range, share_and_lines, invalid_lines, duplicate_id; 54000 too_many_elements; 23514 nothing_to_issue, source_of_another_kind, source_not_confirmed; 42501 not_allowed; 22004 argument_missing; 42P01 unknown_relation, relation_missing; 42809 not_a_table; and those of the table document.';

COMMENT ON FUNCTION opportunities.create_crm(name, text[], boolean, boolean) IS
	'Makes the tables of a CRM in a schema, which is created where it does not exist and else must be the caller''s own. They are yours: owned by the caller, not part of the extension.
parts: NULL for all tables; {filters} for saved_filter and saved_view alone, in a schema whose relation opportunity is yours already. tenant: many customers in these tables, kept apart by the column tenant_id, which begins every key, and by row security: doc/tenants.md. starter: with a pipeline "Sales"; of the current tenant, where there are any.
Errors: 42710 crm_exists; 42P06 schema_exists; 55000 schema_distributed; 3F000 unknown_schema, invalid_schema; 42P01 relation_missing; 22023 unknown_part, starter_without_tables; 22004 argument_missing, null_element; 55000 in_extension_script, tenant_unset. A NOTICE where pg_trgm, which text search uses, is not installed.';

CREATE FUNCTION opportunities.empty_crm(schema name DEFAULT 'crm', starter boolean DEFAULT true)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'empty_crm';

COMMENT ON FUNCTION opportunities.empty_crm(name, boolean) IS
	'For tests: empties all tables of a CRM and restarts its numbers, so that its rows are those that create_crm makes; starter: with the pipeline "Sales", of the current tenant where there are any. Only in a database for tests, which has its own name as opportunities.test_database, and only for the owner of the tables. Your own columns, triggers and rights stay; tables of yours that refer to the CRM must be empty.
Errors: 55000 not_test_database, tenant_unset; 3F000 unknown_schema; 22004 argument_missing; 42P01 crm_missing; 42501 not_owner; 2BP01 still_referred_to.';

CREATE FUNCTION opportunities.follow_ids(schema name DEFAULT 'crm')
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'follow_ids';

COMMENT ON FUNCTION opportunities.follow_ids(name) IS
	'Lets the identities of a schema''s tables go on behind the largest id that a row has, as after an import of rows with their ids: a row for each that lagged, with that id. Where one lags, writers of its table wait until the end of the transaction. Only the owner of the tables may. Errors: 3F000 unknown_schema; 22004 argument_missing; 42501.';

CREATE OR REPLACE FUNCTION opportunities_internal.crm_checks()
	RETURNS TABLE (code text, relation text, missing_in text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
SELECT c.code, c.relation, c.missing_in, c.sql FROM (VALUES

	-- opportunities, and what belongs to them

	('pipeline_missing', 'opportunity', NULL, $check$
SELECT o.id, format('pipeline %s does not exist', o.pipeline_id)
FROM crm.opportunity AS o LEFT JOIN crm.pipeline AS p ON {p=o}p.id = o.pipeline_id
WHERE p.id IS NULL
$check$),
	('account_missing', 'opportunity', NULL, $check$
SELECT o.id, format('account %s does not exist', o.account_id)
FROM crm.opportunity AS o LEFT JOIN crm.account AS a ON {a=o}a.id = o.account_id
WHERE o.account_id IS NOT NULL AND a.id IS NULL
$check$),
	('stage_missing', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s does not exist', o.stage_id)
FROM crm.opportunity AS o LEFT JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE o.stage_id IS NOT NULL AND s.id IS NULL
$check$),
	('stage_of_another_pipeline', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s is of pipeline %s, the opportunity of pipeline %s',
	o.stage_id, s.pipeline_id, o.pipeline_id)
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE s.pipeline_id <> o.pipeline_id
$check$),
	('stage_inactive', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s is not active', o.stage_id)
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE NOT s.active
$check$),
	('not_closed', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s is final, but closed_at or closed_on is empty', o.stage_id),
	o.tableoid, o.ctid, c.at AS closed_at, opportunities.business_date(c.at) AS closed_on
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
	CROSS JOIN LATERAL coalesce(o.closed_at, opportunities.business_moment(o.closed_on), o.stage_entered_at) AS c (at)
WHERE s.kind <> 'open' AND (o.closed_at IS NULL OR o.closed_on IS NULL)
$check$),
	('closed_in_open_stage', 'opportunity', NULL, $check$
SELECT o.id, 'not in a final stage, but closed_at or closed_on is set',
	o.tableoid, o.ctid, NULL::timestamptz AS closed_at, NULL::date AS closed_on, NULL::text AS close_reason
FROM crm.opportunity AS o LEFT JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE (s.id IS NULL OR s.kind = 'open') AND (o.closed_at IS NOT NULL OR o.closed_on IS NOT NULL)
$check$),
	('closed_in_future', 'opportunity', NULL, $check$
SELECT o.id, format('closed_at is %s', o.closed_at)
FROM crm.opportunity AS o
WHERE o.closed_at > now()
$check$),
	('close_reason_required', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s requires a close reason', o.stage_id)
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE s.kind <> 'open' AND s.reason_required
	AND (opportunities.fold(o.close_reason) ~ '[^[:space:][:cntrl:]]') IS NOT TRUE
$check$),
	('opportunity_missing', 'opportunity_line', NULL, $check$
SELECT l.id, format('opportunity %s does not exist', l.opportunity_id)
FROM crm.opportunity_line AS l LEFT JOIN crm.opportunity AS o ON {o=l}o.id = l.opportunity_id
WHERE o.id IS NULL
$check$),
	('product_missing', 'opportunity_line', NULL, $check$
SELECT l.id, format('product %s does not exist', l.product_id)
FROM crm.opportunity_line AS l LEFT JOIN crm.product AS p ON {p=l}p.id = l.product_id
WHERE l.product_id IS NOT NULL AND p.id IS NULL
$check$),
	('line_not_computed', 'opportunity_line', NULL, $check$
SELECT l.id, format('net is %s and tax is %s, but they come to %s and %s', l.net, l.tax, c.net, c.tax),
	l.tableoid, l.ctid, c.net, c.tax
FROM crm.opportunity_line AS l JOIN crm.opportunity AS o ON {o=l}o.id = l.opportunity_id
	LEFT JOIN crm.currency AS k ON {k=o}k.code = o.currency
	CROSS JOIN LATERAL opportunities_internal.line_sums(l.quantity, l.unit_price, l.discount_percent, l.tax_percent,
		coalesce(k.digits, opportunities.currency_digits(o.currency))) AS c
WHERE (l.net = c.net AND l.tax = c.tax) IS NOT TRUE
$check$),
	('amount_not_derived', 'opportunity', NULL, $check$
SELECT o.id, format('amount_mode is auto and amount is %s, but the lines give %s',
		coalesce(o.amount::text, 'empty'), coalesce(l.net::text, 'none')),
	o.tableoid, o.ctid, l.net AS amount
FROM crm.opportunity AS o LEFT JOIN (SELECT {tenant}opportunity_id, sum(net) AS net
	FROM crm.opportunity_line GROUP BY {tenant}opportunity_id) AS l ON {l=o}l.opportunity_id = o.id
WHERE o.amount_mode = 'auto' AND o.amount IS DISTINCT FROM l.net
$check$),
	('currency_form', 'opportunity', NULL, $check$
SELECT o.id, format('currency is %L, not %L', o.currency, c), o.tableoid, o.ctid, c AS currency
FROM crm.opportunity AS o CROSS JOIN LATERAL opportunities.currency_code(o.currency) AS c
WHERE o.currency IS DISTINCT FROM c
$check$),
	('currency_form', 'product', NULL, $check$
SELECT p.id, format('currency is %L, not %L', p.currency, c), p.tableoid, p.ctid, c AS currency
FROM crm.product AS p CROSS JOIN LATERAL opportunities.currency_code(p.currency) AS c
WHERE p.currency IS DISTINCT FROM c
$check$),
	('currency_form', 'target', NULL, $check$
SELECT t.id, format('currency is %L, not %L', t.currency, c), t.tableoid, t.ctid, c AS currency
FROM crm.target AS t CROSS JOIN LATERAL opportunities.currency_code(t.currency) AS c
WHERE t.currency IS DISTINCT FROM c
$check$),
	('unknown_currency', 'target', NULL, $check$
SELECT t.id, format('currency %s is not listed', t.currency)
FROM crm.target AS t LEFT JOIN crm.currency AS k ON {k=t}k.code = t.currency
WHERE t.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=t}true)
$check$),
	('unknown_currency', 'opportunity', NULL, $check$
SELECT o.id, format('currency %s is not listed', o.currency)
FROM crm.opportunity AS o LEFT JOIN crm.currency AS k ON {k=o}k.code = o.currency
WHERE o.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=o}true)
$check$),
	('unknown_currency', 'product', NULL, $check$
SELECT p.id, format('currency %s is not listed', p.currency)
FROM crm.product AS p LEFT JOIN crm.currency AS k ON {k=p}k.code = p.currency
WHERE p.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=p}true)
$check$),
	('unknown_currency', 'target', NULL, $check$
SELECT t.id, format('currency %s is not listed', t.currency)
FROM crm.target AS t LEFT JOIN crm.currency AS k ON {k=t}k.code = t.currency
WHERE t.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=t}true)
$check$),
	('unknown_currency', 'exchange_rate', NULL, $check$
SELECT r.id, format('currency %s is not listed', c.code)
FROM crm.exchange_rate AS r CROSS JOIN LATERAL (VALUES (r.from_currency), (r.to_currency)) AS c (code)
	LEFT JOIN crm.currency AS k ON {k=r}k.code = c.code
WHERE k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=r}true)
$check$),
	('version_missing', 'opportunity', NULL, $check$
SELECT o.id, 'version is less than 1', o.tableoid, o.ctid, 1::bigint AS version
FROM crm.opportunity AS o
WHERE o.version < 1
$check$),
	('pipeline_missing', 'stage', NULL, $check$
SELECT s.id, format('pipeline %s does not exist', s.pipeline_id)
FROM crm.stage AS s LEFT JOIN crm.pipeline AS p ON {p=s}p.id = s.pipeline_id
WHERE p.id IS NULL
$check$),
	('pipeline_without_final_stage', 'pipeline', NULL, $check$
SELECT p.id, 'it has stages, but no active final one'
FROM crm.pipeline AS p
WHERE EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id)
	AND NOT EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id AND s.active AND s.kind <> 'open')
$check$),
	('pipeline_without_final_stage', 'pipeline', NULL, $check$
SELECT p.id, format('it needs both, but has no active %s stage', k.kind)
FROM crm.pipeline AS p CROSS JOIN (VALUES ('won'), ('lost')) AS k (kind)
WHERE p.needs_won_and_lost AND EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id AND s.active AND s.kind <> 'open')
	AND NOT EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id AND s.active AND s.kind = k.kind)
$check$),
	('unknown_field', 'stage', NULL, $check$
SELECT s.id, format('it requires the field %s, which opportunities of pipeline %s have not', f.field, s.pipeline_id)
FROM crm.stage AS s CROSS JOIN LATERAL unnest(s.required_fields) AS f (field)
WHERE NOT CASE WHEN starts_with(f.field, 'custom.')
	THEN EXISTS (SELECT FROM crm.custom_field AS c
		WHERE {c=s}'custom.' || c.name = f.field AND coalesce(c.pipeline_id = s.pipeline_id, true))
	ELSE opportunities_internal.is_opportunity_column(s.tableoid, f.field) END
$check$),
	('stage_missing', 'stage_transition', NULL, $check$
SELECT t.id, format('stage %s of pipeline %s does not exist', v.stage_id, t.pipeline_id)
FROM crm.stage_transition AS t CROSS JOIN LATERAL (VALUES (t.from_stage_id), (t.to_stage_id)) AS v (stage_id)
	LEFT JOIN crm.stage AS s ON {s=t}s.id = v.stage_id AND s.pipeline_id = t.pipeline_id
WHERE v.stage_id IS NOT NULL AND s.id IS NULL
$check$),
	('unknown_role', 'stage_transition', NULL, $check$
SELECT t.id, format('role %I does not exist', t.role)
FROM crm.stage_transition AS t
WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = t.role) AND t.role IS NOT NULL
$check$),
	('last_activity', 'opportunity', NULL, $check$
SELECT o.id, format('last_activity_at is %s, not %s',
		coalesce(o.last_activity_at::text, 'empty'), coalesce(a.done_at::text, 'empty')),
	o.tableoid, o.ctid, a.done_at AS last_activity_at
FROM crm.opportunity AS o CROSS JOIN LATERAL (SELECT max(a.done_at) AS done_at
	FROM crm.activity AS a WHERE {a=o}a.opportunity_id = o.id) AS a
WHERE o.last_activity_at IS DISTINCT FROM a.done_at
$check$),
	('opportunity_missing', 'activity', NULL, $check$
SELECT a.id, format('opportunity %s does not exist', a.opportunity_id)
FROM crm.activity AS a LEFT JOIN crm.opportunity AS o ON {o=a}o.id = a.opportunity_id
WHERE o.id IS NULL
$check$),
	('value_unreadable', 'opportunity', NULL, $check$
SELECT o.id, format('custom.%s is %s, which is not of type %s', v.key, v.value, coalesce(p.type, f.type))
FROM crm.opportunity AS o
	CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(o.custom) = 'object' THEN o.custom ELSE '{}' END) AS v
	LEFT JOIN crm.custom_field AS p ON {p=o}p.name = v.key AND p.pipeline_id = o.pipeline_id
	LEFT JOIN crm.custom_field AS f ON {f=o}f.name = v.key AND f.pipeline_id IS NULL
WHERE v.value <> 'null' AND NOT CASE coalesce(p.type, f.type)
	WHEN 'number' THEN jsonb_typeof(v.value) = 'number'
	WHEN 'bool' THEN jsonb_typeof(v.value) = 'boolean'
	WHEN 'choice' THEN jsonb_typeof(v.value) = 'string'
	WHEN 'date' THEN opportunities_internal.custom_date(o.custom, v.key) IS NOT NULL
	ELSE true END
$check$),
	('manager_missing', 'app_user', NULL, $check$
SELECT u.login, format('manager %L does not exist', u.manager)
FROM crm.app_user AS u LEFT JOIN crm.app_user AS m ON {m=u}m.login = u.manager
WHERE u.manager IS NOT NULL AND m.login IS NULL
$check$),
	('stage_change_gap', 'stage_change', NULL, $check$
SELECT c.id, format('opportunity %s was last moved into stage %s, this move is from stage %s',
	c.opportunity_id, c.came_to, coalesce(c.from_stage_id::text, 'none'))
FROM (SELECT *, lag(to_stage_id) OVER (PARTITION BY {tenant}opportunity_id, deleted_at ORDER BY id) AS came_to
	FROM crm.stage_change) AS c
WHERE c.came_to IS NOT NULL AND c.came_to IS DISTINCT FROM c.from_stage_id
$check$),
	('stage_change_missing', 'opportunity', 'stage_change', $check$
SELECT o.id, format('it was last moved into stage %s, but is in stage %s',
		c.to_stage_id, coalesce(o.stage_id::text, 'none')),
	{o.tenant}o.id AS opportunity_id, c.to_pipeline_id AS from_pipeline_id, c.to_stage_id AS from_stage_id,
	o.pipeline_id AS to_pipeline_id, o.stage_id AS to_stage_id, o.stage_entered_by AS changed_by,
	greatest(c.changed_at, o.stage_entered_at) AS changed_at,
	c.left_at AS entered_at, greatest(c.left_at, o.stage_entered_at) AS left_at
FROM crm.opportunity AS o JOIN (SELECT DISTINCT ON ({tenant}opportunity_id) *
	FROM crm.stage_change WHERE deleted_at IS NULL
	ORDER BY {tenant}opportunity_id, id DESC) AS c ON {c=o}c.opportunity_id = o.id
WHERE c.to_stage_id IS DISTINCT FROM o.stage_id
$check$),

	-- documents, and what opportunities follow of them

	('opportunity_missing', 'document', NULL, $check$
SELECT d.id, format('opportunity %s does not exist', d.opportunity_id)
FROM crm.document AS d LEFT JOIN crm.opportunity AS o ON {o=d}o.id = d.opportunity_id
WHERE o.id IS NULL
$check$),
	('account_missing', 'document', NULL, $check$
SELECT d.id, format('account %s does not exist', d.account_id)
FROM crm.document AS d LEFT JOIN crm.account AS a ON {a=d}a.id = d.account_id
WHERE d.account_id IS NOT NULL AND a.id IS NULL
$check$),
	('currency_differs', 'document', NULL, $check$
SELECT d.id, format('its currency is %s, that of opportunity %s is %s',
	coalesce(d.currency, 'empty'), o.id, coalesce(o.currency, 'empty'))
FROM crm.document AS d JOIN crm.opportunity AS o ON {o=d}o.id = d.opportunity_id
WHERE d.currency IS DISTINCT FROM o.currency
$check$),
	-- What is made of a part of a line may take less: what is left of it. What is made of all of it takes what that has.
	('line_not_computed', 'document_line', NULL, $check$
SELECT l.id, format('net is %s and tax is %s, but they come to %s and %s', l.net, l.tax, c.net, c.tax),
	l.tableoid, l.ctid, c.net, c.tax
FROM crm.document_line AS l JOIN crm.document AS d ON {d=l}d.id = l.document_id
	LEFT JOIN crm.currency AS k ON {k=d}k.code = d.currency
	CROSS JOIN LATERAL coalesce(k.digits, opportunities.currency_digits(d.currency)) AS n (digits)
	CROSS JOIN LATERAL (SELECT s.net - l.document_discount AS net, round((s.net - l.document_discount) * l.tax_percent * 0.01, n.digits) AS tax
		FROM opportunities_internal.line_sums(l.quantity, l.unit_price, l.discount_percent, l.tax_percent, n.digits) AS s) AS c
	LEFT JOIN crm.document_line AS s ON {s=l}s.id = l.source_line_id
WHERE (l.net = c.net AND l.tax = c.tax) IS NOT TRUE AND (l.source_line_id IS NULL OR (s.quantity = l.quantity
	AND s.unit_price = l.unit_price AND s.discount_percent = l.discount_percent AND s.tax_percent = l.tax_percent
	AND (l.net = s.net AND l.tax = s.tax) IS NOT TRUE))
$check$),
	('discount_not_shared', 'document', NULL, $check$
SELECT d.id, format('its discount is %s, but its lines have %s of it', d.discount, d.shared)
FROM (SELECT d.id, l.discount AS shared, round(CASE WHEN d.discount_percent IS NOT NULL THEN l.base * d.discount_percent * 0.01
		WHEN d.discount_amount IS NOT NULL THEN greatest(least(d.discount_amount, l.base), 0) ELSE 0 END,
		coalesce(k.digits, opportunities.currency_digits(d.currency))) AS discount
	FROM crm.document AS d LEFT JOIN crm.currency AS k ON {k=d}k.code = d.currency
		CROSS JOIN LATERAL (SELECT coalesce(sum(l.document_discount), 0) AS discount, coalesce(sum(l.net + l.document_discount), 0) AS base
			FROM crm.document_line AS l WHERE {l=d}l.document_id = d.id) AS l
	WHERE d.source_document_id IS NULL) AS d
WHERE (d.discount = d.shared) IS NOT TRUE
$check$),
	('sums_not_derived', 'document', NULL, $check$
SELECT d.id, format('net is %s, tax %s and total %s, but the lines give %s and %s',
		d.net, d.tax, d.total, l.net, l.tax),
	d.tableoid, d.ctid, l.net, l.tax, l.net + l.tax AS total
FROM crm.document AS d CROSS JOIN LATERAL (SELECT coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax
	FROM crm.document_line AS l WHERE {l=d}l.document_id = d.id) AS l
WHERE (d.net = l.net AND d.tax = l.tax) IS NOT TRUE
$check$),
	('document_empty', 'document', NULL, $check$
SELECT d.id, format('it is %s, but has no lines', d.status)
FROM crm.document AS d
WHERE d.status <> 'draft' AND NOT EXISTS (SELECT FROM crm.document_line AS l WHERE {l=d}l.document_id = d.id)
$check$),
	('number_gap', 'document', NULL, $check$
SELECT n.id, format('after %s %s the next number is %s', n.kind, n.label, n.next)
FROM (SELECT d.id, d.kind, d.label, d.number, lead(d.number) OVER (PARTITION BY {tenant}d.kind, d.series ORDER BY d.number) AS next
	FROM crm.document AS d WHERE d.number IS NOT NULL) AS n
WHERE n.next > n.number + 1
$check$),
	('number_gap', 'document_counter', NULL, $check$
SELECT c.kind, format('the first number is %s, not %s', d.number, c.first_number),
	c.tableoid, c.ctid, d.number AS first_number
FROM (SELECT {tenant}kind, min(number) AS number FROM crm.document WHERE number IS NOT NULL AND series = '' GROUP BY {tenant}kind) AS d
	JOIN crm.document_counter AS c ON {c=d}c.kind = d.kind AND c.pattern = ''
WHERE c.first_number <> d.number
$check$),
	('source_unfit', 'document', NULL, $check$
SELECT d.id, format('it is made from document %s, kind %s, %s, of opportunity %s',
	s.id, s.kind, s.status, s.opportunity_id)
FROM crm.document AS d JOIN crm.document AS s ON {s=d}s.id = d.source_document_id
WHERE s.opportunity_id <> d.opportunity_id OR s.status = 'draft'
	OR s.kind <> CASE d.kind WHEN 'invoice' THEN 'quote' WHEN 'return' THEN 'invoice' ELSE '' END
	OR (d.kind = 'return' AND d.status = 'confirmed' AND s.status <> 'confirmed')
$check$),
	('already_invoiced', 'document', NULL, $check$
SELECT q.id, format('its net is %s, its tax %s, and %s and %s are invoiced', q.net, q.tax, i.net, i.tax)
FROM crm.document AS q JOIN (SELECT {tenant}source_document_id, count(*) AS count, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
	FROM crm.document WHERE kind = 'invoice' AND status = 'confirmed'
	GROUP BY {tenant}source_document_id) AS i ON {i=q}i.source_document_id = q.id
WHERE i.count > 1 AND (CASE WHEN q.net < 0 THEN i.net < q.net ELSE i.net > q.net END
	OR CASE WHEN q.tax < 0 THEN i.tax < q.tax ELSE i.tax > q.tax END
	OR CASE WHEN q.total < 0 THEN i.total < q.total ELSE i.total > q.total END)
$check$),
	('already_invoiced', 'document_line', NULL, $check$
SELECT l.id, format('its quantity is %s, and %s is invoiced', l.quantity, i.quantity)
FROM crm.document_line AS l JOIN (SELECT {tenant}source_line_id, sum(quantity) AS quantity
	FROM crm.document_line AS b WHERE source_line_id IS NOT NULL AND EXISTS (SELECT FROM crm.document AS d
		WHERE {d=b}d.id = b.document_id AND d.kind = 'invoice' AND d.status <> 'void')
	GROUP BY {tenant}source_line_id) AS i ON {i=l}i.source_line_id = l.id
WHERE abs(i.quantity) > abs(l.quantity) OR i.quantity * l.quantity < 0
$check$),
	('return_exceeds_invoice', 'document', NULL, $check$
SELECT i.id, format('its total is %s, and %s is returned', i.total, r.total)
FROM crm.document AS i JOIN (SELECT {tenant}source_document_id, sum(total) AS total
	FROM crm.document WHERE kind = 'return' AND status = 'confirmed'
	GROUP BY {tenant}source_document_id) AS r ON {r=i}r.source_document_id = i.id
WHERE r.total > i.total
$check$),
	('return_exceeds_invoice', 'document_line', NULL, $check$
SELECT l.id, format('its quantity is %s, and %s is returned', l.quantity, r.quantity)
FROM crm.document_line AS l JOIN (SELECT {tenant}source_line_id, sum(quantity) AS quantity
	FROM crm.document_line AS b WHERE source_line_id IS NOT NULL AND EXISTS (SELECT FROM crm.document AS d
		WHERE {d=b}d.id = b.document_id AND d.kind = 'return' AND d.status = 'confirmed')
	GROUP BY {tenant}source_line_id) AS r ON {r=l}r.source_line_id = l.id
WHERE abs(r.quantity) > abs(l.quantity) OR r.quantity * l.quantity < 0
$check$),
	('document_missing', 'document_line', NULL, $check$
SELECT l.id, format('document %s does not exist', l.document_id)
FROM crm.document_line AS l LEFT JOIN crm.document AS d ON {d=l}d.id = l.document_id
WHERE d.id IS NULL
$check$),
	('product_missing', 'document_line', NULL, $check$
SELECT l.id, format('product %s does not exist', l.product_id)
FROM crm.document_line AS l LEFT JOIN crm.product AS p ON {p=l}p.id = l.product_id
WHERE l.product_id IS NOT NULL AND p.id IS NULL
$check$),
	('opportunity_missing', 'payment', NULL, $check$
SELECT p.id, format('opportunity %s does not exist', p.opportunity_id)
FROM crm.payment AS p LEFT JOIN crm.opportunity AS o ON {o=p}o.id = p.opportunity_id
WHERE o.id IS NULL
$check$),
	('currency_form', 'document', NULL, $check$
SELECT d.id, format('currency is %L, not %L', d.currency, c), d.tableoid, d.ctid, c AS currency
FROM crm.document AS d CROSS JOIN LATERAL opportunities.currency_code(d.currency) AS c
WHERE d.currency IS DISTINCT FROM c
$check$),
	('currency_form', 'payment', NULL, $check$
SELECT p.id, format('currency is %L, not %L', p.currency, c), p.tableoid, p.ctid, c AS currency
FROM crm.payment AS p CROSS JOIN LATERAL opportunities.currency_code(p.currency) AS c
WHERE p.currency IS DISTINCT FROM c
$check$),
	('currency_differs', 'payment', NULL, $check$
SELECT p.id, format('its currency is %s, that of opportunity %s is %s',
	coalesce(p.currency, 'empty'), o.id, coalesce(o.currency, 'empty'))
FROM crm.payment AS p JOIN crm.opportunity AS o ON {o=p}o.id = p.opportunity_id
WHERE p.currency IS DISTINCT FROM o.currency
$check$),
	('document_of_another_opportunity', 'payment', NULL, $check$
SELECT p.id, format('document %s is of opportunity %s', d.id, d.opportunity_id)
FROM crm.payment AS p JOIN crm.document AS d ON {d=p}d.id = p.document_id
WHERE d.opportunity_id <> p.opportunity_id
$check$),
	('realized_not_derived', 'opportunity', NULL, $check$
SELECT o.id, format('realized_amount is %s, but the documents give %s', o.realized_amount, d.realized),
	o.tableoid, o.ctid, d.realized AS realized_amount
FROM crm.opportunity AS o JOIN (SELECT {tenant}opportunity_id,
		coalesce(sum(CASE kind WHEN 'invoice' THEN total WHEN 'return' THEN -total END)
			FILTER (WHERE status = 'confirmed'), 0) AS realized
	FROM crm.document GROUP BY {tenant}opportunity_id) AS d ON {d=o}d.opportunity_id = o.id
WHERE o.realized_amount <> d.realized
$check$)

) AS c (code, relation, missing_in, sql);
END;

CREATE FUNCTION opportunities.erase_account(account_id bigint, also text[] DEFAULT NULL,
	everywhere boolean DEFAULT false, schema name DEFAULT 'crm')
	RETURNS TABLE (action text, object text, row_id text, fields text[], note text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'erase_account';

COMMENT ON FUNCTION opportunities.erase_account(bigint, text[], boolean, name) IS
	'Erases a person or organization: name and fields of the account, titles, texts and custom fields of its opportunities, their lines, activities, payments and documents, and what the history has of any of them. What accounts are made of stays: numbers, days, amounts, stages. A row for each that was erased, for each document that stays (kept), for each text elsewhere in the schema that has the name, or one of also (mentioned; replaced, where it is to be taken out everywhere), and for each table of your own that refers to these (elsewhere). Only the owner of the tables may. Nobody else writes to them until the transaction ends.
Errors: 22004 argument_missing, null_element; 23503 account_missing; 3F000 unknown_schema; 42501 not_owner, rows_hidden; 54000 too_many_elements; 55000 crm_damaged, tenant_unset.';

CREATE FUNCTION opportunities.erase_user(login text, also text[] DEFAULT NULL,
	everywhere boolean DEFAULT false, schema name DEFAULT 'crm')
	RETURNS TABLE (action text, object text, row_id text, fields text[], note text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'erase_user';

COMMENT ON FUNCTION opportunities.erase_user(text, text[], boolean, name) IS
	'Erases a user of the application: wherever rows and history have the login they get one that tells nothing, the same everywhere; name, address and fields in app_user go, and the filters and views that were the user''s alone. The answer is as that of erase_account.
Errors: 22004 argument_missing, null_element; 3F000 unknown_schema; 42501 not_owner, rows_hidden; 54000 too_many_elements; 55000 crm_damaged, tenant_unset.';

CREATE FUNCTION opportunities_internal.mentions(value text, names text[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mentions';

COMMENT ON FUNCTION opportunities_internal.mentions(text, text[]) IS
	'Whether a text has one of some names in it, as text search compares them.';

CREATE FUNCTION opportunities_internal.without_names(value jsonb, pattern text) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'without_names';

COMMENT ON FUNCTION opportunities_internal.without_names(jsonb, text) IS
	'A JSON value with "Erased" in its strings for what a regular expression finds.';

CREATE FUNCTION opportunities_internal.with_login(value jsonb, field text, users text[], login text, becomes text)
	RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'with_login';

COMMENT ON FUNCTION opportunities_internal.with_login(jsonb, text, text[], text, text) IS
	'What a field of the history is, or a row of it (field is NULL), with another login where a column or a rule of a filter has one.';

CREATE FUNCTION opportunities_internal.erasures()
	RETURNS TABLE (subject text, relation text, condition text, becomes text, kept text[], watched text[], users text[])
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('account', 'account', 'r.id OPERATOR(pg_catalog.=) $1', 'pg_catalog.concat(''Erased '', r.id)',
		'{id,kind}'::pg_catalog.text[], '{}'::pg_catalog.text[], '{}'::pg_catalog.text[]),
	('account', 'opportunity', 'r.account_id OPERATOR(pg_catalog.=) $1', 'pg_catalog.concat(''Erased '', r.id)',
		'{id,account_id,pipeline_id,stage_id,owner,currency,amount,amount_mode,probability,probability_mode,estimated_amount,realized_amount,expected_close,forecast_override,closed_at,closed_on,position,archived,version,created_at,created_by,updated_at,updated_by,stage_entered_at,stage_entered_by,last_activity_at}',
		'{type,source,campaign,buying_process,close_reason}', '{}'),
	('account', 'opportunity_line', 'EXISTS (SELECT FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id AND o.account_id OPERATOR(pg_catalog.=) $1)', '''Erased''',
		'{id,opportunity_id,product_id,position,quantity,unit_price,discount_percent,tax_percent,net,tax}', '{}', '{}'),
	('account', 'activity', 'EXISTS (SELECT FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id AND o.account_id OPERATOR(pg_catalog.=) $1)', '''Erased''',
		'{id,opportunity_id,due_at,done_at,assignee,created_at,created_by,updated_at,updated_by}', '{kind}', '{}'),
	('account', 'document', 'COALESCE(r.account_id, (SELECT o.account_id FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id)) OPERATOR(pg_catalog.=) $1', '''Erased''',
		'{id,opportunity_id,account_id,kind,status,number,source_document_id,currency,net,tax,total,issued_on,due_on,created_at,created_by,confirmed_at,confirmed_by,voided_at,voided_by,series,label,discount_percent,discount_amount,valid_until}', '{}', '{}'),
	('account', 'document_line', 'EXISTS (SELECT FROM %1$s.document AS d WHERE {d=r}d.id OPERATOR(pg_catalog.=) r.document_id AND COALESCE(d.account_id, (SELECT o.account_id FROM %1$s.opportunity AS o WHERE {o=d}o.id OPERATOR(pg_catalog.=) d.opportunity_id)) OPERATOR(pg_catalog.=) $1)', '''Erased''',
		'{id,document_id,source_line_id,product_id,position,quantity,unit_price,discount_percent,tax_percent,net,tax,document_discount}', '{}', '{}'),
	('account', 'payment', 'COALESCE((SELECT d.account_id FROM %1$s.document AS d WHERE {d=r}d.id OPERATOR(pg_catalog.=) r.document_id), (SELECT o.account_id FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id)) OPERATOR(pg_catalog.=) $1', '''Erased''',
		'{id,opportunity_id,document_id,direction,amount,currency,paid_on,created_at,created_by}', '{method}', '{}'),
	('user', 'app_user', 'r.login OPERATOR(pg_catalog.=) $1', '$3', '{manager,team,active}', '{}', '{login,manager}'),
	('user', 'opportunity', NULL, NULL, '{}', '{}', '{owner,created_by,updated_by,stage_entered_by}'),
	('user', 'activity', NULL, NULL, '{}', '{}', '{assignee,created_by,updated_by}'),
	('user', 'document', NULL, NULL, '{}', '{}', '{created_by,confirmed_by,voided_by}'),
	('user', 'payment', NULL, NULL, '{}', '{}', '{created_by}'),
	('user', 'target', NULL, NULL, '{}', '{}', '{owner,team}'),
	('user', 'stage_change', NULL, NULL, '{}', '{}', '{changed_by}'),
	('user', 'saved_filter', NULL, NULL, '{}', '{}', '{owner}'),
	('user', 'saved_view', NULL, NULL, '{}', '{}', '{owner}'),
	('user', 'change_log', NULL, NULL, '{}', '{}', '{changed_by}')
$function$;

COMMENT ON FUNCTION opportunities_internal.erasures() IS
	'What erase_account and erase_user empty, and what they keep.';

CREATE FUNCTION opportunities_internal.erasure_steps()
	RETURNS TABLE (subject text, step text, relation text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('account', 'names', NULL, $step$
SELECT n FROM (
	SELECT a.name FROM %1$s.account AS a WHERE {a=}a.id OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT d.account_name FROM %1$s.document AS d WHERE {d=}d.account_id OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT v OPERATOR(pg_catalog.#>>) '{}' FROM %1$s.change_log AS l, pg_catalog.unnest(ARRAY[l.old, l.new]) AS v
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'account' AND l.row_id OPERATOR(pg_catalog.=) $1::pg_catalog.text
			AND l.field OPERATOR(pg_catalog.=) 'name'
	UNION ALL SELECT l.old OPERATOR(pg_catalog.->>) 'name' FROM %1$s.change_log AS l
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'account' AND l.row_id OPERATOR(pg_catalog.=) $1::pg_catalog.text AND l.field IS NULL
	UNION ALL SELECT pg_catalog.unnest($2)
) AS s (n) WHERE n OPERATOR(pg_catalog.<>) pg_catalog.concat('Erased ', $1)
$step$),
	('account', 'missing', NULL, $step$
SELECT WHERE NOT EXISTS (SELECT FROM %1$s.account AS a WHERE {a=}a.id OPERATOR(pg_catalog.=) $1)
	AND NOT EXISTS (SELECT FROM %1$s.change_log AS l WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'account'
		AND l.row_id OPERATOR(pg_catalog.=) $1::pg_catalog.text)
$step$),
	('account', 'after', 'change_log', $step$
WITH opportunities (row_id, until) AS (
	SELECT r.id::pg_catalog.text, 'infinity'::pg_catalog.timestamptz FROM %1$s.opportunity AS r
	WHERE {r=}r.account_id OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT l.row_id, l.changed_at FROM %1$s.change_log AS l
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'opportunity' AND l.action OPERATOR(pg_catalog.=) 'delete'
		AND l.old OPERATOR(pg_catalog.->>) 'account_id' OPERATOR(pg_catalog.=) $1::pg_catalog.text
), documents (row_id, until) AS (
	SELECT r.id::pg_catalog.text, 'infinity'::pg_catalog.timestamptz FROM %1$s.document AS r LEFT JOIN %1$s.opportunity AS o ON {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id
	WHERE {r=}COALESCE(r.account_id, o.account_id) OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT l.row_id, l.changed_at FROM %1$s.change_log AS l
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'document' AND l.action OPERATOR(pg_catalog.=) 'delete'
		AND CASE WHEN l.old OPERATOR(pg_catalog.->>) 'account_id' IS NULL
			THEN l.old OPERATOR(pg_catalog.->>) 'opportunity_id' OPERATOR(pg_catalog.=) ANY (SELECT o.row_id FROM opportunities AS o)
			ELSE l.old OPERATOR(pg_catalog.->>) 'account_id' OPERATOR(pg_catalog.=) $1::pg_catalog.text END
), erased (table_name, row_id, until) AS (
	SELECT 'account', $1::pg_catalog.text, 'infinity'::pg_catalog.timestamptz
	UNION ALL SELECT 'opportunity', o.row_id, o.until FROM opportunities AS o
	UNION ALL SELECT 'document', d.row_id, d.until FROM documents AS d
	UNION ALL SELECT 'opportunity_line', r.id::pg_catalog.text, 'infinity' FROM %1$s.opportunity_line AS r JOIN opportunities AS o ON r.opportunity_id::pg_catalog.text OPERATOR(pg_catalog.=) o.row_id
	UNION ALL SELECT 'activity', r.id::pg_catalog.text, 'infinity' FROM %1$s.activity AS r JOIN opportunities AS o ON r.opportunity_id::pg_catalog.text OPERATOR(pg_catalog.=) o.row_id
	UNION ALL SELECT 'payment', r.id::pg_catalog.text, 'infinity' FROM %1$s.payment AS r JOIN opportunities AS o ON r.opportunity_id::pg_catalog.text OPERATOR(pg_catalog.=) o.row_id
	UNION ALL SELECT 'document_line', r.id::pg_catalog.text, 'infinity' FROM %1$s.document_line AS r JOIN documents AS d ON r.document_id::pg_catalog.text OPERATOR(pg_catalog.=) d.row_id
	UNION ALL SELECT l.table_name, l.row_id, l.changed_at FROM %1$s.change_log AS l JOIN opportunities AS o
		ON l.old OPERATOR(pg_catalog.->>) 'opportunity_id' OPERATOR(pg_catalog.=) o.row_id AND l.changed_at OPERATOR(pg_catalog.<=) o.until
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) ANY ('{opportunity_line,activity,payment}') AND l.action OPERATOR(pg_catalog.=) 'delete'
	UNION ALL SELECT l.table_name, l.row_id, l.changed_at FROM %1$s.change_log AS l JOIN documents AS d
		ON l.old OPERATOR(pg_catalog.->>) 'document_id' OPERATOR(pg_catalog.=) d.row_id AND l.changed_at OPERATOR(pg_catalog.<=) d.until
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'document_line' AND l.action OPERATOR(pg_catalog.=) 'delete'
)
UPDATE %1$s.change_log AS l
SET old = CASE WHEN l.field IS NULL THEN (SELECT pg_catalog.jsonb_object_agg(v.key, v.value) FROM pg_catalog.jsonb_each(l.old) AS v
		WHERE v.key OPERATOR(pg_catalog.=) ANY (c.kept) OR v.key OPERATOR(pg_catalog.=) ANY (c.watched) AND NOT opportunities_internal.mentions(v.value::pg_catalog.text, $2)) END,
	new = NULL
FROM erased AS e JOIN opportunities_internal.erasures() AS c ON c.subject OPERATOR(pg_catalog.=) 'account' AND c.relation OPERATOR(pg_catalog.=) e.table_name
WHERE {l=}l.table_name OPERATOR(pg_catalog.=) e.table_name AND l.row_id OPERATOR(pg_catalog.=) e.row_id AND l.changed_at OPERATOR(pg_catalog.<=) e.until
	AND CASE WHEN l.field IS NULL
		THEN EXISTS (SELECT FROM pg_catalog.jsonb_each(l.old) AS v WHERE v.key OPERATOR(pg_catalog.<>) ALL (c.kept)
			AND (v.key OPERATOR(pg_catalog.<>) ALL (c.watched) OR opportunities_internal.mentions(v.value::pg_catalog.text, $2)))
		WHEN l.field OPERATOR(pg_catalog.=) ANY (c.watched)
		THEN opportunities_internal.mentions(pg_catalog.concat(l.old, l.new), $2)
		ELSE l.field OPERATOR(pg_catalog.<>) ALL (c.kept) AND (l.old IS NOT NULL OR l.new IS NOT NULL) END
$step$),
	('user', 'names', NULL, $step$
SELECT n FROM (
	SELECT $1 UNION ALL SELECT u.name FROM %1$s.app_user AS u WHERE {u=}u.login OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT u.email FROM %1$s.app_user AS u WHERE {u=}u.login OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT v OPERATOR(pg_catalog.#>>) '{}' FROM %1$s.change_log AS l, pg_catalog.unnest(ARRAY[l.old, l.new]) AS v
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1
			AND l.field OPERATOR(pg_catalog.=) ANY ('{name,email}')
	UNION ALL SELECT l.old OPERATOR(pg_catalog.->>) f FROM %1$s.change_log AS l, pg_catalog.unnest('{name,email}'::pg_catalog.text[]) AS f
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1 AND l.field IS NULL
	UNION ALL SELECT pg_catalog.unnest($2)
) AS s (n) WHERE n IS NOT NULL
$step$),
	('user', 'before', NULL, $step$
UPDATE %1$s.app_user AS r SET active = false WHERE {r=}r.login OPERATOR(pg_catalog.=) $1 AND r.active
$step$),
	('user', 'before', 'saved_filter', $step$
DELETE FROM %1$s.saved_filter AS r WHERE {r=}r.owner OPERATOR(pg_catalog.=) $1 AND NOT r.shared
$step$),
	('user', 'before', 'saved_view', $step$
DELETE FROM %1$s.saved_view AS r WHERE {r=}r.owner OPERATOR(pg_catalog.=) $1 AND NOT r.shared
$step$),
	('user', 'before', 'saved_filter', $step$
UPDATE %1$s.saved_filter AS r SET definition = opportunities_internal.with_login(r.definition, 'definition', c.users, $1, $3)
FROM (SELECT pg_catalog.array_agg(u) FROM opportunities_internal.erasures() AS e, pg_catalog.unnest(e.users) AS u) AS c (users)
WHERE {r=}opportunities_internal.with_login(r.definition, 'definition', c.users, $1, $3) OPERATOR(pg_catalog.<>) r.definition
$step$),
	('user', 'after', 'change_log', $step$
UPDATE %1$s.change_log AS l
SET old = CASE WHEN l.field IS NULL THEN (SELECT pg_catalog.jsonb_object_agg(v.key, v.value) FROM pg_catalog.jsonb_each(l.old) AS v
		WHERE v.key OPERATOR(pg_catalog.=) ANY ('{manager,team,active,shared}')) END,
	new = NULL, row_id = CASE WHEN l.table_name OPERATOR(pg_catalog.=) 'app_user' THEN $3 ELSE l.row_id END
WHERE {l=}CASE WHEN l.table_name OPERATOR(pg_catalog.=) 'app_user' THEN l.row_id OPERATOR(pg_catalog.=) $1
		AND (l.field IS NULL OR l.field OPERATOR(pg_catalog.<>) ALL ('{manager,team,active}'))
	WHEN l.table_name OPERATOR(pg_catalog.=) ANY ('{saved_filter,saved_view}')
	THEN l.old OPERATOR(pg_catalog.->>) 'owner' OPERATOR(pg_catalog.=) $1 AND l.old OPERATOR(pg_catalog.->>) 'shared' OPERATOR(pg_catalog.=) 'false' END
$step$),
	('user', 'after', 'change_log', $step$
UPDATE %1$s.change_log AS l
SET old = opportunities_internal.with_login(l.old, l.field, c.users, $1, $3), new = opportunities_internal.with_login(l.new, l.field, c.users, $1, $3),
	row_id = CASE WHEN l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1 THEN $3 ELSE l.row_id END
FROM (SELECT pg_catalog.array_agg(u) FROM opportunities_internal.erasures() AS e, pg_catalog.unnest(e.users) AS u) AS c (users)
WHERE {l=}(l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1
	OR pg_catalog.strpos(pg_catalog.concat(l.old, l.new), pg_catalog.to_jsonb($1)::pg_catalog.text) OPERATOR(pg_catalog.>) 0
	AND (opportunities_internal.with_login(l.old, l.field, c.users, $1, $3) OPERATOR(pg_catalog.<>) l.old
		OR opportunities_internal.with_login(l.new, l.field, c.users, $1, $3) OPERATOR(pg_catalog.<>) l.new))
$step$)
$function$;

COMMENT ON FUNCTION opportunities_internal.erasure_steps() IS
	'The statements of erase_account and erase_user beside those that empty columns.';

CREATE OR REPLACE FUNCTION opportunities_internal.crm_steps()
	RETURNS TABLE (version text, relation text, old_column text, new_column text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	-- A move said how long the stage had been held. In UTC every day has 24 hours.
	('0.1.0', 'stage_change', 'stayed', 'left_at', $step$
UPDATE %1$s.stage_change SET left_at = changed_at, entered_at = (changed_at AT TIME ZONE 'UTC'
	OPERATOR(pg_catalog.-) stayed) AT TIME ZONE 'UTC';
ALTER TABLE %1$s.stage_change ALTER COLUMN to_stage_id DROP NOT NULL;
$step$),
	-- The log tells when an opportunity was deleted; else it was after its last move.
	('0.1.0', 'stage_change', NULL, 'deleted_at', $step$
UPDATE %1$s.stage_change AS c SET deleted_at = d.deleted_at
FROM (SELECT {m.tenant}m.opportunity_id, COALESCE((SELECT pg_catalog.max(l.changed_at) FROM %1$s.change_log AS l
		WHERE {l=m}l.table_name OPERATOR(pg_catalog.=) 'opportunity' AND l.action OPERATOR(pg_catalog.=) 'delete'
			AND l.row_id OPERATOR(pg_catalog.=) m.opportunity_id::pg_catalog.text), pg_catalog.max(m.changed_at)) AS deleted_at
	FROM %1$s.stage_change AS m GROUP BY {m.tenant}m.opportunity_id) AS d
WHERE {c=d}c.opportunity_id OPERATOR(pg_catalog.=) d.opportunity_id
	AND NOT EXISTS (SELECT FROM %1$s.opportunity AS o WHERE {o=c}o.id OPERATOR(pg_catalog.=) c.opportunity_id);
$step$),
	-- A document is for whom its opportunity is with now, as far as anybody knows.
	('0.1.0', 'document', NULL, 'account_id', $step$
UPDATE %1$s.document AS d SET account_id = o.account_id
FROM %1$s.opportunity AS o WHERE {o=d}o.id OPERATOR(pg_catalog.=) d.opportunity_id;
$step$),
	('0.1.0', 'document', NULL, 'account_name', $step$
UPDATE %1$s.document AS d SET account_name = a.name
FROM %1$s.account AS a WHERE {a=d}a.id OPERATOR(pg_catalog.=) d.account_id;
$step$),
	-- What is there is in the series without a name.
	('0.2.0', 'document', NULL, 'series', $step$
UPDATE %1$s.document SET series = '';
$step$),
	('0.2.0', 'document_counter', NULL, 'pattern', $step$
UPDATE %1$s.document_counter SET pattern = '';
$step$),
	-- A pattern that is given afterwards counts fiscal years as whoever upgrades does, unless it says how.
	('0.2.0', 'document_counter', NULL, 'calendar', $step$
UPDATE %1$s.document_counter SET calendar = opportunities_internal.default_calendar(),
	fiscal_year_start = opportunities_internal.default_fiscal_year_start();
$step$),
	-- Days are computed; fiscal years have the numbers that they have.
	(NULL, 'calendar', NULL, NULL, $step$
UPDATE %1$s.calendar AS c SET %2$s
FROM (SELECT pg_catalog.min(date) AS first, pg_catalog.max(date) AS last FROM %1$s.calendar) AS r,
	LATERAL (SELECT COALESCE(pg_catalog.bool_or(k.fiscal_year OPERATOR(pg_catalog.<>) f.fiscal_year), false) AS by_end
		FROM %1$s.calendar AS k JOIN opportunities_internal.calendar_days(r.first, r.last) AS f
		ON f.date OPERATOR(pg_catalog.=) k.date) AS e,
	LATERAL opportunities_internal.calendar_days(r.first, r.last, e.by_end) AS d
WHERE d.date OPERATOR(pg_catalog.=) c.date;
$step$)
$function$;

CREATE FUNCTION opportunities_internal.crm_additions()
	RETURNS TABLE (version text, kind text, object text, column_name text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('0.2.0', 'table', 'pipeline', 'needs_won_and_lost'),
	('0.2.0', 'table', 'stage', 'required_fields'),
	('0.2.0', 'table', 'stage', 'forecast_category'),
	('0.2.0', 'table', 'opportunity', 'forecast_override'),
	('0.2.0', 'table', 'document', 'series'),
	('0.2.0', 'table', 'document', 'label'),
	('0.2.0', 'table', 'document', 'discount_percent'),
	('0.2.0', 'table', 'document', 'discount_amount'),
	('0.2.0', 'table', 'document', 'valid_until'),
	('0.2.0', 'table', 'document_line', 'document_discount'),
	('0.2.0', 'table', 'document_counter', 'pattern'),
	('0.2.0', 'table', 'document_counter', 'calendar'),
	('0.2.0', 'table', 'document_counter', 'fiscal_year_start'),
	('0.2.0', 'table', 'stage_transition', NULL),
	('0.2.0', 'table', 'currency', NULL),
	('0.2.0', 'table', 'exchange_rate', NULL),
	('0.2.0', 'table', 'target', NULL),
	('0.2.0', 'function', 'attainment', NULL),
	('0.2.0', 'function', 'pipeline_changes', NULL)
$function$;

COMMENT ON FUNCTION opportunities_internal.crm_additions() IS
	'The tables and functions of a CRM, and columns of tables, by the version that brought them.';

CREATE OR REPLACE FUNCTION opportunities_internal.crm_earlier_texts()
	RETURNS SETOF text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('net, tax, total'),
	('version, updated_at, updated_by, stage_entered_at, stage_entered_by, last_activity_at'),
	('Fiscal year: the number of the year that it begins in'),
	('In a return, the line of the invoice that is returned'),
	('Its number among those of its kind; empty: a draft'),
	('Number among the documents of its kind, without gaps, taken on confirmation'),
	('The number of the first document of the kind'),
	('What the line is worth before tax, rounded to the digits of the currency'),
	('What it is'),
	('Every move of an opportunity from one stage to another'),
	('The stage that it entered'),
	('When it was moved'),
	('Whether the pipeline is in use'),
	('Whether its columns are shown where none are asked for: to its owner, or if shared to everybody'),
	('open, won or lost'),
	('Days from the one to the other; empty while it is open'),
	('Days since it came into its stage'),
	('What it is called'),
	('When it left; empty: it is still there'),
	('Days that it was there, up to now where it still is'),
	('The stage that it went to'),
	('The opportunities that there were at the end of a day, each in the stage that it was in then. Amounts, owners and accounts are those of today; deleted opportunities are not there.'),
	('The opportunities that there were at the end of a day, each in the stage that it was in then; without stage_known it was open, in a stage that nobody knows. Titles, amounts, owners, accounts and whether it is archived are those of today, empty where the opportunity was deleted since.'),
	('How opportunities go through the open stages: of those that entered a stage within the days given, how many went on (reached a later stage, or were won), how many are won and lost by now, and the days they spent in the stage. conversion: went on / entered.')
$function$;

CREATE FUNCTION opportunities.name_currency(currency text, schema name DEFAULT 'crm')
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'name_currency';

COMMENT ON FUNCTION opportunities.name_currency(text, name) IS
	'Gives whatever is in the unnamed currency one that has a name: opportunities, with their lines, documents and payments, confirmed ones too, products and targets; of the current tenant, where there are any. How many rows got it. No amount changes but what lines and drafts are rounded to, where the currency has other digits than 2. Only the owner of the tables may. Nobody else writes to them until the transaction ends.
Errors: 22004 argument_missing; 23514 currency_digits, unknown_currency, value_too_large; 3F000 unknown_schema; 42P01 crm_missing; 55000 crm_damaged, tenant_unset; 42501 not_owner, rows_hidden. A NOTICE where new opportunities are in another currency.';

CREATE FUNCTION opportunities_internal.naming_steps()
	RETURNS TABLE (step text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('codes', $step$
SELECT c.code FROM %1$s.currency AS c WHERE {c=}true ORDER BY c.code COLLATE pg_catalog."C" LIMIT 1000
$step$),
	('digits', $step$
SELECT COALESCE((SELECT c.digits FROM %1$s.currency AS c WHERE {c=}c.code OPERATOR(pg_catalog.=) $1), opportunities.currency_digits($1))
$step$),
	('refuse', $step$
SELECT d.kind, COALESCE(d.number, d.id), l.net, l.tax
FROM %1$s.document AS d JOIN %1$s.document_line AS l ON {l=d}l.document_id OPERATOR(pg_catalog.=) d.id
	CROSS JOIN LATERAL opportunities_internal.line_sums(l.quantity, l.unit_price, l.discount_percent, l.tax_percent, $2) AS c
WHERE {d=}d.currency IS NULL AND CASE WHEN l.source_line_id IS NULL
	THEN d.status OPERATOR(pg_catalog.<>) 'draft'
		AND (l.net OPERATOR(pg_catalog.<>) c.net OR l.tax OPERATOR(pg_catalog.<>) c.tax)
	ELSE l.net OPERATOR(pg_catalog.<>) pg_catalog.round(l.net, $2)
		OR l.tax OPERATOR(pg_catalog.<>) pg_catalog.round(l.tax, $2) END
ORDER BY d.id, l.id LIMIT 1
$step$),
	('round', $step$
UPDATE %1$s.opportunity_line AS l SET net = r.net, tax = r.tax
FROM (SELECT {k.tenant}k.id, c.net, c.tax
	FROM %1$s.opportunity AS o JOIN %1$s.opportunity_line AS k ON {k=o}k.opportunity_id OPERATOR(pg_catalog.=) o.id
		CROSS JOIN LATERAL opportunities_internal.line_sums(k.quantity, k.unit_price, k.discount_percent, k.tax_percent, $2) AS c
	WHERE {o=}o.currency IS NULL) AS r
WHERE {l=r}l.id OPERATOR(pg_catalog.=) r.id
	AND (l.net OPERATOR(pg_catalog.<>) r.net OR l.tax OPERATOR(pg_catalog.<>) r.tax)
$step$),
	('round', $step$
UPDATE %1$s.opportunity AS o SET amount = s.net
FROM (SELECT {l.tenant}l.opportunity_id, pg_catalog.sum(l.net) AS net
	FROM %1$s.opportunity_line AS l GROUP BY {l.tenant}l.opportunity_id) AS s
WHERE {o=}{s=o}s.opportunity_id OPERATOR(pg_catalog.=) o.id AND o.currency IS NULL
	AND o.amount_mode OPERATOR(pg_catalog.=) 'auto' AND o.amount OPERATOR(pg_catalog.<>) s.net
$step$),
	('round', $step$
UPDATE %1$s.document_line AS l SET net = r.net, tax = r.tax
FROM (SELECT {k.tenant}k.id, c.net, c.tax
	FROM %1$s.document AS d JOIN %1$s.document_line AS k ON {k=d}k.document_id OPERATOR(pg_catalog.=) d.id
		CROSS JOIN LATERAL opportunities_internal.line_sums(k.quantity, k.unit_price, k.discount_percent, k.tax_percent, $2) AS c
	WHERE {d=}d.currency IS NULL AND k.source_line_id IS NULL) AS r
WHERE {l=r}l.id OPERATOR(pg_catalog.=) r.id
	AND (l.net OPERATOR(pg_catalog.<>) r.net OR l.tax OPERATOR(pg_catalog.<>) r.tax)
$step$),
	('round', $step$
UPDATE %1$s.document AS d SET net = s.net, tax = s.tax, total = s.net OPERATOR(pg_catalog.+) s.tax
FROM (SELECT {l.tenant}l.document_id, pg_catalog.sum(l.net) AS net, pg_catalog.sum(l.tax) AS tax
	FROM %1$s.document_line AS l GROUP BY {l.tenant}l.document_id) AS s
WHERE {d=}{s=d}s.document_id OPERATOR(pg_catalog.=) d.id AND d.currency IS NULL
	AND (d.net OPERATOR(pg_catalog.<>) s.net OR d.tax OPERATOR(pg_catalog.<>) s.tax)
$step$),
	('name', $step$
UPDATE %1$s.opportunity AS o SET currency = $1, version = o.version OPERATOR(pg_catalog.+) 1, updated_at = pg_catalog.now(), updated_by = $3
WHERE {o=}o.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.document AS d SET currency = $1 WHERE {d=}d.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.payment AS p SET currency = $1 WHERE {p=}p.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.product AS p SET currency = $1 WHERE {p=}p.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.target AS t SET currency = $1 WHERE {t=}t.currency IS NULL
$step$)
$function$;

COMMENT ON FUNCTION opportunities_internal.naming_steps() IS
	'The statements of name_currency.';

CREATE OR REPLACE FUNCTION opportunities_internal.crm_definition(tenant boolean DEFAULT false, pipeline_key text DEFAULT 'bigint')
	RETURNS TABLE (part text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
SELECT d.part, pg_catalog.replace(pg_catalog.replace(pg_catalog.concat(opportunities_internal.expand_tenants(d.sql, tenant),
	CASE WHEN tenant THEN (SELECT pg_catalog.string_agg(pg_catalog.format($comment$
COMMENT ON COLUMN %I.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
$comment$, t.name[1]), '')
	FROM pg_catalog.regexp_matches(d.sql, E'^CREATE (?:TABLE|VIEW) ([a-z_]+) .*\n.*[{](?:tenant_id|[a-z]+[.]tenant)[}]', 'gn') AS t (name)) END,
	CASE WHEN tenant THEN (SELECT pg_catalog.string_agg(pg_catalog.format($protection$
ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY;
-- Restrictive: what other policies allow stays within the tenant.
CREATE POLICY tenant ON %1$I AS RESTRICTIVE
	USING (tenant_id OPERATOR(pg_catalog.=) opportunities.current_tenant());
-- Yours to replace by policies that allow less. It says the tenant, too: what spreads tables over servers may make all policies permissive.
CREATE POLICY all_rows ON %1$I
	USING (tenant_id OPERATOR(pg_catalog.=) opportunities.current_tenant());
$protection$, t.name[1]), '')
	FROM pg_catalog.regexp_matches(d.sql, E'^CREATE TABLE ([a-z_]+) .*\n.*[{]tenant_id[}]', 'gn') AS t (name)) END),
	'{, tenant}', CASE WHEN tenant THEN ', tenant_id' ELSE '' END), '{pipeline_key}', pipeline_key)
FROM (VALUES
('sales', $definition$
CREATE TABLE account (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CONSTRAINT account_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	kind text NOT NULL DEFAULT 'organization'
		CONSTRAINT account_kind_known CHECK (kind IN ('person', 'organization')),
	custom jsonb NOT NULL DEFAULT '{}' CONSTRAINT custom_object CHECK (jsonb_typeof(custom) = 'object'),
	CONSTRAINT account_pkey PRIMARY KEY ({tenant}id)
);

COMMENT ON TABLE account IS 'People and organizations that you do business with';
COMMENT ON COLUMN account.id IS 'Number of the account';
COMMENT ON COLUMN account.name IS 'Name of the person or organization';
COMMENT ON COLUMN account.kind IS 'person or organization';
COMMENT ON COLUMN account.custom IS 'Your own fields, a JSON object';

CREATE TABLE pipeline (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CONSTRAINT pipeline_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	position integer NOT NULL DEFAULT 0,
	active boolean NOT NULL DEFAULT true,
	needs_won_and_lost boolean NOT NULL DEFAULT false,
	CONSTRAINT pipeline_pkey PRIMARY KEY ({tenant}id)
);

COMMENT ON TABLE pipeline IS 'Kinds of opportunities, each with stages of its own';
COMMENT ON COLUMN pipeline.id IS 'Number of the pipeline';
COMMENT ON COLUMN pipeline.name IS 'Name of the pipeline';
COMMENT ON COLUMN pipeline.position IS 'Place among the pipelines, smallest first';
COMMENT ON COLUMN pipeline.active IS 'Whether the pipeline takes opportunities';
COMMENT ON COLUMN pipeline.needs_won_and_lost IS 'Whether its stages must have a won and a lost one; else one of the two is enough';

CREATE TABLE stage (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	pipeline_id bigint NOT NULL,
	name text NOT NULL CONSTRAINT stage_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	position integer NOT NULL DEFAULT 0,
	kind text NOT NULL DEFAULT 'open' CONSTRAINT stage_kind_known CHECK (kind IN ('open', 'won', 'lost')),
	probability numeric(5,2) CONSTRAINT probability_range CHECK (probability BETWEEN 0.0 AND 100.0),
	active boolean NOT NULL DEFAULT true,
	max_days integer CONSTRAINT max_days_not_negative CHECK (max_days >= 0),
	reason_required boolean NOT NULL DEFAULT false,
	archive_after integer DEFAULT 30 CONSTRAINT archive_after_not_negative CHECK (archive_after >= 0),
	required_fields text[] NOT NULL DEFAULT '{}',
	forecast_category text CONSTRAINT forecast_category_known CHECK (forecast_category IN ('pipeline', 'best_case', 'commit', 'omitted')),
	CONSTRAINT stage_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT stage_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}),
	CONSTRAINT stage_of_pipeline UNIQUE ({tenant}pipeline_id, id),
	-- Makes kind and active part of a key: whoever enters a stage locks them as they are.
	CONSTRAINT stage_state UNIQUE ({tenant}pipeline_id, id, kind, active)
);

COMMENT ON TABLE stage IS 'The steps that an opportunity of a pipeline goes through: the columns of its board';
COMMENT ON COLUMN stage.id IS 'Number of the stage';
COMMENT ON COLUMN stage.pipeline_id IS 'The pipeline that the stage belongs to';
COMMENT ON COLUMN stage.name IS 'Name of the stage';
COMMENT ON COLUMN stage.position IS 'Place among the stages of the pipeline, smallest first';
COMMENT ON COLUMN stage.kind IS 'open, or final: won or lost';
COMMENT ON COLUMN stage.probability IS 'Chance in percent that an opportunity gets on entering; empty: it keeps its own';
COMMENT ON COLUMN stage.active IS 'Whether opportunities can enter the stage';
COMMENT ON COLUMN stage.max_days IS 'Days after which an opportunity in the stage is stale; empty: never';
COMMENT ON COLUMN stage.reason_required IS 'Whether closing an opportunity into the stage takes a reason';
COMMENT ON COLUMN stage.archive_after IS 'Days that a closed opportunity stays on the board, for final stages; empty: for good';
COMMENT ON COLUMN stage.required_fields IS 'Fields that an opportunity must have on entering: columns, and custom.NAME for fields of your own';
COMMENT ON COLUMN stage.forecast_category IS 'What opportunities in the stage are forecast as, for open stages: pipeline, best_case, commit or omitted; empty: by its probability';

CREATE TABLE stage_transition (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	pipeline_id bigint NOT NULL,
	from_stage_id bigint,
	to_stage_id bigint NOT NULL CONSTRAINT stage_transition_of_two CHECK (from_stage_id <> to_stage_id),
	role text,
	CONSTRAINT stage_transition_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT stage_transition_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}),
	CONSTRAINT stage_transition_from_fkey FOREIGN KEY (from_stage_id, pipeline_id{, tenant})
		REFERENCES stage (id, pipeline_id{, tenant}),
	CONSTRAINT stage_transition_to_fkey FOREIGN KEY (to_stage_id, pipeline_id{, tenant})
		REFERENCES stage (id, pipeline_id{, tenant}),
	CONSTRAINT stage_transition_once UNIQUE NULLS NOT DISTINCT ({tenant}pipeline_id, to_stage_id, from_stage_id, role)
);

COMMENT ON TABLE stage_transition IS 'The ways from stage to stage that a pipeline allows; one without rows here allows all';
COMMENT ON COLUMN stage_transition.id IS 'Number of the transition';
COMMENT ON COLUMN stage_transition.pipeline_id IS 'The pipeline whose stages they are';
COMMENT ON COLUMN stage_transition.from_stage_id IS 'The stage that is left; empty: none, or that of another pipeline';
COMMENT ON COLUMN stage_transition.to_stage_id IS 'The stage that is entered';
COMMENT ON COLUMN stage_transition.role IS 'The role of the server that may go that way; empty: everybody';

-- What totals add up comes first, where a pass over the rows finds it fastest. What a trigger fills has a stored default
-- all the same, which is null: clients that are generated take it for optional.
CREATE TABLE opportunity (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	stage_id bigint,
	pipeline_id bigint NOT NULL,
	archived boolean NOT NULL DEFAULT false,
	amount numeric CONSTRAINT amount_finite CHECK (amount > '-Infinity' AND amount < 'Infinity'),
	probability numeric(5,2) CONSTRAINT probability_range CHECK (probability BETWEEN 0.0 AND 100.0),
	realized_amount numeric NOT NULL DEFAULT 0.00
		CONSTRAINT realized_amount_finite CHECK (realized_amount > '-Infinity' AND realized_amount < 'Infinity'),
	currency text DEFAULT opportunities.default_currency(),
	closed_on date,
	owner text,
	account_id bigint,
	title text NOT NULL CONSTRAINT title_given CHECK (title ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	description text,
	type text,
	source text,
	campaign text,
	buying_process text,
	competitors text[] NOT NULL DEFAULT '{}',
	tags text[] NOT NULL DEFAULT '{}',
	amount_mode text NOT NULL DEFAULT coalesce(NULL::text) CONSTRAINT amount_mode_known CHECK (amount_mode IN ('auto', 'manual')),
	probability_mode text NOT NULL DEFAULT coalesce(NULL::text)
		CONSTRAINT probability_mode_known CHECK (probability_mode IN ('auto', 'manual')),
	estimated_amount numeric GENERATED ALWAYS AS (amount * probability * 0.01) STORED,
	expected_close date,
	forecast_override text CONSTRAINT forecast_override_known CHECK (forecast_override IN ('pipeline', 'best_case', 'commit', 'omitted')),
	closed_at timestamptz,
	close_reason text,
	position bigint NOT NULL DEFAULT coalesce(NULL::bigint),
	custom jsonb NOT NULL DEFAULT '{}' CONSTRAINT custom_object CHECK (jsonb_typeof(custom) = 'object'),
	version bigint NOT NULL DEFAULT coalesce(NULL::bigint),
	created_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	created_by text NOT NULL DEFAULT coalesce(NULL::text),
	updated_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	updated_by text NOT NULL DEFAULT coalesce(NULL::text),
	stage_entered_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	stage_entered_by text NOT NULL DEFAULT coalesce(NULL::text),
	last_activity_at timestamptz,
	CONSTRAINT opportunity_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT opportunity_account_fkey FOREIGN KEY (account_id{, tenant}) REFERENCES account (id{, tenant}),
	CONSTRAINT opportunity_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}),
	CONSTRAINT opportunity_stage_fkey FOREIGN KEY (stage_id, pipeline_id{, tenant})
		REFERENCES stage (id, pipeline_id{, tenant}),
	CONSTRAINT closed_day_and_moment CHECK ((closed_at IS NULL) = (closed_on IS NULL)),
	CONSTRAINT close_reason_open CHECK (close_reason IS NULL OR closed_at IS NOT NULL)
) WITH (fillfactor = 90);

-- A column of a board, from the top; a final one, latest first. Both end in columns that a board asks
-- for, and hold none that an ordinary edit of a card changes.
CREATE INDEX opportunity_board ON opportunity ({tenant}stage_id, pipeline_id, position DESC, id DESC, archived);
CREATE INDEX opportunity_closed ON opportunity
	({tenant}stage_id, pipeline_id, closed_at DESC NULLS LAST, id DESC, closed_on, archived);
CREATE INDEX opportunity_account ON opportunity ({tenant}account_id);
-- Open ones are those without a day.
CREATE INDEX opportunity_closed_on ON opportunity ({tenant}closed_on);

COMMENT ON TABLE opportunity IS 'Your opportunities: deals that may be won or lost';
COMMENT ON COLUMN opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN opportunity.archived IS 'Whether boards and lists leave it out';
COMMENT ON COLUMN opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN opportunity.owner IS 'Who is responsible for it, as your application names its users';
COMMENT ON COLUMN opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN opportunity.title IS 'What it is called';
COMMENT ON COLUMN opportunity.description IS 'What it is about';
COMMENT ON COLUMN opportunity.type IS 'Kind of business';
COMMENT ON COLUMN opportunity.source IS 'Where it came from';
COMMENT ON COLUMN opportunity.campaign IS 'The campaign that it came from';
COMMENT ON COLUMN opportunity.buying_process IS 'How the customer decides';
COMMENT ON COLUMN opportunity.competitors IS 'Who else wants the business';
COMMENT ON COLUMN opportunity.tags IS 'Labels';
COMMENT ON COLUMN opportunity.amount_mode IS 'auto: the amount is the sum of its lines; manual: it was set by hand';
COMMENT ON COLUMN opportunity.probability_mode IS 'auto: the probability follows the stage; manual: it was set by hand';
COMMENT ON COLUMN opportunity.estimated_amount IS 'Amount times probability, not rounded';
COMMENT ON COLUMN opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN opportunity.forecast_override IS 'What it is forecast as while it is open: pipeline, best_case, commit or omitted; empty: what its stage says';
COMMENT ON COLUMN opportunity.closed_at IS 'When it was won or lost';
COMMENT ON COLUMN opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN opportunity.position IS 'Place of its card in the column of an open stage, largest on top';
COMMENT ON COLUMN opportunity.custom IS 'Your own fields, a JSON object';
COMMENT ON COLUMN opportunity.version IS 'How many times people have saved it';
COMMENT ON COLUMN opportunity.created_at IS 'When it was entered';
COMMENT ON COLUMN opportunity.created_by IS 'Who entered it';
COMMENT ON COLUMN opportunity.updated_at IS 'When it was last changed';
COMMENT ON COLUMN opportunity.updated_by IS 'Who changed it last';
COMMENT ON COLUMN opportunity.stage_entered_at IS 'When it came into its stage';
COMMENT ON COLUMN opportunity.stage_entered_by IS 'Who moved it into its stage';
COMMENT ON COLUMN opportunity.last_activity_at IS 'When somebody last did something about it';

-- The name puts it behind your own BEFORE triggers: it sees what is really written.
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON opportunity
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
CREATE TRIGGER zz_row AFTER UPDATE ON stage
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_trigger();
CREATE CONSTRAINT TRIGGER zz_final_stage AFTER INSERT OR UPDATE OR DELETE ON stage
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.final_stage_trigger();
CREATE CONSTRAINT TRIGGER zz_final_stage AFTER UPDATE ON pipeline
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.pipeline_trigger();

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON stage_transition
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_transition_trigger();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON stage_transition
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON account
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON account
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON pipeline
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON pipeline
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON stage
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_fields BEFORE INSERT OR UPDATE ON stage
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_fields_trigger();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON stage
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON opportunity
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('activities', $definition$
CREATE TABLE activity (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	kind text NOT NULL CONSTRAINT activity_kind_given CHECK (kind ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	subject text,
	body text,
	data jsonb NOT NULL DEFAULT '{}' CONSTRAINT data_object CHECK (jsonb_typeof(data) = 'object'),
	due_at timestamptz,
	done_at timestamptz,
	assignee text,
	created_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	created_by text NOT NULL DEFAULT coalesce(NULL::text),
	updated_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	updated_by text NOT NULL DEFAULT coalesce(NULL::text),
	CONSTRAINT activity_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT activity_opportunity_fkey FOREIGN KEY (opportunity_id{, tenant}) REFERENCES opportunity (id{, tenant}) ON DELETE CASCADE
);

-- The last one of an opportunity, the next one, and what somebody has to do.
CREATE INDEX activity_done ON activity ({tenant}opportunity_id, done_at);
CREATE INDEX activity_next ON activity ({tenant}opportunity_id, due_at, id) WHERE done_at IS NULL;
CREATE INDEX activity_to_do ON activity ({tenant}assignee, due_at) WHERE done_at IS NULL;

COMMENT ON TABLE activity IS 'What was done about an opportunity, and what there is to do';
COMMENT ON COLUMN activity.id IS 'Number of the activity';
COMMENT ON COLUMN activity.opportunity_id IS 'The opportunity that it is about, which takes it along when deleted';
COMMENT ON COLUMN activity.kind IS 'call, note, form, meeting, email, task, or a kind of your own';
COMMENT ON COLUMN activity.subject IS 'What it is, in a line';
COMMENT ON COLUMN activity.body IS 'What was said, or is to be done';
COMMENT ON COLUMN activity.data IS 'What a form or another kind has besides, a JSON object';
COMMENT ON COLUMN activity.due_at IS 'When it is to be done';
COMMENT ON COLUMN activity.done_at IS 'When it was done; empty: it is still to do';
COMMENT ON COLUMN activity.assignee IS 'Who does it, as your application names its users';
COMMENT ON COLUMN activity.created_at IS 'When it was entered';
COMMENT ON COLUMN activity.created_by IS 'Who entered it';
COMMENT ON COLUMN activity.updated_at IS 'When it was last changed';
COMMENT ON COLUMN activity.updated_by IS 'Who changed it last';

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON activity
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
CREATE TRIGGER zz_last AFTER INSERT OR UPDATE OR DELETE ON activity
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON activity
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('choices', $definition$
CREATE TABLE choice (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	field text NOT NULL CONSTRAINT choice_field_known CHECK (field IN ('type', 'source', 'campaign',
		'buying_process', 'competitors', 'tags', 'close_reason') OR field LIKE 'custom._%'),
	value text NOT NULL CONSTRAINT choice_value_given CHECK (value ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	label text,
	position integer NOT NULL DEFAULT 0,
	active boolean NOT NULL DEFAULT true,
	stage_kind text CONSTRAINT choice_stage_kind_known CHECK (stage_kind IN ('won', 'lost')),
	CONSTRAINT choice_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT choice_value UNIQUE ({tenant}field, value),
	-- Makes active and stage_kind part of a key: whoever takes a choice locks it as it is.
	CONSTRAINT choice_state UNIQUE ({tenant}field, value, active, stage_kind),
	CONSTRAINT choice_stage_kind_of_reason CHECK (stage_kind IS NULL OR field = 'close_reason')
);

COMMENT ON TABLE choice IS 'What people choose from: a field that has rows here takes one of them';
COMMENT ON COLUMN choice.id IS 'Number of the choice';
COMMENT ON COLUMN choice.field IS 'Column of opportunity, or custom.NAME for a field of your own';
COMMENT ON COLUMN choice.value IS 'What the field holds';
COMMENT ON COLUMN choice.label IS 'What people see; empty: the value';
COMMENT ON COLUMN choice.position IS 'Place among the choices of the field, smallest first';
COMMENT ON COLUMN choice.active IS 'Whether it can be chosen; what has it already keeps it';
COMMENT ON COLUMN choice.stage_kind IS 'For close reasons: won or lost, where it is for one of them alone';

CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON choice
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON choice
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('labels', $definition$
CREATE TABLE label (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	language text NOT NULL CONSTRAINT label_language_given CHECK (language ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	field text NOT NULL CONSTRAINT label_field_given CHECK (field ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	value text,
	label text NOT NULL CONSTRAINT label_given CHECK (label ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	CONSTRAINT label_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT label_value UNIQUE NULLS NOT DISTINCT ({tenant}language, field, value)
);

COMMENT ON TABLE label IS 'What fields, and values of theirs, are called in a language: stages and pipelines are values of stage.name and pipeline.name';
COMMENT ON COLUMN label.id IS 'Number of the label';
COMMENT ON COLUMN label.language IS 'Language, as the setting opportunities.language names it: fa, de, pt-BR';
COMMENT ON COLUMN label.field IS 'Name of the field: amount, account.name, custom.NAME, stage.name';
COMMENT ON COLUMN label.value IS 'The value of the field that is meant; empty: the field itself';
COMMENT ON COLUMN label.label IS 'What people see';

CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON label
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON label
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('users', $definition$
CREATE TABLE app_user (
	{tenant_id}
	login text NOT NULL CONSTRAINT login_given CHECK (login ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	name text NOT NULL CONSTRAINT app_user_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	email text,
	manager text CONSTRAINT own_manager CHECK (manager <> login),
	team text,
	active boolean NOT NULL DEFAULT true,
	CONSTRAINT app_user_pkey PRIMARY KEY ({tenant}login),
	CONSTRAINT app_user_manager_fkey FOREIGN KEY (manager{, tenant}) REFERENCES app_user (login{, tenant}) ON UPDATE CASCADE
);

CREATE INDEX app_user_manager ON app_user ({tenant}manager);

COMMENT ON TABLE app_user IS 'The people who use your application, where you want their names and teams here';
COMMENT ON COLUMN app_user.login IS 'How your application names the user: what owner, assignee and the like hold';
COMMENT ON COLUMN app_user.name IS 'What people see';
COMMENT ON COLUMN app_user.email IS 'Where mail reaches the user';
COMMENT ON COLUMN app_user.manager IS 'The user whom this one reports to';
COMMENT ON COLUMN app_user.team IS 'The team that the user is in';
COMMENT ON COLUMN app_user.active IS 'Whether the user still works here';

CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON app_user
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON app_user
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('custom', $definition$
CREATE TABLE custom_field (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	pipeline_id bigint,
	name text NOT NULL CONSTRAINT custom_field_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	type text NOT NULL DEFAULT 'text'
		CONSTRAINT custom_field_type_known CHECK (type IN ('text', 'number', 'date', 'bool', 'choice')),
	label text,
	required boolean NOT NULL DEFAULT false,
	listed boolean NOT NULL DEFAULT false,
	CONSTRAINT custom_field_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT custom_field_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}),
	CONSTRAINT custom_field_name UNIQUE NULLS NOT DISTINCT ({tenant}pipeline_id, name)
);

COMMENT ON TABLE custom_field IS 'Your own fields of opportunities, kept in their column custom';
COMMENT ON COLUMN custom_field.id IS 'Number of the field';
COMMENT ON COLUMN custom_field.pipeline_id IS 'The pipeline whose opportunities have the field; empty: those of all';
COMMENT ON COLUMN custom_field.name IS 'Name of the field: its key in custom';
COMMENT ON COLUMN custom_field.type IS 'text, number, date, bool or choice: how its values are read and compared';
COMMENT ON COLUMN custom_field.label IS 'What people see; empty: the name';
COMMENT ON COLUMN custom_field.required IS 'Whether a form insists on a value';
COMMENT ON COLUMN custom_field.listed IS 'Whether lists show it unless other columns are asked for';

CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON custom_field
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON custom_field
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();

-- Always: what a replica or a restore writes makes plans as stale as any other write.
CREATE TRIGGER zz_replan AFTER INSERT OR UPDATE OR DELETE ON custom_field
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON custom_field
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE custom_field
	ENABLE ALWAYS TRIGGER zz_replan,
	ENABLE ALWAYS TRIGGER zz_replan_all;
$definition$),
('products', $definition$
CREATE TABLE product (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CONSTRAINT product_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	category text,
	unit_price numeric CONSTRAINT unit_price_finite CHECK (unit_price > '-Infinity' AND unit_price < 'Infinity'),
	currency text DEFAULT opportunities.default_currency(),
	active boolean NOT NULL DEFAULT true,
	custom jsonb NOT NULL DEFAULT '{}' CONSTRAINT custom_object CHECK (jsonb_typeof(custom) = 'object'),
	CONSTRAINT product_pkey PRIMARY KEY ({tenant}id)
);

COMMENT ON TABLE product IS 'Products and services that you sell';
COMMENT ON COLUMN product.id IS 'Number of the product';
COMMENT ON COLUMN product.name IS 'Name of the product';
COMMENT ON COLUMN product.category IS 'Group that it belongs to';
COMMENT ON COLUMN product.unit_price IS 'Price of one, before tax; empty: no price of its own';
COMMENT ON COLUMN product.currency IS 'Currency of the price; empty: the one unnamed currency';
COMMENT ON COLUMN product.active IS 'Whether it is still offered';
COMMENT ON COLUMN product.custom IS 'Your own fields, a JSON object';

CREATE TABLE opportunity_line (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	product_id bigint,
	position integer NOT NULL DEFAULT 0,
	description text,
	quantity numeric NOT NULL DEFAULT 1
		CONSTRAINT quantity_finite CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
	unit_price numeric NOT NULL DEFAULT coalesce(NULL::numeric)
		CONSTRAINT unit_price_finite CHECK (unit_price > '-Infinity' AND unit_price < 'Infinity'),
	discount_percent numeric NOT NULL DEFAULT 0
		CONSTRAINT discount_range CHECK (discount_percent BETWEEN 0.0 AND 100.0),
	tax_percent numeric NOT NULL DEFAULT 0
		CONSTRAINT tax_range CHECK (tax_percent >= 0.0 AND tax_percent < 'Infinity'),
	net numeric NOT NULL DEFAULT coalesce(NULL::numeric),
	tax numeric NOT NULL DEFAULT coalesce(NULL::numeric),
	CONSTRAINT opportunity_line_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT opportunity_line_opportunity_fkey FOREIGN KEY (opportunity_id{, tenant}) REFERENCES opportunity (id{, tenant}) ON DELETE CASCADE,
	CONSTRAINT opportunity_line_product_fkey FOREIGN KEY (product_id{, tenant}) REFERENCES product (id{, tenant})
);

CREATE INDEX opportunity_line_opportunity ON opportunity_line ({tenant}opportunity_id);
CREATE INDEX opportunity_line_product ON opportunity_line ({tenant}product_id);

COMMENT ON TABLE opportunity_line IS 'What an opportunity is about: products, how many, at which price';
COMMENT ON COLUMN opportunity_line.id IS 'Number of the line';
COMMENT ON COLUMN opportunity_line.opportunity_id IS 'The opportunity that it is a line of';
COMMENT ON COLUMN opportunity_line.product_id IS 'The product; empty: what the description says';
COMMENT ON COLUMN opportunity_line.position IS 'Place among the lines of the opportunity, smallest first';
COMMENT ON COLUMN opportunity_line.description IS 'What it is';
COMMENT ON COLUMN opportunity_line.quantity IS 'How many';
COMMENT ON COLUMN opportunity_line.unit_price IS 'Price of one, before discount and tax, in the currency of the opportunity';
COMMENT ON COLUMN opportunity_line.discount_percent IS 'Discount in percent, 0 to 100';
COMMENT ON COLUMN opportunity_line.tax_percent IS 'Tax in percent, on top of the net';
COMMENT ON COLUMN opportunity_line.net IS 'What the line is worth before tax, rounded to the digits of the currency';
COMMENT ON COLUMN opportunity_line.tax IS 'The tax on the net, rounded likewise';

-- The second one works once a statement: an import of a thousand lines sums them up once.
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON opportunity_line
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_line_trigger();
CREATE TRIGGER zz_amounts AFTER INSERT OR UPDATE OR DELETE ON opportunity_line
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_amount();

CREATE TRIGGER zz_currency BEFORE INSERT OR UPDATE ON product
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_currency('currency');
CREATE TRIGGER zz_key BEFORE UPDATE ON product
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON product
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON opportunity_line
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('documents', $definition$
CREATE TABLE document (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	account_id bigint,
	account_name text,
	kind text NOT NULL CONSTRAINT document_kind_known CHECK (kind IN ('quote', 'invoice', 'return')),
	status text NOT NULL DEFAULT 'draft'
		CONSTRAINT document_status_known CHECK (status IN ('draft', 'confirmed', 'void')),
	number bigint,
	source_document_id bigint,
	currency text,
	net numeric NOT NULL DEFAULT 0.00,
	tax numeric NOT NULL DEFAULT 0.00,
	total numeric NOT NULL DEFAULT 0.00,
	issued_on date,
	due_on date,
	note text,
	created_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	created_by text NOT NULL DEFAULT coalesce(NULL::text),
	confirmed_at timestamptz,
	confirmed_by text,
	voided_at timestamptz,
	voided_by text,
	series text NOT NULL DEFAULT coalesce(''),
	label text GENERATED ALWAYS AS (series || number::text) STORED,
	discount_percent numeric
		CONSTRAINT document_discount_percent CHECK (discount_percent BETWEEN 0.0 AND 100.0),
	discount_amount numeric
		CONSTRAINT document_discount_amount CHECK (discount_amount >= 0.0 AND discount_amount < 'Infinity'),
	CONSTRAINT document_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT document_opportunity_fkey FOREIGN KEY (opportunity_id{, tenant})
		REFERENCES opportunity (id{, tenant}) ON DELETE CASCADE,
	CONSTRAINT document_account_fkey FOREIGN KEY (account_id{, tenant}) REFERENCES account (id{, tenant}),
	CONSTRAINT document_source_fkey FOREIGN KEY (source_document_id{, tenant}) REFERENCES document (id{, tenant}),
	CONSTRAINT document_status_number CHECK ((number IS NULL) = (status = 'draft')),
	CONSTRAINT document_number_positive CHECK (number > 0),
	CONSTRAINT document_source_of_kind CHECK (CASE kind WHEN 'quote' THEN source_document_id IS NULL
		WHEN 'return' THEN source_document_id IS NOT NULL ELSE true END),
	CONSTRAINT document_total_sum CHECK (total = net + tax),
	valid_until date,
	CONSTRAINT document_valid_quote CHECK (valid_until IS NULL OR kind = 'quote'),
	CONSTRAINT document_discount_one CHECK (discount_percent IS NULL OR discount_amount IS NULL),
	CONSTRAINT document_discount_own CHECK (source_document_id IS NULL OR (discount_percent IS NULL AND discount_amount IS NULL)),
	CONSTRAINT document_due_invoice CHECK (due_on IS NULL OR kind = 'invoice')
);

-- Partial, so that taking a number is no change of the row's key: what refers to it needs not wait.
CREATE UNIQUE INDEX document_number ON document ({tenant}kind, series, number) WHERE number IS NOT NULL;
CREATE INDEX document_opportunity ON document ({tenant}opportunity_id);
CREATE INDEX document_account ON document ({tenant}account_id) WHERE account_id IS NOT NULL;
CREATE INDEX document_source ON document ({tenant}source_document_id) WHERE source_document_id IS NOT NULL;

COMMENT ON TABLE document IS 'Quotes, invoices and returns of opportunities';
COMMENT ON COLUMN document.id IS 'Identifier of the document; the number on the paper is number';
COMMENT ON COLUMN document.opportunity_id IS 'The opportunity that it belongs to';
COMMENT ON COLUMN document.account_id IS 'The account that it is for, as of its issue';
COMMENT ON COLUMN document.account_name IS 'The name of that account on the document';
COMMENT ON COLUMN document.kind IS 'quote, invoice or return';
COMMENT ON COLUMN document.status IS 'draft, confirmed or void';
COMMENT ON COLUMN document.number IS 'Number among the documents of its kind and series, without gaps, taken on confirmation';
COMMENT ON COLUMN document.source_document_id IS 'The quote that is invoiced, or the invoice that is returned';
COMMENT ON COLUMN document.currency IS 'Currency, that of the opportunity; empty: the one unnamed currency';
COMMENT ON COLUMN document.net IS 'Sum of its lines before tax';
COMMENT ON COLUMN document.tax IS 'Sum of the taxes of its lines';
COMMENT ON COLUMN document.total IS 'Sum of its lines with tax';
COMMENT ON COLUMN document.issued_on IS 'Its date; the day of its confirmation unless another was given';
COMMENT ON COLUMN document.due_on IS 'The day until which an invoice is to be paid';
COMMENT ON COLUMN document.note IS 'What else stands on it';
COMMENT ON COLUMN document.created_at IS 'When it was made';
COMMENT ON COLUMN document.created_by IS 'Who made it';
COMMENT ON COLUMN document.confirmed_at IS 'When it was confirmed';
COMMENT ON COLUMN document.confirmed_by IS 'Who confirmed it';
COMMENT ON COLUMN document.voided_at IS 'When it was voided';
COMMENT ON COLUMN document.voided_by IS 'Who voided it';
COMMENT ON COLUMN document.series IS 'What its number is counted in, and stands before it: by the pattern of document_counter, when it was confirmed';
COMMENT ON COLUMN document.label IS 'Series and number, as they stand on the paper; empty: a draft';
COMMENT ON COLUMN document.valid_until IS 'The last day on which a quote can be accepted; empty: any';
COMMENT ON COLUMN document.discount_percent IS 'What is taken off the whole, in percent of its lines; what is made from another has that one''s';
COMMENT ON COLUMN document.discount_amount IS 'Or how much is taken off, before tax, in its currency';

CREATE TABLE document_line (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	document_id bigint NOT NULL,
	source_line_id bigint,
	product_id bigint,
	position integer NOT NULL DEFAULT 0,
	description text,
	quantity numeric NOT NULL DEFAULT 1
		CONSTRAINT quantity_finite CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
	unit_price numeric NOT NULL DEFAULT coalesce(NULL::numeric)
		CONSTRAINT unit_price_finite CHECK (unit_price > '-Infinity' AND unit_price < 'Infinity'),
	discount_percent numeric NOT NULL DEFAULT 0
		CONSTRAINT discount_range CHECK (discount_percent BETWEEN 0.0 AND 100.0),
	tax_percent numeric NOT NULL DEFAULT 0
		CONSTRAINT tax_range CHECK (tax_percent >= 0.0 AND tax_percent < 'Infinity'),
	net numeric NOT NULL DEFAULT coalesce(NULL::numeric),
	tax numeric NOT NULL DEFAULT coalesce(NULL::numeric),
	document_discount numeric NOT NULL DEFAULT 0,
	CONSTRAINT document_line_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT document_line_document_fkey FOREIGN KEY (document_id{, tenant})
		REFERENCES document (id{, tenant}) ON DELETE CASCADE,
	CONSTRAINT document_line_product_fkey FOREIGN KEY (product_id{, tenant}) REFERENCES product (id{, tenant}),
	CONSTRAINT document_line_source_fkey FOREIGN KEY (source_line_id{, tenant}) REFERENCES document_line (id{, tenant})
);

CREATE INDEX document_line_document ON document_line ({tenant}document_id);
CREATE INDEX document_line_product ON document_line ({tenant}product_id) WHERE product_id IS NOT NULL;
CREATE INDEX document_line_source ON document_line ({tenant}source_line_id) WHERE source_line_id IS NOT NULL;

COMMENT ON TABLE document_line IS 'The lines of documents: what is offered, invoiced or returned';
COMMENT ON COLUMN document_line.id IS 'Number of the line';
COMMENT ON COLUMN document_line.document_id IS 'The document that it is a line of';
COMMENT ON COLUMN document_line.source_line_id IS 'The line that it is made from: of the invoice that is returned, or of the quote that is invoiced';
COMMENT ON COLUMN document_line.product_id IS 'The product; empty: what the description says';
COMMENT ON COLUMN document_line.position IS 'Place among the lines of the document, smallest first';
COMMENT ON COLUMN document_line.description IS 'What it is: the name of the product, unless another was given';
COMMENT ON COLUMN document_line.quantity IS 'How many';
COMMENT ON COLUMN document_line.unit_price IS 'Price of one, before discount and tax, in the currency of the document';
COMMENT ON COLUMN document_line.discount_percent IS 'Discount in percent, 0 to 100';
COMMENT ON COLUMN document_line.tax_percent IS 'Tax in percent, on top of the net';
COMMENT ON COLUMN document_line.net IS 'What the line is worth before tax, rounded to the digits of the currency, less document_discount';
COMMENT ON COLUMN document_line.tax IS 'The tax on the net, rounded likewise';
COMMENT ON COLUMN document_line.document_discount IS 'Its part of the discount on the whole document';

-- Locked behind the opportunities; granted to nobody, since only a confirmation takes a number.
CREATE TABLE document_counter (
	{tenant_id}
	kind text NOT NULL CONSTRAINT document_counter_kind_known CHECK (kind IN ('quote', 'invoice', 'return')),
	first_number bigint NOT NULL DEFAULT 1 CONSTRAINT first_number_positive CHECK (first_number > 0),
	pattern text NOT NULL DEFAULT coalesce('')
		CONSTRAINT document_counter_pattern CHECK (length(pattern) <= 100 AND pattern !~ '[[:cntrl:]]'
			AND replace(replace(pattern, '{fiscal_year}', ''), '{fiscal_year_end}', '') !~ '[{}]'),
	calendar text NOT NULL DEFAULT opportunities_internal.default_calendar()
		CONSTRAINT document_counter_calendar CHECK (length(calendar) <= 40 AND calendar ~ '^[a-z0-9-]+$'),
	fiscal_year_start integer NOT NULL DEFAULT opportunities_internal.default_fiscal_year_start()
		CONSTRAINT document_counter_month CHECK (fiscal_year_start BETWEEN 1 AND 13),
	CONSTRAINT document_counter_pkey PRIMARY KEY ({tenant}kind)
);

COMMENT ON TABLE document_counter IS 'Where the numbers of documents begin; who takes one locks the row of the kind';
COMMENT ON COLUMN document_counter.kind IS 'quote, invoice or return';
COMMENT ON COLUMN document_counter.first_number IS 'The number of the first document of each series of the kind';
COMMENT ON COLUMN document_counter.pattern IS 'Series of the kind: a text with {fiscal_year} and {fiscal_year_end}, the years in which that of issued_on begins and ends; empty: one series without a name';
COMMENT ON COLUMN document_counter.calendar IS 'The calendar of those years; the setting of whoever makes the row, unless another is given';
COMMENT ON COLUMN document_counter.fiscal_year_start IS 'The month of that calendar which a fiscal year begins with; likewise';

CREATE TABLE payment (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	document_id bigint,
	direction text NOT NULL DEFAULT 'in' CONSTRAINT payment_direction_known CHECK (direction IN ('in', 'out')),
	amount numeric NOT NULL CONSTRAINT payment_amount_positive CHECK (amount > 0.0 AND amount < 'Infinity'),
	currency text,
	paid_on date NOT NULL DEFAULT coalesce(NULL::date),
	method text,
	reference text,
	created_at timestamptz NOT NULL DEFAULT coalesce(NULL::timestamptz),
	created_by text NOT NULL DEFAULT coalesce(NULL::text),
	CONSTRAINT payment_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT payment_opportunity_fkey FOREIGN KEY (opportunity_id{, tenant})
		REFERENCES opportunity (id{, tenant}) ON DELETE CASCADE,
	CONSTRAINT payment_document_fkey FOREIGN KEY (document_id{, tenant}) REFERENCES document (id{, tenant})
);

CREATE INDEX payment_opportunity ON payment ({tenant}opportunity_id);
CREATE INDEX payment_document ON payment ({tenant}document_id) WHERE document_id IS NOT NULL;

COMMENT ON TABLE payment IS 'What customers paid, and what was paid to them';
COMMENT ON COLUMN payment.id IS 'Number of the payment';
COMMENT ON COLUMN payment.opportunity_id IS 'The opportunity that it is for';
COMMENT ON COLUMN payment.document_id IS 'The document of that opportunity that it is for, if for one';
COMMENT ON COLUMN payment.direction IS 'in: received; out: paid by you';
COMMENT ON COLUMN payment.amount IS 'How much, more than nothing either way';
COMMENT ON COLUMN payment.currency IS 'Currency, that of the opportunity; empty: the one unnamed currency';
COMMENT ON COLUMN payment.paid_on IS 'The day of the payment; today where your business is, unless another was given';
COMMENT ON COLUMN payment.method IS 'How it was paid';
COMMENT ON COLUMN payment.reference IS 'What it can be found by: of the bank, or a cheque';
COMMENT ON COLUMN payment.created_at IS 'When it was entered';
COMMENT ON COLUMN payment.created_by IS 'Who entered it';

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON document
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.document_trigger();
CREATE TRIGGER zz_realized AFTER INSERT OR UPDATE ON document
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_realized();
CREATE TRIGGER zz_shares AFTER UPDATE ON document
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_shares();
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON document_line
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.document_line_trigger();

-- Once a statement: a document of a thousand lines is summed up once.
CREATE TRIGGER zz_sums AFTER INSERT OR UPDATE OR DELETE ON document_line
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_document_sums();

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON payment
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.payment_trigger();

CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON document
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON document_line
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON document_counter
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON payment
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('currencies', $definition$
CREATE TABLE currency (
	{tenant_id}
	code text NOT NULL CONSTRAINT currency_code_given CHECK (code ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	digits integer NOT NULL DEFAULT coalesce(NULL::integer) CONSTRAINT currency_digits_range CHECK (digits BETWEEN 0 AND 18),
	name text,
	CONSTRAINT currency_pkey PRIMARY KEY ({tenant}code),
	-- Makes digits part of a key: whoever takes a currency locks them as they are.
	CONSTRAINT currency_state UNIQUE ({tenant}code, digits)
);

COMMENT ON TABLE currency IS 'The currencies that you work in: where there are any, amounts are in one of them';
COMMENT ON COLUMN currency.code IS 'Code of the currency: EUR';
COMMENT ON COLUMN currency.digits IS 'Digits that amounts have after the point; by default those that ICU knows';
COMMENT ON COLUMN currency.name IS 'What people call it';

CREATE TABLE exchange_rate (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	from_currency text NOT NULL,
	to_currency text NOT NULL,
	valid_from date NOT NULL,
	rate numeric NOT NULL CONSTRAINT exchange_rate_positive CHECK (rate > 0.0 AND rate < 'Infinity'),
	CONSTRAINT exchange_rate_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT exchange_rate_day UNIQUE ({tenant}from_currency, to_currency, valid_from),
	CONSTRAINT exchange_rate_of_two CHECK (from_currency <> to_currency)
);

COMMENT ON TABLE exchange_rate IS 'What one unit of a currency is worth in another, from a day on';
COMMENT ON COLUMN exchange_rate.id IS 'Number of the rate';
COMMENT ON COLUMN exchange_rate.from_currency IS 'The currency that amounts are in';
COMMENT ON COLUMN exchange_rate.to_currency IS 'The currency that they are converted to';
COMMENT ON COLUMN exchange_rate.valid_from IS 'The first day that it is for, until the next rate of the two';
COMMENT ON COLUMN exchange_rate.rate IS 'What one unit of the first is worth in the second';

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON currency
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.currency_trigger();
CREATE TRIGGER zz_used AFTER INSERT OR UPDATE OR DELETE ON currency
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.used_currency_trigger();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON currency
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_currency BEFORE INSERT OR UPDATE ON exchange_rate
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_currency('from_currency', 'to_currency');
CREATE TRIGGER zz_key BEFORE UPDATE ON exchange_rate
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON exchange_rate
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('targets', $definition$
-- For whom: an owner, whoever is below a manager, or everybody; in one pipeline or in all. For when: the days from first_day to
-- last_day, so that nobody who reads a target needs to know the calendar that it was set in.
CREATE TABLE target (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	owner text CONSTRAINT target_owner_given CHECK (owner ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	team text CONSTRAINT target_team_given CHECK (team ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	pipeline_id bigint,
	period text NOT NULL
		CONSTRAINT target_period_known CHECK (period IN ('day', 'week', 'month', 'quarter', 'year', 'fiscal_quarter', 'fiscal_year')),
	calendar text NOT NULL DEFAULT coalesce(NULL::text),
	first_day date NOT NULL,
	last_day date NOT NULL DEFAULT coalesce(NULL::date),
	measure text NOT NULL DEFAULT 'won' CONSTRAINT target_measure_known CHECK (measure IN ('final', 'won', 'realized')),
	amount numeric NOT NULL CONSTRAINT target_amount_range CHECK (amount >= 0.0 AND amount < 'Infinity'),
	currency text DEFAULT opportunities.default_currency(),
	CONSTRAINT target_pkey PRIMARY KEY ({tenant}id),
	CONSTRAINT target_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}),
	CONSTRAINT target_once UNIQUE NULLS NOT DISTINCT ({tenant}first_day, last_day, measure, owner, team, pipeline_id, currency),
	CONSTRAINT target_of_one CHECK (owner IS NULL OR team IS NULL)
);

COMMENT ON TABLE target IS 'What an owner, a team or everybody is to reach in a period, in one pipeline or in all';
COMMENT ON COLUMN target.id IS 'Number of the target';
COMMENT ON COLUMN target.owner IS 'Whose it is, as opportunities name their owners; empty: a team''s or everybody''s';
COMMENT ON COLUMN target.team IS 'The manager whose team it is for: whoever is below that user, and the manager too; empty: an owner''s or everybody''s';
COMMENT ON COLUMN target.pipeline_id IS 'The pipeline that it is for; empty: all together';
COMMENT ON COLUMN target.period IS 'day, week, month, quarter, year, fiscal_quarter or fiscal_year';
COMMENT ON COLUMN target.calendar IS 'The calendar that the period is of, by default that of the setting opportunities.calendar';
COMMENT ON COLUMN target.first_day IS 'The first day of the period';
COMMENT ON COLUMN target.last_day IS 'The last day of the period, which follows from the first';
COMMENT ON COLUMN target.measure IS 'What is to reach it: won, the amounts that are won in the period; final, the amounts that come in; realized, what is invoiced less what is returned';
COMMENT ON COLUMN target.amount IS 'What is to be reached';
COMMENT ON COLUMN target.currency IS 'Currency of the amount; empty: the one unnamed currency';

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON target
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.target_trigger();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON target
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();

CREATE FUNCTION attainment(period text DEFAULT 'THIS_QUARTER', by text[] DEFAULT NULL, measure text DEFAULT 'won', today date DEFAULT NULL)
RETURNS TABLE (dimensions jsonb, currency text, target numeric, won numeric, open numeric, open_estimated numeric, gap numeric,
	coverage numeric, achieved numeric, attainment numeric, commit numeric, best_case numeric, pace numeric, labels jsonb)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT a.dimensions, a.currency, a.target, a.won, a.open, a.open_estimated, a.gap, a.coverage, a.achieved, a.attainment, a.commit,
		a.best_case, a.pace, a.labels
	FROM opportunities_internal.attainment('opportunity'::pg_catalog.regclass, period, by, measure, today) AS a;
END;
COMMENT ON FUNCTION attainment(text, text[], text, date) IS
	'Targets beside what was reached and what may still come, each currency apart. period: a date literal of filters, such as THIS_QUARTER, or a unit and one of its days, quarter 2026-04-01. by: owner, team, pipeline_id, and day, week, month, quarter, year, fiscal_quarter, fiscal_year. measure: won, final or realized, as targets have it. today: up to which day of the period is counted for pace.
won: the amounts won in the period. open, open_estimated: the amounts of open opportunities that are expected to close in it, but omitted ones, whole and times their probability. achieved: what the measure comes to. gap: target - achieved. coverage: open / gap, while there is a gap. attainment: achieved / target. commit: won and what is open in commit; best_case: that and what is open in best_case. pace: attainment / the share of the days that have passed.
Errors: 22023 unknown_period, invalid_period_number, unknown_unit, target_measure_known, too_many_dimensions; 42703 unknown_dimension, column_missing; 22008 date_out_of_range.';
$definition$),
('filters', $definition$
CREATE TABLE saved_filter (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	owner text NOT NULL DEFAULT opportunities.me(),
	name text NOT NULL CONSTRAINT saved_filter_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	shared boolean NOT NULL DEFAULT false,
	definition jsonb NOT NULL CONSTRAINT definition_object CHECK (jsonb_typeof(definition) = 'object'),
	description text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT saved_filter_pkey PRIMARY KEY ({tenant}id)
);

CREATE UNIQUE INDEX saved_filter_private ON saved_filter ({tenant}owner, name) WHERE NOT shared;
CREATE UNIQUE INDEX saved_filter_shared ON saved_filter ({tenant}name) WHERE shared;

COMMENT ON TABLE saved_filter IS 'Filters that have a name: which opportunities a list, board or report takes';
COMMENT ON COLUMN saved_filter.id IS 'Number of the filter';
COMMENT ON COLUMN saved_filter.owner IS 'The user whose filter it is, who alone changes and deletes it';
COMMENT ON COLUMN saved_filter.name IS 'Name of the filter';
COMMENT ON COLUMN saved_filter.shared IS 'Whether the filter counts for everybody, or for its owner alone';
COMMENT ON COLUMN saved_filter.definition IS 'The rules, a JSON object';
COMMENT ON COLUMN saved_filter.description IS 'What it is for';
COMMENT ON COLUMN saved_filter.created_at IS 'When it was saved first';
COMMENT ON COLUMN saved_filter.updated_at IS 'When it was last changed';

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON saved_filter
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_filter_trigger();
-- The argument is the version that made these tables.
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON saved_filter
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate('0.2.0');

-- Always: what a replica or a restore writes makes plans as stale as any other write.
CREATE TRIGGER zz_replan AFTER INSERT OR UPDATE OR DELETE ON saved_filter
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON saved_filter
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE saved_filter
	ENABLE ALWAYS TRIGGER zz_replan,
	ENABLE ALWAYS TRIGGER zz_replan_all;

CREATE TABLE saved_view (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	pipeline_id {pipeline_key},
	owner text NOT NULL DEFAULT opportunities.me(),
	name text NOT NULL CONSTRAINT saved_view_name_given CHECK (name ~ E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]'),
	shared boolean NOT NULL DEFAULT false,
	is_default boolean NOT NULL DEFAULT false,
	layout text NOT NULL DEFAULT 'grid' CONSTRAINT layout_known CHECK (layout IN ('kanban', 'grid')),
	columns jsonb CONSTRAINT columns_array CHECK (jsonb_typeof(columns) = 'array'),
	sort text[],
	lane_by text,
	filter text,
	description text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT saved_view_pkey PRIMARY KEY ({tenant}id)
);

CREATE UNIQUE INDEX saved_view_private ON saved_view ({tenant}owner, name) WHERE NOT shared;
CREATE UNIQUE INDEX saved_view_shared ON saved_view ({tenant}name) WHERE shared;
CREATE UNIQUE INDEX saved_view_default ON saved_view ({tenant}owner, layout, pipeline_id) NULLS NOT DISTINCT
	WHERE is_default AND NOT shared;
CREATE UNIQUE INDEX saved_view_shared_default ON saved_view ({tenant}layout, pipeline_id) NULLS NOT DISTINCT
	WHERE is_default AND shared;

COMMENT ON TABLE saved_view IS 'Views that have a name: how a list or board shows opportunities';
COMMENT ON COLUMN saved_view.id IS 'Number of the view';
COMMENT ON COLUMN saved_view.pipeline_id IS 'The pipeline that it is for; empty: any';
COMMENT ON COLUMN saved_view.owner IS 'The user whose view it is, who alone changes and deletes it';
COMMENT ON COLUMN saved_view.name IS 'Name of the view';
COMMENT ON COLUMN saved_view.shared IS 'Whether the view is for everybody, or for its owner alone';
COMMENT ON COLUMN saved_view.is_default IS 'Whether its columns are shown where none are asked for, on a board or in a list as its layout says: to its owner, or if shared to everybody';
COMMENT ON COLUMN saved_view.layout IS 'kanban (a board) or grid (a list)';
COMMENT ON COLUMN saved_view.columns IS 'What it shows: a JSON array with an object for each column, its field and the label that people see; empty: as without a view';
COMMENT ON COLUMN saved_view.sort IS 'Fields that it is ordered by, with - before those that run from the largest down';
COMMENT ON COLUMN saved_view.lane_by IS 'The field that has a lane for each of its values, on a board';
COMMENT ON COLUMN saved_view.filter IS 'Name of the saved filter that it applies';
COMMENT ON COLUMN saved_view.description IS 'What it is for';
COMMENT ON COLUMN saved_view.created_at IS 'When it was saved first';
COMMENT ON COLUMN saved_view.updated_at IS 'When it was last changed';

CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON saved_view
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_view_trigger();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON saved_view
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
$definition$),
('views', $definition$
-- Where saved views stand alone there may be no such table.
ALTER TABLE saved_view
	ADD CONSTRAINT saved_view_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}) ON DELETE CASCADE;
$definition$),
('history', $definition$
-- History outlives what it is about: no foreign keys. Keys hold the time, so that either table can be
-- partitioned by it. And no checks, nor a condition on a trigger: the server would read them anew for
-- every statement that writes a row, which costs as much as the row.
CREATE TABLE stage_change (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	from_pipeline_id bigint NOT NULL,
	from_stage_id bigint,
	to_pipeline_id bigint NOT NULL,
	to_stage_id bigint,
	changed_at timestamptz NOT NULL,
	changed_by text NOT NULL,
	entered_at timestamptz,
	left_at timestamptz NOT NULL,
	deleted_at timestamptz,
	CONSTRAINT stage_change_pkey PRIMARY KEY ({tenant}opportunity_id, id, changed_at)
);

CREATE INDEX stage_change_entered ON stage_change ({tenant}to_stage_id, changed_at);

COMMENT ON TABLE stage_change IS 'Every move of an opportunity from one stage to another, and its end if it was deleted';
COMMENT ON COLUMN stage_change.id IS 'Number of the move: an opportunity''s moves in the order of their numbers are its way';
COMMENT ON COLUMN stage_change.opportunity_id IS 'The opportunity, which may be deleted by now';
COMMENT ON COLUMN stage_change.from_pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN stage_change.from_stage_id IS 'The stage that it left; empty: it had none yet';
COMMENT ON COLUMN stage_change.to_pipeline_id IS 'The pipeline that it was in afterwards, mostly the same';
COMMENT ON COLUMN stage_change.to_stage_id IS 'The stage that it entered; empty: it was deleted';
COMMENT ON COLUMN stage_change.changed_at IS 'When the move was written';
COMMENT ON COLUMN stage_change.changed_by IS 'Who moved it';
COMMENT ON COLUMN stage_change.entered_at IS 'When it had come into the stage that it left; empty: nobody knows';
COMMENT ON COLUMN stage_change.left_at IS 'When it left that stage: where it was closed, the moment of the closing';
COMMENT ON COLUMN stage_change.deleted_at IS 'When the opportunity was deleted, whose number another one may have by now; empty: it is there';

CREATE TRIGGER zz_stage_change AFTER UPDATE OR DELETE ON opportunity
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_stage_change();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON stage_change
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();

CREATE TABLE change_log (
	{tenant_id}
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	table_name text COLLATE "C" NOT NULL,
	row_id text COLLATE "C" NOT NULL,
	changed_at timestamptz NOT NULL,
	changed_by text NOT NULL,
	transaction_id bigint NOT NULL,
	action text NOT NULL,
	field text,
	old jsonb,
	new jsonb,
	CONSTRAINT change_log_pkey PRIMARY KEY ({tenant}row_id, table_name, id, changed_at)
);

-- The largest table of all gets entries in the order of time: this index stays tiny and costs nothing.
CREATE INDEX change_log_time ON change_log USING brin ({tenant}changed_at) WITH (autosummarize = on);

COMMENT ON TABLE change_log IS 'Every change of the rows of these tables: who, when, which field, from what to what';
COMMENT ON COLUMN change_log.id IS 'Number of the entry: a row''s entries in the order of their numbers are its history';
COMMENT ON COLUMN change_log.table_name IS 'The table whose row was changed';
COMMENT ON COLUMN change_log.row_id IS 'The row''s key';
COMMENT ON COLUMN change_log.changed_at IS 'When it was changed: the time of the transaction';
COMMENT ON COLUMN change_log.changed_by IS 'Who changed it';
COMMENT ON COLUMN change_log.transaction_id IS 'Number of the transaction: entries of one time and number were made together';
COMMENT ON COLUMN change_log.action IS 'insert, update or delete';
COMMENT ON COLUMN change_log.field IS 'The column, or custom.NAME; empty: the whole row';
COMMENT ON COLUMN change_log.old IS 'What it was; the whole row where it was deleted; empty: nothing';
COMMENT ON COLUMN change_log.new IS 'What it became; empty: nothing';

CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON change_log
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();

-- Left out: stamps, and what other rows or other entries say.
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON account
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON pipeline
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON stage
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON stage_transition
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON opportunity
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change(
		'version', 'updated_at', 'updated_by', 'stage_entered_at', 'stage_entered_by');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON activity
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at', 'updated_by');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON choice
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON label
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON app_user
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON custom_field
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON saved_filter
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON saved_view
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON product
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON opportunity_line
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON document
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON document_line
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON payment
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON target
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON currency
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON exchange_rate
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();

-- Many new rows of a statement at once, as far as zz_log is enabled.
CREATE TRIGGER zz_log_insert AFTER INSERT ON account REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON pipeline REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON stage REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON stage_transition REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON opportunity REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON activity REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON choice REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON label REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON app_user REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON custom_field REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON saved_filter REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON saved_view REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON product REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON opportunity_line REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON document REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON document_line REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON payment REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON target REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON currency REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON exchange_rate REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
$definition$),
('bi', $definition$
-- For BI tools and spreadsheets: typed columns, plain numbers, names instead of keys beside the keys. What a role
-- can't see in the tables it doesn't see here. Joins are outer ones on keys and sums are sub-selects, so that the
-- planner leaves out what nobody asks for. By row_state and row_state_wanted it reads open rows alone, by an index,
-- for who asks for them. (What is kept of a join names all columns of both sides: to keep that small is half of the
-- time that such a query is planned in.)
CREATE VIEW bi_opportunity WITH (security_invoker = true) AS
SELECT {o.tenant}o.id, o.title,
	o.pipeline_id, p.name AS pipeline, o.stage_id, s.name AS stage, s.position AS stage_position,
	opportunities_internal.row_state(o.closed_on, s.kind) AS state,
	o.account_id, a.name AS account, a.kind AS account_kind,
	o.owner, u.name AS owner_name, u.team AS owner_team, u.manager AS owner_manager, m.name AS owner_manager_name,
	o.type, o.source, o.campaign, o.close_reason,
	o.currency, o.amount, o.probability, o.estimated_amount, o.realized_amount,
	CASE WHEN opportunities_internal.row_state(o.closed_on, s.kind) = 'open' THEN o.estimated_amount END AS forecast_amount,
	CASE WHEN opportunities_internal.row_state(o.closed_on, s.kind) = 'won' THEN o.amount END AS won_amount,
	CASE WHEN opportunities_internal.row_state(o.closed_on, s.kind) = 'lost' THEN o.amount END AS lost_amount,
	coalesce((SELECT sum(CASE WHEN d.kind = 'invoice' THEN d.total WHEN d.kind = 'return' THEN -d.total END)
			FROM document AS d WHERE {d=o}d.opportunity_id = o.id AND d.status = 'confirmed'), 0.00)
		- coalesce((SELECT sum(CASE WHEN y.direction = 'in' THEN y.amount ELSE -y.amount END)
			FROM payment AS y WHERE {y=o}y.opportunity_id = o.id), 0.00) AS balance,
	o.created_at, opportunities.business_date(o.created_at) AS created_on, o.expected_close, o.closed_at, o.closed_on,
	opportunities_internal.days_between(opportunities.business_date(o.created_at), o.closed_on) AS days_to_close,
	o.stage_entered_at, CASE WHEN o.closed_at IS NULL
		THEN opportunities_internal.days_between(opportunities.business_date(o.stage_entered_at), opportunities.business_date(now())) END AS days_in_stage, coalesce(CASE WHEN o.closed_at IS NULL
		THEN opportunities_internal.days_between(opportunities.business_date(o.stage_entered_at), opportunities.business_date(now())) END > s.max_days, false) AS stale,
	o.last_activity_at, CASE WHEN o.tags OPERATOR(pg_catalog.<>) '{}' THEN pg_catalog.array_to_string(o.tags, ', ') END AS tags, o.custom, o.archived,
	opportunities_internal.forecast_category(o.forecast_override, s.kind, s.forecast_category, s.probability) AS forecast_category
FROM opportunity AS o
LEFT JOIN pipeline AS p ON {p=o}p.id = o.pipeline_id
LEFT JOIN stage AS s ON {s=o}s.id = o.stage_id
LEFT JOIN account AS a ON {a=o}a.id = o.account_id
LEFT JOIN (app_user AS u LEFT JOIN app_user AS m ON {m=u}m.login = u.manager) ON {u=o}u.login = o.owner
WHERE opportunities_internal.row_state_wanted(o.closed_on);

COMMENT ON VIEW bi_opportunity IS 'One row an opportunity, with the names of what it belongs to. Sum amounts within one currency only';
COMMENT ON COLUMN bi_opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN bi_opportunity.title IS 'What it is called';
COMMENT ON COLUMN bi_opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN bi_opportunity.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN bi_opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN bi_opportunity.stage IS 'Name of the stage';
COMMENT ON COLUMN bi_opportunity.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN bi_opportunity.state IS 'open, won or lost; empty: closed in a stage that you may not see';
COMMENT ON COLUMN bi_opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN bi_opportunity.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_opportunity.account_kind IS 'person or organization';
COMMENT ON COLUMN bi_opportunity.owner IS 'Who is responsible for it';
COMMENT ON COLUMN bi_opportunity.owner_name IS 'Name of the owner; empty: not among the users on record';
COMMENT ON COLUMN bi_opportunity.owner_team IS 'Team of the owner';
COMMENT ON COLUMN bi_opportunity.owner_manager IS 'Whom the owner reports to';
COMMENT ON COLUMN bi_opportunity.owner_manager_name IS 'Name of whom the owner reports to';
COMMENT ON COLUMN bi_opportunity.type IS 'Kind of business';
COMMENT ON COLUMN bi_opportunity.source IS 'Where it came from';
COMMENT ON COLUMN bi_opportunity.campaign IS 'The campaign that it came from';
COMMENT ON COLUMN bi_opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN bi_opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN bi_opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN bi_opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN bi_opportunity.estimated_amount IS 'Amount times probability, whatever became of it';
COMMENT ON COLUMN bi_opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN bi_opportunity.forecast_amount IS 'Amount times probability while it is open: what to sum for a forecast';
COMMENT ON COLUMN bi_opportunity.won_amount IS 'Amount where it was won';
COMMENT ON COLUMN bi_opportunity.lost_amount IS 'Amount where it was lost';
COMMENT ON COLUMN bi_opportunity.balance IS 'What is still to be paid: invoices less returns and less payments received, and payments made';
COMMENT ON COLUMN bi_opportunity.created_at IS 'When it was entered';
COMMENT ON COLUMN bi_opportunity.created_on IS 'The day on which it was entered, where your business is';
COMMENT ON COLUMN bi_opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN bi_opportunity.closed_at IS 'When it was won or lost';
COMMENT ON COLUMN bi_opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN bi_opportunity.days_to_close IS 'Days from the day on which it was entered to that; empty while it is open, or where it was entered later';
COMMENT ON COLUMN bi_opportunity.stage_entered_at IS 'When it came into its stage';
COMMENT ON COLUMN bi_opportunity.days_in_stage IS 'Days since it came into its stage; empty: it is closed';
COMMENT ON COLUMN bi_opportunity.stale IS 'Whether that is longer than the stage allows';
COMMENT ON COLUMN bi_opportunity.last_activity_at IS 'When somebody last did something about it';
COMMENT ON COLUMN bi_opportunity.tags IS 'Labels, with commas between them';
COMMENT ON COLUMN bi_opportunity.custom IS 'Your own fields, a JSON object';
COMMENT ON COLUMN bi_opportunity.archived IS 'Whether boards and lists leave it out';
COMMENT ON COLUMN bi_opportunity.forecast_category IS 'What it is forecast as: its own category, else that of its stage; closed where it was won, omitted where it was lost';

CREATE VIEW bi_line WITH (security_invoker = true) AS
SELECT {l.tenant}l.id, l.opportunity_id, o.title, o.pipeline_id, o.stage_id, o.state, o.account_id, o.account, o.owner,
	l.product_id, coalesce(p.name, l.description) AS product, p.category,
	l.quantity, l.unit_price, l.discount_percent, o.currency, l.net, l.tax, l.net + l.tax AS total,
	CASE WHEN o.state = 'open' THEN l.net * o.probability * 0.01 END AS forecast_net,
	CASE WHEN o.state = 'won' THEN l.net END AS won_net,
	CASE WHEN o.state = 'lost' THEN l.net END AS lost_net,
	o.created_on, o.expected_close, o.closed_on, o.archived
FROM opportunity_line AS l
JOIN bi_opportunity AS o ON {o=l}o.id = l.opportunity_id
LEFT JOIN product AS p ON {p=l}p.id = l.product_id;

COMMENT ON VIEW bi_line IS 'One row a line of an opportunity: what was offered, won and lost by product. An opportunity without lines has none';
COMMENT ON COLUMN bi_line.id IS 'Number of the line';
COMMENT ON COLUMN bi_line.opportunity_id IS 'The opportunity that it is a line of: count distinct ones';
COMMENT ON COLUMN bi_line.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_line.pipeline_id IS 'The pipeline that the opportunity goes through';
COMMENT ON COLUMN bi_line.stage_id IS 'The stage that it is in';
COMMENT ON COLUMN bi_line.state IS 'open, won or lost';
COMMENT ON COLUMN bi_line.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN bi_line.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_line.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_line.product_id IS 'The product; empty: none of those on record';
COMMENT ON COLUMN bi_line.product IS 'Name of the product, else what the line says';
COMMENT ON COLUMN bi_line.category IS 'Group that the product belongs to';
COMMENT ON COLUMN bi_line.quantity IS 'How many';
COMMENT ON COLUMN bi_line.unit_price IS 'Price of one, before discount and tax';
COMMENT ON COLUMN bi_line.discount_percent IS 'Discount in percent';
COMMENT ON COLUMN bi_line.currency IS 'Currency of the amounts; empty: the one unnamed currency';
COMMENT ON COLUMN bi_line.net IS 'What the line is worth before tax';
COMMENT ON COLUMN bi_line.tax IS 'The tax on it';
COMMENT ON COLUMN bi_line.total IS 'Both together';
COMMENT ON COLUMN bi_line.forecast_net IS 'Worth before tax times probability while the opportunity is open: what to sum for a forecast';
COMMENT ON COLUMN bi_line.won_net IS 'Worth before tax where the opportunity was won';
COMMENT ON COLUMN bi_line.lost_net IS 'Worth before tax where the opportunity was lost';
COMMENT ON COLUMN bi_line.created_on IS 'The day on which the opportunity was entered, where your business is';
COMMENT ON COLUMN bi_line.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN bi_line.closed_on IS 'The day on which it was won or lost';
COMMENT ON COLUMN bi_line.archived IS 'Whether boards and lists leave the opportunity out';

-- What counts of a document is what is confirmed: invoices, and returns against them.
CREATE VIEW bi_document WITH (security_invoker = true) AS
SELECT {d.tenant}d.id, d.opportunity_id, o.title, o.pipeline_id, o.owner, d.kind, d.status, d.number, d.source_document_id,
	d.account_id, coalesce(d.account_name, a.name) AS account, d.currency, d.net, d.tax, d.total,
	d.factor * d.net AS signed_net, d.factor * d.tax AS signed_tax, d.factor * d.total AS signed_total,
	CASE WHEN d.factor = 1::numeric THEN d.open END AS open_amount, d.issued_on, d.due_on,
	CASE WHEN d.factor = 1::numeric AND d.due_on < opportunities.business_date(now()) AND d.open > 0.0
		THEN opportunities_internal.days_between(d.due_on, opportunities.business_date(now())) END AS days_overdue,
	d.created_at, d.created_by, d.confirmed_at, d.voided_at, o.archived, d.label, d.valid_until,
	coalesce(d.status = 'confirmed' AND d.valid_until < opportunities.business_date(now()), false) AS expired
FROM (SELECT {d.tenant}d.id, d.opportunity_id, d.kind, d.status, d.number, d.source_document_id, d.account_id, d.account_name, d.currency,
		d.net, d.tax, d.total, d.issued_on, d.due_on, d.created_at, d.created_by, d.confirmed_at, d.voided_at, d.label, d.valid_until,
		CASE WHEN d.status <> 'confirmed' THEN NULL WHEN d.kind = 'invoice' THEN 1::numeric
			WHEN d.kind = 'return' THEN -1::numeric END AS factor,
		d.total - coalesce((SELECT sum(r.total) FROM document AS r
				WHERE {r=d}r.source_document_id = d.id AND r.kind = 'return' AND r.status = 'confirmed'), 0.00)
			- coalesce((SELECT sum(CASE WHEN y.direction = 'in' THEN y.amount ELSE -y.amount END) FROM payment AS y
				WHERE {y=d}y.document_id = d.id), 0.00) AS open
	FROM document AS d) AS d
JOIN opportunity AS o ON {o=d}o.id = d.opportunity_id
LEFT JOIN account AS a ON {a=d}a.id = d.account_id;

COMMENT ON VIEW bi_document IS 'One row a quote, invoice or return. Sum signed amounts within one currency for what was invoiced';
COMMENT ON COLUMN bi_document.id IS 'Which document';
COMMENT ON COLUMN bi_document.opportunity_id IS 'The opportunity that it was issued for';
COMMENT ON COLUMN bi_document.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_document.pipeline_id IS 'The pipeline that the opportunity goes through';
COMMENT ON COLUMN bi_document.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_document.kind IS 'quote, invoice or return';
COMMENT ON COLUMN bi_document.status IS 'draft, confirmed or void';
COMMENT ON COLUMN bi_document.number IS 'Its number among those of its kind and series; empty: a draft';
COMMENT ON COLUMN bi_document.source_document_id IS 'The quote that it invoices, or the invoice that it takes back';
COMMENT ON COLUMN bi_document.account_id IS 'The person or organization that it is for';
COMMENT ON COLUMN bi_document.account IS 'Name of the person or organization, as the document has it';
COMMENT ON COLUMN bi_document.currency IS 'Currency of the amounts; empty: the one unnamed currency';
COMMENT ON COLUMN bi_document.net IS 'Worth before tax';
COMMENT ON COLUMN bi_document.tax IS 'The tax on it';
COMMENT ON COLUMN bi_document.total IS 'Both together';
COMMENT ON COLUMN bi_document.signed_net IS 'Worth before tax of a confirmed invoice, less than nothing of a confirmed return; empty: it counts for nothing';
COMMENT ON COLUMN bi_document.signed_tax IS 'The tax likewise';
COMMENT ON COLUMN bi_document.signed_total IS 'Both together likewise: what to sum for what was invoiced';
COMMENT ON COLUMN bi_document.open_amount IS 'What is still to be paid of a confirmed invoice: less its confirmed returns and the payments that name it';
COMMENT ON COLUMN bi_document.issued_on IS 'The day that it bears';
COMMENT ON COLUMN bi_document.due_on IS 'The day until which an invoice is to be paid';
COMMENT ON COLUMN bi_document.days_overdue IS 'Days since then, where something is still to be paid; empty: it is not overdue';
COMMENT ON COLUMN bi_document.created_at IS 'When it was drafted';
COMMENT ON COLUMN bi_document.created_by IS 'Who drafted it';
COMMENT ON COLUMN bi_document.confirmed_at IS 'When it was confirmed';
COMMENT ON COLUMN bi_document.voided_at IS 'When it was declared void';
COMMENT ON COLUMN bi_document.archived IS 'Whether boards and lists leave the opportunity out';
COMMENT ON COLUMN bi_document.label IS 'Its series and number, as they stand on the paper; empty: a draft';
COMMENT ON COLUMN bi_document.valid_until IS 'The last day on which a quote can be accepted; empty: any';
COMMENT ON COLUMN bi_document.expired IS 'Whether that day has passed, of a confirmed quote';

CREATE VIEW bi_payment WITH (security_invoker = true) AS
SELECT {y.tenant}y.id, y.opportunity_id, o.title, o.owner, o.account_id, a.name AS account,
	y.document_id, d.kind AS document_kind, d.number AS document_number, y.direction, y.currency, y.amount,
	CASE WHEN y.direction = 'in' THEN y.amount ELSE -y.amount END AS signed_amount,
	y.paid_on, y.method, y.reference, y.created_at, y.created_by, o.archived
FROM payment AS y
JOIN opportunity AS o ON {o=y}o.id = y.opportunity_id
LEFT JOIN account AS a ON {a=o}a.id = o.account_id
LEFT JOIN document AS d ON {d=y}d.id = y.document_id;

COMMENT ON VIEW bi_payment IS 'One row a payment. Sum signed amounts within one currency for what came in';
COMMENT ON COLUMN bi_payment.id IS 'Which payment';
COMMENT ON COLUMN bi_payment.opportunity_id IS 'The opportunity that it belongs to';
COMMENT ON COLUMN bi_payment.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_payment.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_payment.account_id IS 'The person or organization that the opportunity is with';
COMMENT ON COLUMN bi_payment.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_payment.document_id IS 'The document that it is for; empty: it names none';
COMMENT ON COLUMN bi_payment.document_kind IS 'quote, invoice or return';
COMMENT ON COLUMN bi_payment.document_number IS 'Number of the document among those of its kind';
COMMENT ON COLUMN bi_payment.direction IS 'in: it was received; out: it was made';
COMMENT ON COLUMN bi_payment.currency IS 'Currency of the amount; empty: the one unnamed currency';
COMMENT ON COLUMN bi_payment.amount IS 'How much';
COMMENT ON COLUMN bi_payment.signed_amount IS 'The same, less than nothing where it was made';
COMMENT ON COLUMN bi_payment.paid_on IS 'The day on which it was paid';
COMMENT ON COLUMN bi_payment.method IS 'How it was paid';
COMMENT ON COLUMN bi_payment.reference IS 'What the bank calls it';
COMMENT ON COLUMN bi_payment.created_at IS 'When it was entered';
COMMENT ON COLUMN bi_payment.created_by IS 'Who entered it';
COMMENT ON COLUMN bi_payment.archived IS 'Whether boards and lists leave the opportunity out';

CREATE VIEW bi_activity WITH (security_invoker = true) AS
SELECT {y.tenant}y.id, y.opportunity_id, o.title, o.owner, o.account_id, a.name AS account, y.kind, y.subject,
	y.assignee, u.name AS assignee_name, y.due_at, opportunities.business_date(y.due_at) AS due_on,
	y.done_at, opportunities.business_date(y.done_at) AS done_on, y.done_at IS NOT NULL AS done,
	coalesce(y.done_at IS NULL AND y.due_at < now(), false) AS overdue, y.created_at, y.created_by, o.archived
FROM activity AS y
JOIN opportunity AS o ON {o=y}o.id = y.opportunity_id
LEFT JOIN account AS a ON {a=o}a.id = o.account_id
LEFT JOIN app_user AS u ON {u=y}u.login = y.assignee;

COMMENT ON VIEW bi_activity IS 'One row a call, note, meeting, task or what else was done or is to be done';
COMMENT ON COLUMN bi_activity.id IS 'Number of the activity';
COMMENT ON COLUMN bi_activity.opportunity_id IS 'The opportunity that it is about';
COMMENT ON COLUMN bi_activity.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_activity.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_activity.account_id IS 'The person or organization that the opportunity is with';
COMMENT ON COLUMN bi_activity.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_activity.kind IS 'call, note, form, meeting, email, task or a kind of your own';
COMMENT ON COLUMN bi_activity.subject IS 'What it is about';
COMMENT ON COLUMN bi_activity.assignee IS 'Who does it';
COMMENT ON COLUMN bi_activity.assignee_name IS 'Name of who does it; empty: not among the users on record';
COMMENT ON COLUMN bi_activity.due_at IS 'When it is to be done';
COMMENT ON COLUMN bi_activity.due_on IS 'The day on which it is to be done, where your business is';
COMMENT ON COLUMN bi_activity.done_at IS 'When it was done';
COMMENT ON COLUMN bi_activity.done_on IS 'The day on which it was done, where your business is';
COMMENT ON COLUMN bi_activity.done IS 'Whether it was done';
COMMENT ON COLUMN bi_activity.overdue IS 'Whether it should have been done by now';
COMMENT ON COLUMN bi_activity.created_at IS 'When it was entered';
COMMENT ON COLUMN bi_activity.created_by IS 'Who entered it';
COMMENT ON COLUMN bi_activity.archived IS 'Whether boards and lists leave the opportunity out';

-- (Constants have names, since a dump gives them some.)
-- A move says since when the stage was held and until when; what is held now stands in the opportunity itself. What is
-- kept of a deleted one is of that, not of another that has its number.
CREATE VIEW bi_stage_history WITH (security_invoker = true) AS
SELECT {h.tenant}h.opportunity_id, h.title, h.pipeline_id, p.name AS pipeline, h.stage_id, h.stage, h.stage_position,
	h.state, h.entered_at, h.left_at,
	CASE WHEN h.next_stage_id IS NOT NULL OR h.state = 'open'
		THEN opportunities_internal.elapsed_days(h.entered_at, coalesce(h.left_at, now())) END AS days,
	h.next_stage_id, n.name AS next_stage, n.kind AS next_state, h.moved_by,
	h.account_id, h.owner, h.currency, h.amount, h.archived, h.deleted_at
FROM (
	SELECT {c.tenant}c.opportunity_id, o.title, c.from_pipeline_id AS pipeline_id, c.from_stage_id AS stage_id, s.name AS stage,
		s.position AS stage_position, coalesce(s.kind, 'open') AS state, c.entered_at, c.left_at, c.to_stage_id AS next_stage_id,
		c.changed_by AS moved_by, o.account_id, o.owner, o.currency, o.amount, o.archived, c.deleted_at
	FROM stage_change AS c
	LEFT JOIN opportunity AS o ON {o=c}o.id = c.opportunity_id AND c.deleted_at IS NULL
	LEFT JOIN stage AS s ON {s=c}s.id = c.from_stage_id
	-- Of opportunities that are there only those that the reader may see: looked for where some may be hidden.
	WHERE NOT opportunities_internal.may_hide_rows('opportunity'::pg_catalog.regclass) OR c.deleted_at IS NOT NULL
		OR EXISTS (SELECT FROM opportunity AS v WHERE {v=c}v.id = c.opportunity_id)
	UNION ALL
	SELECT {tenant}id, title, pipeline_id, stage_id, stage, stage_position, state, greatest(stage_entered_at, closed_at),
		NULL AS left_at, NULL AS next_stage_id, NULL AS moved_by, account_id, owner, currency, amount, archived, NULL AS deleted_at
	FROM bi_opportunity
) AS h
LEFT JOIN pipeline AS p ON {p=h}p.id = h.pipeline_id
LEFT JOIN stage AS n ON {n=h}n.id = h.next_stage_id;

COMMENT ON VIEW bi_stage_history IS 'One row for each stay of an opportunity in a stage, the present one too: since when, until when, where to';
COMMENT ON COLUMN bi_stage_history.opportunity_id IS 'The opportunity';
COMMENT ON COLUMN bi_stage_history.title IS 'What it is called; empty: it was deleted';
COMMENT ON COLUMN bi_stage_history.pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN bi_stage_history.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN bi_stage_history.stage_id IS 'The stage that it was in; empty: none yet';
COMMENT ON COLUMN bi_stage_history.stage IS 'Name of the stage';
COMMENT ON COLUMN bi_stage_history.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN bi_stage_history.state IS 'What the stage means: open, won or lost';
COMMENT ON COLUMN bi_stage_history.entered_at IS 'When it came into the stage; empty: nobody knows';
COMMENT ON COLUMN bi_stage_history.left_at IS 'When it left, or was deleted; empty: it is still there';
COMMENT ON COLUMN bi_stage_history.days IS 'Days that it was there, up to now in an open stage where it still is; empty: it is closed, or nobody knows';
COMMENT ON COLUMN bi_stage_history.next_stage_id IS 'The stage that it went to; empty: it is still there, or was deleted';
COMMENT ON COLUMN bi_stage_history.next_stage IS 'Name of that stage';
COMMENT ON COLUMN bi_stage_history.next_state IS 'What that stage means: open, won or lost';
COMMENT ON COLUMN bi_stage_history.moved_by IS 'Who moved it there';
COMMENT ON COLUMN bi_stage_history.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN bi_stage_history.owner IS 'Who is responsible for it now';
COMMENT ON COLUMN bi_stage_history.currency IS 'Currency of the amount';
COMMENT ON COLUMN bi_stage_history.archived IS 'Whether boards and lists leave it out now; empty: it was deleted';
COMMENT ON COLUMN bi_stage_history.amount IS 'What it is worth now';
COMMENT ON COLUMN bi_stage_history.deleted_at IS 'When the opportunity was deleted; empty: it is there';

CREATE FUNCTION pipeline_on(day date)
RETURNS TABLE (opportunity_id bigint, title text, pipeline_id bigint, pipeline text, stage_id bigint, stage text,
	stage_position integer, stage_known boolean, state text, account_id bigint, owner text, currency text, amount numeric, archived boolean,
	probability numeric, expected_close date, closed_on date, known boolean, deleted_at timestamptz)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT w.id, w.title, w.pipeline_id, p.name, w.stage_id, s.name, s.position, w.stage_known,
		opportunities_internal.row_state(w.closed_on, s.kind), w.account_id, w.owner, w.currency, w.amount, w.archived,
		w.probability, w.expected_close, w.closed_on, w.known, w.deleted_at
	FROM opportunities_internal.opportunities_on('opportunity'::pg_catalog.regclass, day) AS w
	LEFT JOIN opportunities_internal.stage_names('pipeline'::pg_catalog.regclass) AS p ON p.id = w.pipeline_id
	LEFT JOIN opportunities_internal.stage_names('stage'::pg_catalog.regclass) AS s ON s.id = w.stage_id
	WHERE opportunities_internal.row_state_wanted(w.closed_on);
END;
COMMENT ON FUNCTION pipeline_on(date) IS
	'The opportunities that there were at the end of a day, each with its stage, owner, amounts and days of then, deleted ones too: what the history doesn''t tell is empty, and known is false where it tells nothing but, with stage_known, the stage. Who reads it needs no right on the history.';

CREATE FUNCTION pipeline_changes(first_day date, last_day date, by text[] DEFAULT NULL, filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL, scope jsonb DEFAULT NULL, search text DEFAULT NULL, include_archived boolean DEFAULT true,
	in_currency text DEFAULT NULL)
RETURNS TABLE (dimensions jsonb, change text, currency text, count bigint, amount numeric, converted numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.dimensions, c.change, c.currency, c.count, c.amount,
		CASE WHEN in_currency IS NOT NULL THEN opportunities.in_currency(c.amount, c.currency, in_currency,
			opportunities_internal.rates_day(last_day), 'opportunity'::pg_catalog.regclass) END
	FROM opportunities_internal.pipeline_changes('opportunity'::pg_catalog.regclass, first_day, last_day, by, filter, rules, scope, search,
		include_archived) AS c;
END;
COMMENT ON FUNCTION pipeline_changes(date, date, text[], text, jsonb, jsonb, text, boolean, text) IS
	'What came into the open pipeline and what left it, from the beginning of a day to the end of another, for each currency and group: begin, new, grown, shrunk, moved_in, moved_out, reopened, won, lost, closed, deleted, unlogged and end. What leaves is negative: begin and all changes together are end. converted: the amount in another currency, where one is asked for.';

CREATE FUNCTION funnel(first_day date DEFAULT '-infinity', last_day date DEFAULT 'infinity')
RETURNS TABLE (pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, entered bigint,
	went_on bigint, won bigint, lost bigint, conversion numeric, average_days numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT f.pipeline_id, f.pipeline, f.stage_id, f.stage, f.stage_position, f.entered, f.went_on, f.won, f.lost, f.conversion, f.average_days
	FROM opportunities_internal.funnel('bi_stage_history'::pg_catalog.regclass, first_day, last_day) AS f;
END;
COMMENT ON FUNCTION funnel(date, date) IS
	'How opportunities go through the open stages: of those that entered a stage within the days given, how many went on (reached a later stage, or were won), how many are won and lost by now, and the days they spent in the stage. conversion: went on / entered. Deleted ones count as they last were.';

-- Days with their names, for joins and filters by month, quarter or fiscal year. It has no tenant: days are everybody's.
CREATE TABLE calendar (
	date date,
	weekday integer NOT NULL,
	weekday_name text NOT NULL,
	weekday_name_fa text NOT NULL,
	week integer NOT NULL,
	week_year integer NOT NULL,
	week_start date NOT NULL,
	year integer NOT NULL,
	quarter integer NOT NULL,
	month integer NOT NULL,
	day integer NOT NULL,
	month_name text NOT NULL,
	month_name_fa text NOT NULL,
	month_label text NOT NULL,
	month_key integer NOT NULL,
	persian_year integer NOT NULL,
	persian_quarter integer NOT NULL,
	persian_month integer NOT NULL,
	persian_day integer NOT NULL,
	persian_month_name text NOT NULL,
	persian_month_name_fa text NOT NULL,
	persian_month_label text NOT NULL,
	persian_month_key integer NOT NULL,
	fiscal_year integer NOT NULL,
	fiscal_quarter integer NOT NULL,
	fiscal_year_label text NOT NULL,
	fiscal_quarter_label text NOT NULL,
	CONSTRAINT calendar_pkey PRIMARY KEY (date)
);

COMMENT ON TABLE calendar IS 'Days with their months, quarters and years, Gregorian, Persian and fiscal';
COMMENT ON COLUMN calendar.date IS 'The day';
COMMENT ON COLUMN calendar.weekday IS 'Day of the week: 1 is Monday, 7 is Sunday';
COMMENT ON COLUMN calendar.weekday_name IS 'Day of the week in English';
COMMENT ON COLUMN calendar.weekday_name_fa IS 'Day of the week in Persian';
COMMENT ON COLUMN calendar.week IS 'Week of the year, as ISO 8601 counts them';
COMMENT ON COLUMN calendar.week_year IS 'Year that the week belongs to, as ISO 8601 counts them: group by both';
COMMENT ON COLUMN calendar.week_start IS 'First day of the week, which begins as your business''s do';
COMMENT ON COLUMN calendar.year IS 'Year';
COMMENT ON COLUMN calendar.quarter IS 'Quarter of the year, 1 to 4';
COMMENT ON COLUMN calendar.month IS 'Month of the year, 1 to 12';
COMMENT ON COLUMN calendar.day IS 'Day of the month';
COMMENT ON COLUMN calendar.month_name IS 'Name of the month in English';
COMMENT ON COLUMN calendar.month_name_fa IS 'Name of the month in Persian';
COMMENT ON COLUMN calendar.month_label IS 'Month and year';
COMMENT ON COLUMN calendar.month_key IS 'Year and month as one number: 202603. Months sort by it';
COMMENT ON COLUMN calendar.persian_year IS 'Persian year';
COMMENT ON COLUMN calendar.persian_quarter IS 'Quarter of the Persian year, 1 to 4';
COMMENT ON COLUMN calendar.persian_month IS 'Month of the Persian year, 1 to 12';
COMMENT ON COLUMN calendar.persian_day IS 'Day of the Persian month';
COMMENT ON COLUMN calendar.persian_month_name IS 'Name of the Persian month in Latin letters';
COMMENT ON COLUMN calendar.persian_month_name_fa IS 'Name of the Persian month';
COMMENT ON COLUMN calendar.persian_month_label IS 'Persian month and year';
COMMENT ON COLUMN calendar.persian_month_key IS 'Persian year and month as one number: 140501. Months sort by it';
COMMENT ON COLUMN calendar.fiscal_year IS 'Fiscal year: the number of the year that it begins in, or ends in where it was filled so';
COMMENT ON COLUMN calendar.fiscal_quarter IS 'Quarter of the fiscal year, 1 to 4';
COMMENT ON COLUMN calendar.fiscal_year_label IS 'The fiscal year as people write it: FY2026';
COMMENT ON COLUMN calendar.fiscal_quarter_label IS 'The quarter and its fiscal year: FY2026 Q1';

-- By name: where an upgrade has put a column back it is the last one.
INSERT INTO calendar (date, weekday, weekday_name, weekday_name_fa, week, week_year, week_start, year,
	quarter, month, day, month_name, month_name_fa, month_label, month_key, persian_year,
	persian_quarter, persian_month, persian_day, persian_month_name, persian_month_name_fa, persian_month_label,
	persian_month_key, fiscal_year, fiscal_quarter, fiscal_year_label, fiscal_quarter_label)
SELECT * FROM opportunities_internal.calendar_days('2010-01-01', '2039-12-31');
$definition$),
('starter', $definition$
WITH sales AS (
	INSERT INTO pipeline (name, position) VALUES ('Sales', 1) RETURNING id
)
INSERT INTO stage (pipeline_id, name, position, kind, probability, forecast_category)
SELECT sales.id, s.name, s.position, s.kind, s.probability, s.forecast_category
FROM sales, (VALUES
	('Lead', 1, 'open', 10.0, 'pipeline'),
	('Qualified', 2, 'open', 25.0, 'pipeline'),
	('Proposal', 3, 'open', 50.0, 'best_case'),
	('Negotiation', 4, 'open', 75.0, 'commit'),
	('Won', 5, 'won', NULL, NULL),
	('Lost', 6, 'lost', NULL, NULL)
) AS s (name, position, kind, probability, forecast_category);
$definition$),
('live', $definition$
-- Where notify_changes switches it on: what changes_since reads by, and what tells those who listen.
CREATE INDEX change_log_transaction ON change_log ({tenant}table_name, transaction_id, row_id);
CREATE OR REPLACE TRIGGER zz_notify AFTER INSERT ON change_log
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.notify_change();
-- Whoever writes the log, also for what comes from another server.
ALTER TABLE change_log ENABLE ALWAYS TRIGGER zz_notify;
$definition$)) AS d (part, sql) $function$;

-- Gone: nothing of a CRM may name it.
DROP FUNCTION opportunities.invoice_quote(bigint, boolean, regclass);
DROP FUNCTION opportunities.bulk_delete(bigint[], text, jsonb, jsonb, text, boolean, bigint, text, regclass);
DROP FUNCTION opportunities.bulk_edit(jsonb, bigint[], text, jsonb, jsonb, text, boolean, bigint, text, regclass);
DROP FUNCTION opportunities.move(bigint, bigint, bigint, bigint, jsonb, bigint, regclass);
DROP FUNCTION opportunities.report_sql(regclass, text[], text, jsonb, jsonb, text, boolean);
DROP FUNCTION opportunities.report_json(regclass, text[], text, jsonb, jsonb, text, boolean, boolean);
DROP FUNCTION opportunities.report(regclass, text[], text, jsonb, jsonb, text, boolean, boolean);
DROP FUNCTION opportunities.list(regclass, text, jsonb, jsonb, text, boolean, text[], text[], integer, jsonb, jsonb, boolean, text);
DROP FUNCTION opportunities.board_json(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text);
DROP FUNCTION opportunities.board(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text);
