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

-- The SQL of filters and reports names these, and so do views of earlier versions.
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
