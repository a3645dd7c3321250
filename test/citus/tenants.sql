-- One schema for all customers, who are tenants, for tests in two roles.
SELECT opportunities.create_crm('crm', tenant => true) \g /dev/null
GRANT USAGE ON SCHEMA crm TO application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm TO application;
