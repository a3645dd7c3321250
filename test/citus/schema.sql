-- A schema for a customer, for two roles. Variables: schema.
SELECT opportunities.create_crm(:'schema', starter => true) \g /dev/null
GRANT USAGE ON SCHEMA :schema TO application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :schema TO application;
