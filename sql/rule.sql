CREATE FUNCTION opportunities.refuse_truncate() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'refuse_truncate';
COMMENT ON FUNCTION opportunities.refuse_truncate() IS
	'Trigger of every table that create_crm makes: TRUNCATE of a table that holds rows is an error (0A000, truncate_refused).';
