CREATE FUNCTION opportunities.create_crm(schema name DEFAULT 'crm', starter boolean DEFAULT false) RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'create_crm';
COMMENT ON FUNCTION opportunities.create_crm(name, boolean) IS
	'Makes the tables of a CRM in a schema, which is created where it does not exist. They are yours: owned by the caller, not part of the extension. starter: with a pipeline "Sales". Errors: 42710 crm_exists, 42P06 schema_exists.';
