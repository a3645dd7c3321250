CREATE FUNCTION opportunities_internal.opportunity_line_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'opportunity_line_trigger';
COMMENT ON FUNCTION opportunities_internal.opportunity_line_trigger() IS
	'Trigger of opportunity_line, before INSERT, UPDATE or DELETE of a row: price, ranges, net and tax. Errors: 23514, 23503 and 23502, with the codes of doc/data-model.md; 22003 where a number is too large.';

CREATE FUNCTION opportunities_internal.keep_amount() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_amount';
COMMENT ON FUNCTION opportunities_internal.keep_amount() IS
	'Trigger of opportunity_line, after each row, at once for all that a statement writes: the amounts of the opportunities whose lines it wrote, where they follow their lines.';

CREATE FUNCTION opportunities_internal.line_sums(
	quantity numeric, unit_price numeric, discount_percent numeric, tax_percent numeric, digits integer)
	RETURNS TABLE (net numeric, tax numeric) ROWS 1
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT n, round(n * tax_percent * 0.01, digits) FROM round(quantity * unit_price * (100 - discount_percent) * 0.01, digits) AS n;
END;
COMMENT ON FUNCTION opportunities_internal.line_sums(numeric, numeric, numeric, numeric, integer) IS
	'What a line comes to, rounded half away from zero to the digits of its currency: net, and the tax on that.';
