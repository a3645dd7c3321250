CREATE FUNCTION opportunities_internal.refuse_truncate() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'refuse_truncate';
COMMENT ON FUNCTION opportunities_internal.refuse_truncate() IS
	'Trigger of every table that create_crm makes: TRUNCATE of a table that holds rows is an error (0A000, truncate_refused), but in a database for tests.';

CREATE FUNCTION opportunities_internal.keep_key() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_key';
COMMENT ON FUNCTION opportunities_internal.keep_key() IS
	'Trigger of tables without one of their own, before INSERT or UPDATE of a row: id and tenant_id stay (23514, key_fixed), and values are within their limits (23514, value_too_large).';

CREATE FUNCTION opportunities_internal.replan() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'replan';
COMMENT ON FUNCTION opportunities_internal.replan() IS
	'Trigger of saved_filter and custom_field, after each write, enabled always: plans that the rows decided on are made anew.';
