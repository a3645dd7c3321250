CREATE TYPE opportunities.totals;

CREATE FUNCTION opportunities_internal.totals_in(cstring) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_in';
CREATE FUNCTION opportunities_internal.totals_out(opportunities.totals) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_out';
CREATE FUNCTION opportunities_internal.totals_recv(internal) RETURNS opportunities.totals
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_recv';
CREATE FUNCTION opportunities_internal.totals_send(opportunities.totals) RETURNS bytea
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_send';

CREATE TYPE opportunities.totals (
	INPUT = opportunities_internal.totals_in,
	OUTPUT = opportunities_internal.totals_out,
	RECEIVE = opportunities_internal.totals_recv,
	SEND = opportunities_internal.totals_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);

COMMENT ON TYPE opportunities.totals IS
	'Count, final, estimated and realized total of opportunities, exactly, for each currency apart. As text (count,final,estimated,realized), a named currency in quotes before it.';
COMMENT ON FUNCTION opportunities_internal.totals_in(cstring) IS
	'Text form of totals; a text that isn''t one is invalid_totals (22P02).';
COMMENT ON FUNCTION opportunities_internal.totals_out(opportunities.totals) IS
	'Text form of totals, without loss.';
COMMENT ON FUNCTION opportunities_internal.totals_recv(internal) IS
	'Binary form of totals; a message that isn''t one is invalid_totals (22P03) or 08P01.';
COMMENT ON FUNCTION opportunities_internal.totals_send(opportunities.totals) IS
	'Binary form of totals, without loss.';

-- What is read from a value.

CREATE FUNCTION opportunities.opportunity_count(totals opportunities.totals) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_opportunity_count';
COMMENT ON FUNCTION opportunities.opportunity_count(opportunities.totals) IS
	'How many opportunities were counted, of all currencies together.';

CREATE FUNCTION opportunities.final_total(totals opportunities.totals) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_final_total';
COMMENT ON FUNCTION opportunities.final_total(opportunities.totals) IS
	'The sum of the amounts, in the one currency there is; several are the error mixed_currencies (22023).';

CREATE FUNCTION opportunities.estimated_total(totals opportunities.totals) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_estimated_total';
COMMENT ON FUNCTION opportunities.estimated_total(opportunities.totals) IS
	'The sum of amount × probability / 100, unrounded, in the one currency there is; several are the error mixed_currencies (22023).';

CREATE FUNCTION opportunities.realized_total(totals opportunities.totals) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_realized_total';
COMMENT ON FUNCTION opportunities.realized_total(opportunities.totals) IS
	'The sum of the realized amounts, in the one currency there is; several are the error mixed_currencies (22023).';

CREATE FUNCTION opportunities.currency(totals opportunities.totals) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_currency';
COMMENT ON FUNCTION opportunities.currency(opportunities.totals) IS
	'The one currency there is, NULL for the unnamed one; several are the error mixed_currencies (22023).';

CREATE FUNCTION opportunities.by_currency(
	totals opportunities.totals,
	OUT currency text, OUT count bigint,
	OUT final_total numeric, OUT estimated_total numeric, OUT realized_total numeric
) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'totals_by_currency';
COMMENT ON FUNCTION opportunities.by_currency(opportunities.totals) IS
	'One row a currency, the unnamed one (NULL) first, the others by their bytes; no row for the zero element.';

CREATE FUNCTION opportunities_internal.totals_to_jsonb(totals opportunities.totals) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_to_jsonb';
COMMENT ON FUNCTION opportunities_internal.totals_to_jsonb(opportunities.totals) IS
	'JSON form of totals: count, final_total, estimated_total, realized_total as strings, currency, and by_currency, an array with one object a currency. The three totals are null where there are several currencies.';
CREATE CAST (opportunities.totals AS jsonb)
	WITH FUNCTION opportunities_internal.totals_to_jsonb(opportunities.totals) AS ASSIGNMENT;
COMMENT ON CAST (opportunities.totals AS jsonb) IS 'JSON form of totals, numbers as strings';

CREATE FUNCTION opportunities_internal.totals_to_json(totals opportunities.totals) RETURNS json
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_to_json';
COMMENT ON FUNCTION opportunities_internal.totals_to_json(opportunities.totals) IS
	'As totals_to_jsonb; to_json, to_jsonb and row_to_json take it for values of this type.';
CREATE CAST (opportunities.totals AS json)
	WITH FUNCTION opportunities_internal.totals_to_json(opportunities.totals) AS ASSIGNMENT;
COMMENT ON CAST (opportunities.totals AS json) IS 'JSON form of totals, numbers as strings';

-- Arithmetic.

CREATE FUNCTION opportunities_internal.totals_plus(opportunities.totals, opportunities.totals) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_plus';
COMMENT ON FUNCTION opportunities_internal.totals_plus(opportunities.totals, opportunities.totals) IS
	'Adds totals, currency by currency. A count beyond bigint is count_out_of_range (22003).';
CREATE OPERATOR opportunities.+ (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_plus, COMMUTATOR = OPERATOR(opportunities.+)
);
COMMENT ON OPERATOR opportunities.+ (opportunities.totals, opportunities.totals) IS
	'Adds totals, currency by currency';

CREATE FUNCTION opportunities_internal.totals_minus(opportunities.totals, opportunities.totals) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_minus';
COMMENT ON FUNCTION opportunities_internal.totals_minus(opportunities.totals, opportunities.totals) IS
	'Subtracts totals, currency by currency: what was added is taken out, NaN and infinities too. Counts may become negative. Errors as of totals_plus.';
CREATE OPERATOR opportunities.- (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_minus
);
COMMENT ON OPERATOR opportunities.- (opportunities.totals, opportunities.totals) IS
	'Subtracts totals, currency by currency';

CREATE FUNCTION opportunities_internal.totals_times(opportunities.totals, numeric) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_times';
COMMENT ON FUNCTION opportunities_internal.totals_times(opportunities.totals, numeric) IS
	'Multiplies every sum of every currency by a finite number, exactly; counts and currencies stay. Errors: 22003 factor_not_finite, scale_out_of_range.';
CREATE FUNCTION opportunities_internal.times_totals(numeric, opportunities.totals) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'times_totals';
COMMENT ON FUNCTION opportunities_internal.times_totals(numeric, opportunities.totals) IS
	'As totals_times.';
CREATE OPERATOR opportunities.* (
	LEFTARG = opportunities.totals, RIGHTARG = numeric,
	FUNCTION = opportunities_internal.totals_times, COMMUTATOR = OPERATOR(opportunities.*)
);
COMMENT ON OPERATOR opportunities.* (opportunities.totals, numeric) IS
	'Multiplies the sums of totals, exactly';
CREATE OPERATOR opportunities.* (
	LEFTARG = numeric, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.times_totals, COMMUTATOR = OPERATOR(opportunities.*)
);
COMMENT ON OPERATOR opportunities.* (numeric, opportunities.totals) IS
	'Multiplies the sums of totals, exactly';

-- Comparison.

CREATE FUNCTION opportunities_internal.totals_eq(opportunities.totals, opportunities.totals) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_eq';
CREATE FUNCTION opportunities_internal.totals_ne(opportunities.totals, opportunities.totals) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_ne';
CREATE FUNCTION opportunities_internal.totals_lt(opportunities.totals, opportunities.totals) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_lt';
CREATE FUNCTION opportunities_internal.totals_le(opportunities.totals, opportunities.totals) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_le';
CREATE FUNCTION opportunities_internal.totals_gt(opportunities.totals, opportunities.totals) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_gt';
CREATE FUNCTION opportunities_internal.totals_ge(opportunities.totals, opportunities.totals) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_ge';
CREATE FUNCTION opportunities_internal.totals_cmp(opportunities.totals, opportunities.totals) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_cmp';
CREATE FUNCTION opportunities_internal.totals_hash(opportunities.totals) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_hash';
CREATE FUNCTION opportunities_internal.totals_hash_extended(opportunities.totals, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_hash_extended';

COMMENT ON FUNCTION opportunities_internal.totals_eq(opportunities.totals, opportunities.totals) IS
	'Whether counts and sums are the same in every currency, however many decimals they show.';
COMMENT ON FUNCTION opportunities_internal.totals_ne(opportunities.totals, opportunities.totals) IS
	'Whether a count or a sum differs in some currency.';
COMMENT ON FUNCTION opportunities_internal.totals_lt(opportunities.totals, opportunities.totals) IS
	'Whether the first comes before the second in the order of totals_cmp.';
COMMENT ON FUNCTION opportunities_internal.totals_le(opportunities.totals, opportunities.totals) IS
	'Whether the first comes before the second in the order of totals_cmp, or is equal.';
COMMENT ON FUNCTION opportunities_internal.totals_gt(opportunities.totals, opportunities.totals) IS
	'Whether the first comes after the second in the order of totals_cmp.';
COMMENT ON FUNCTION opportunities_internal.totals_ge(opportunities.totals, opportunities.totals) IS
	'Whether the first comes after the second in the order of totals_cmp, or is equal.';
COMMENT ON FUNCTION opportunities_internal.totals_cmp(opportunities.totals, opportunities.totals) IS
	'Negative, 0 or positive: the order by currency, count, final, estimated and realized total, for sorting and DISTINCT; it ranks nothing.';
COMMENT ON FUNCTION opportunities_internal.totals_hash(opportunities.totals) IS
	'A hash, the same for equal totals.';
COMMENT ON FUNCTION opportunities_internal.totals_hash_extended(opportunities.totals, bigint) IS
	'A 64-bit hash with a seed, the same for equal totals.';

CREATE OPERATOR opportunities.= (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_eq,
	COMMUTATOR = OPERATOR(opportunities.=), NEGATOR = OPERATOR(opportunities.<>),
	RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR opportunities.<> (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_ne,
	COMMUTATOR = OPERATOR(opportunities.<>), NEGATOR = OPERATOR(opportunities.=),
	RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
CREATE OPERATOR opportunities.< (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_lt,
	COMMUTATOR = OPERATOR(opportunities.>), NEGATOR = OPERATOR(opportunities.>=),
	RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
CREATE OPERATOR opportunities.<= (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_le,
	COMMUTATOR = OPERATOR(opportunities.>=), NEGATOR = OPERATOR(opportunities.>),
	RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
CREATE OPERATOR opportunities.> (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_gt,
	COMMUTATOR = OPERATOR(opportunities.<), NEGATOR = OPERATOR(opportunities.<=),
	RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
CREATE OPERATOR opportunities.>= (
	LEFTARG = opportunities.totals, RIGHTARG = opportunities.totals,
	FUNCTION = opportunities_internal.totals_ge,
	COMMUTATOR = OPERATOR(opportunities.<=), NEGATOR = OPERATOR(opportunities.<),
	RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);

COMMENT ON OPERATOR opportunities.= (opportunities.totals, opportunities.totals) IS
	'Equal in every currency; how many decimals are shown doesn''t matter';
COMMENT ON OPERATOR opportunities.<> (opportunities.totals, opportunities.totals) IS
	'Different in some currency';
COMMENT ON OPERATOR opportunities.< (opportunities.totals, opportunities.totals) IS
	'Before, in the order of totals_cmp';
COMMENT ON OPERATOR opportunities.<= (opportunities.totals, opportunities.totals) IS
	'Before or equal, in the order of totals_cmp';
COMMENT ON OPERATOR opportunities.> (opportunities.totals, opportunities.totals) IS
	'After, in the order of totals_cmp';
COMMENT ON OPERATOR opportunities.>= (opportunities.totals, opportunities.totals) IS
	'After or equal, in the order of totals_cmp';

CREATE OPERATOR CLASS opportunities.totals_btree_ops
	DEFAULT FOR TYPE opportunities.totals USING btree AS
	OPERATOR 1 opportunities.<, OPERATOR 2 opportunities.<=, OPERATOR 3 opportunities.=,
	OPERATOR 4 opportunities.>=, OPERATOR 5 opportunities.>,
	FUNCTION 1 opportunities_internal.totals_cmp(opportunities.totals, opportunities.totals);
COMMENT ON OPERATOR CLASS opportunities.totals_btree_ops USING btree IS
	'Totals in the order of totals_cmp';
COMMENT ON OPERATOR FAMILY opportunities.totals_btree_ops USING btree IS
	'Totals in the order of totals_cmp';

CREATE OPERATOR CLASS opportunities.totals_hash_ops
	DEFAULT FOR TYPE opportunities.totals USING hash AS
	OPERATOR 1 opportunities.=,
	FUNCTION 1 opportunities_internal.totals_hash(opportunities.totals),
	FUNCTION 2 opportunities_internal.totals_hash_extended(opportunities.totals, bigint);
COMMENT ON OPERATOR CLASS opportunities.totals_hash_ops USING hash IS
	'Equality of totals';
COMMENT ON OPERATOR FAMILY opportunities.totals_hash_ops USING hash IS
	'Equality of totals';

-- Aggregates. Their state is a value of the type, so that shards and parallel plans pass it on as it is.

CREATE FUNCTION opportunities_internal.totals_add_row(opportunities.totals, amount numeric, probability numeric, realized numeric)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_add_row';
CREATE FUNCTION opportunities_internal.totals_add_row(opportunities.totals, amount numeric, probability numeric, realized numeric, currency text)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_add_row_currency';
CREATE FUNCTION opportunities_internal.totals_add_amount(opportunities.totals, amount numeric)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_add_amount';
CREATE FUNCTION opportunities_internal.totals_add_estimated(opportunities.totals, amount numeric, probability numeric)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_add_estimated';
CREATE FUNCTION opportunities_internal.totals_add_realized(opportunities.totals, realized numeric)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_add_realized';
CREATE FUNCTION opportunities_internal.totals_combine(opportunities.totals, opportunities.totals)
	RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_combine';

COMMENT ON FUNCTION opportunities_internal.totals_add_row(opportunities.totals, numeric, numeric, numeric) IS
	'Transition of the aggregate totals.';
COMMENT ON FUNCTION opportunities_internal.totals_add_row(opportunities.totals, numeric, numeric, numeric, text) IS
	'Transition of the aggregate totals with a currency.';
COMMENT ON FUNCTION opportunities_internal.totals_add_amount(opportunities.totals, numeric) IS
	'Transition of the aggregate final_total.';
COMMENT ON FUNCTION opportunities_internal.totals_add_estimated(opportunities.totals, numeric, numeric) IS
	'Transition of the aggregate estimated_total.';
COMMENT ON FUNCTION opportunities_internal.totals_add_realized(opportunities.totals, numeric) IS
	'Transition of the aggregate realized_total.';
COMMENT ON FUNCTION opportunities_internal.totals_combine(opportunities.totals, opportunities.totals) IS
	'Transition of the aggregate sum, and what the others combine partial states with; NULL adds nothing.';

CREATE FUNCTION opportunities_internal.totals_move_in(internal, amount numeric, probability numeric, realized numeric)
	RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_move_in';
CREATE FUNCTION opportunities_internal.totals_move_in(internal, amount numeric, probability numeric, realized numeric, currency text)
	RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_move_in';
CREATE FUNCTION opportunities_internal.totals_move_out(internal, amount numeric, probability numeric, realized numeric)
	RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_move_out';
CREATE FUNCTION opportunities_internal.totals_move_out(internal, amount numeric, probability numeric, realized numeric, currency text)
	RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_move_out';
CREATE FUNCTION opportunities_internal.totals_moved(internal) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_moved';

COMMENT ON FUNCTION opportunities_internal.totals_move_in(internal, numeric, numeric, numeric) IS
	'Transition of the aggregate totals over a moving window frame.';
COMMENT ON FUNCTION opportunities_internal.totals_move_in(internal, numeric, numeric, numeric, text) IS
	'Transition of the aggregate totals with a currency over a moving window frame.';
COMMENT ON FUNCTION opportunities_internal.totals_move_out(internal, numeric, numeric, numeric) IS
	'Takes a row out again that left a moving window frame.';
COMMENT ON FUNCTION opportunities_internal.totals_move_out(internal, numeric, numeric, numeric, text) IS
	'Takes a row with a currency out again that left a moving window frame.';
COMMENT ON FUNCTION opportunities_internal.totals_moved(internal) IS
	'Result of the aggregate totals over a moving window frame.';

CREATE AGGREGATE opportunities.totals(amount numeric, probability numeric, realized numeric) (
	SFUNC = opportunities_internal.totals_add_row, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE,
	MSFUNC = opportunities_internal.totals_move_in, MINVFUNC = opportunities_internal.totals_move_out,
	MSTYPE = internal, MSSPACE = 800, MFINALFUNC = opportunities_internal.totals_moved
);
COMMENT ON AGGREGATE opportunities.totals(numeric, numeric, numeric) IS
	'Totals of rows: amount, probability in percent, realized amount. Every row counts; a NULL adds 0. Over no rows the zero element. A product beyond numeric''s range or scale is 22003.';

CREATE AGGREGATE opportunities.totals(amount numeric, probability numeric, realized numeric, currency text) (
	SFUNC = opportunities_internal.totals_add_row, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE,
	MSFUNC = opportunities_internal.totals_move_in, MINVFUNC = opportunities_internal.totals_move_out,
	MSTYPE = internal, MSSPACE = 800, MFINALFUNC = opportunities_internal.totals_moved
);
COMMENT ON AGGREGATE opportunities.totals(numeric, numeric, numeric, text) IS
	'Totals of rows, each currency apart; NULL is the one unnamed currency. The rest as without a currency.';

CREATE AGGREGATE opportunities.sum(opportunities.totals) (
	SFUNC = opportunities_internal.totals_combine, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE opportunities.sum(opportunities.totals) IS
	'Totals added up, currency by currency; NULL adds nothing. Over no rows the zero element. Errors as of totals_plus.';

CREATE AGGREGATE opportunities.final_total(amount numeric) (
	SFUNC = opportunities_internal.totals_add_amount, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	FINALFUNC = opportunities.final_total, COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE opportunities.final_total(numeric) IS
	'The sum of the amounts, exactly as sum gives it, but 0 over no rows.';

CREATE AGGREGATE opportunities.estimated_total(amount numeric, probability numeric) (
	SFUNC = opportunities_internal.totals_add_estimated, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	FINALFUNC = opportunities.estimated_total, COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE opportunities.estimated_total(numeric, numeric) IS
	'The sum of amount × probability / 100, unrounded, probability in percent; 0 over no rows. A product beyond numeric''s range or scale is 22003.';

CREATE AGGREGATE opportunities.realized_total(realized numeric) (
	SFUNC = opportunities_internal.totals_add_realized, STYPE = opportunities.totals, SSPACE = 200, INITCOND = '(0,0,0,0)',
	FINALFUNC = opportunities.realized_total, COMBINEFUNC = opportunities_internal.totals_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE opportunities.realized_total(numeric) IS
	'The sum of the realized amounts, exactly as sum gives it, but 0 over no rows.';

CREATE FUNCTION opportunities_internal.only_count(totals opportunities.totals) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'totals_only_count';
COMMENT ON FUNCTION opportunities_internal.only_count(opportunities.totals) IS
	'What totals of as many rows are of which no amount was read.';
