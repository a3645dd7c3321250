\echo Use "CREATE EXTENSION opportunities" to load this file. \quit

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Each fails where the schema is there already: whoever made it could have planted things in it.
CREATE SCHEMA opportunities;
COMMENT ON SCHEMA opportunities IS 'Sales opportunities: totals, filters, boards, reports';
CREATE SCHEMA opportunities_internal;
COMMENT ON SCHEMA opportunities_internal IS 'What triggers and views of a CRM name, what stands behind the type totals, and what the functions of opportunities call in SQL';

-- Whoever restores or writes into a CRM finds what its triggers, defaults, policies and views name.
GRANT USAGE ON SCHEMA opportunities, opportunities_internal TO PUBLIC;
