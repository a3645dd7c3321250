CREATE FUNCTION opportunities_internal.custom_number(custom jsonb, key text) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'custom_number';
COMMENT ON FUNCTION opportunities_internal.custom_number(jsonb, text) IS
	'A custom field as a numeric: a JSON number. NULL where the value is of another kind.';

CREATE FUNCTION opportunities_internal.custom_date(custom jsonb, key text) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'custom_date';
COMMENT ON FUNCTION opportunities_internal.custom_date(jsonb, text) IS
	'A custom field as a date: a string such as "2025-12-31". NULL where the value is of another kind.';

CREATE FUNCTION opportunities_internal.custom_bool(custom jsonb, key text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'custom_bool';
COMMENT ON FUNCTION opportunities_internal.custom_bool(jsonb, text) IS
	'A custom field as a boolean: true or false. NULL where the value is of another kind.';
