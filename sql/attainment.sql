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
