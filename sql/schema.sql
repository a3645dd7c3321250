\echo Use "CREATE EXTENSION opportunities" to load this file. \quit

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Fails where the schema is there already: whoever made it could have planted things in it.
CREATE SCHEMA opportunities;
COMMENT ON SCHEMA opportunities IS 'Sales opportunities: totals, filters, boards, reports';
GRANT USAGE ON SCHEMA opportunities TO PUBLIC;
