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
