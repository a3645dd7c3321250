-- What measures are made of: figures of money, each currency apart, and the median.

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
