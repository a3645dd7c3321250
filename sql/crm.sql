CREATE FUNCTION opportunities.create_crm(
	schema name DEFAULT 'crm', parts text[] DEFAULT NULL, tenant boolean DEFAULT false,
	starter boolean DEFAULT false)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'create_crm';
COMMENT ON FUNCTION opportunities.create_crm(name, text[], boolean, boolean) IS
	'Makes the tables of a CRM in a schema, which is created where it does not exist and else must be the caller''s own. They are yours: owned by the caller, not part of the extension.
parts: NULL for all tables; {filters} for saved_filter and saved_view alone, in a schema whose relation opportunity is yours already. tenant: many customers in these tables, kept apart by the column tenant_id, which begins every key, and by row security: doc/tenants.md. starter: with a pipeline "Sales"; of the current tenant, where there are any.
Errors: 42710 crm_exists; 42P06 schema_exists; 55000 schema_distributed; 3F000 unknown_schema, invalid_schema; 42P01 relation_missing; 22023 unknown_part, starter_without_tables; 22004 argument_missing, null_element; 55000 in_extension_script, tenant_unset. A NOTICE where pg_trgm, which text search uses, is not installed.';

CREATE FUNCTION opportunities.empty_crm(schema name DEFAULT 'crm', starter boolean DEFAULT true)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'empty_crm';
COMMENT ON FUNCTION opportunities.empty_crm(name, boolean) IS
	'For tests: empties all tables of a CRM and restarts its numbers, so that its rows are those that create_crm makes; starter: with the pipeline "Sales", of the current tenant where there are any. Only in a database for tests, which has its own name as opportunities.test_database, and only for the owner of the tables. Your own columns, triggers and rights stay; tables of yours that refer to the CRM must be empty.
Errors: 55000 not_test_database, tenant_unset; 3F000 unknown_schema; 22004 argument_missing; 42P01 crm_missing; 42501 not_owner; 2BP01 still_referred_to.';

CREATE FUNCTION opportunities_internal.expand_tenants(sql text, tenants boolean) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'expand_tenants_sql';
COMMENT ON FUNCTION opportunities_internal.expand_tenants(text, boolean) IS
	'SQL of ours whose marks are put out for tables that keep tenants apart, or for others.';
