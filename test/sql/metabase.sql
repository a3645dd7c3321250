-- What Metabase finds when it syncs a CRM: it asks the catalogs for relations, columns, keys, comments and rights.
SELECT opportunities.create_crm('metabase_crm') \g /dev/null
CREATE ROLE regress_metabase;
GRANT USAGE ON SCHEMA metabase_crm TO regress_metabase;
GRANT SELECT ON ALL TABLES IN SCHEMA metabase_crm TO regress_metabase;
SET ROLE regress_metabase;

-- relations that the role may read, with their kinds and comments
SELECT c.relname, c.relkind, d.description IS NOT NULL AS described, has_table_privilege(c.oid, 'SELECT') AS readable
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
WHERE n.nspname = 'metabase_crm' AND c.relkind IN ('r', 'p', 'v', 'f', 'm') AND (c.relname ~ '^bi_|^(account|calendar|opportunity|stage)$' OR d.description IS NULL) ORDER BY 2, 1;

-- columns with their types, keys and comments. A role that may only read sees no primary key in information_schema; REFERENCES shows them.
CREATE VIEW pg_temp.columns AS
SELECT c.table_name, c.column_name, c.udt_name, k.column_name IS NOT NULL AS key,
	col_description(format('%I.%I', c.table_schema, c.table_name)::regclass, c.ordinal_position) AS comment
FROM information_schema.columns AS c
LEFT JOIN (information_schema.table_constraints AS t JOIN information_schema.key_column_usage AS k USING (constraint_schema, constraint_name, table_name))
	ON t.constraint_type = 'PRIMARY KEY' AND k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
WHERE c.table_schema = 'metabase_crm' ORDER BY 1, c.ordinal_position;
SELECT * FROM pg_temp.columns WHERE table_name = 'bi_opportunity';
SELECT count(*) FROM pg_temp.columns WHERE key;
RESET ROLE;
GRANT REFERENCES ON ALL TABLES IN SCHEMA metabase_crm TO regress_metabase;
SET ROLE regress_metabase;
SELECT table_name, column_name FROM pg_temp.columns WHERE key AND table_name IN ('account', 'calendar', 'opportunity', 'stage');

-- no column is of a type that it does not know, none lacks a comment
SELECT table_name, column_name, udt_name, comment FROM pg_temp.columns
WHERE udt_name NOT IN ('int4', 'int8', 'text', 'numeric', 'date', 'bool', 'timestamptz', 'jsonb', 'interval', '_text') OR comment IS NULL;

-- foreign keys, as pairs of columns: it takes each column of a key with each that it leads to, so a key of two columns
-- shows pairs that are none
SELECT f.relname AS from_table, fa.attname AS from_column, p.relname AS to_table, pa.attname AS to_column, cardinality(c.conkey) AS columns
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS f ON f.oid = c.conrelid
JOIN pg_catalog.pg_class AS p ON p.oid = c.confrelid
JOIN pg_catalog.pg_attribute AS fa ON fa.attrelid = f.oid AND fa.attnum = ANY (c.conkey)
JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = p.oid AND pa.attnum = ANY (c.confkey)
WHERE c.contype = 'f' AND c.connamespace = 'metabase_crm'::regnamespace AND f.relname IN ('opportunity', 'opportunity_line', 'stage', 'activity') ORDER BY 1, 2, 3, 4;

-- values that it samples, and questions as it writes them: by month, filtered, joined
SELECT substring(title FROM 1 FOR 1234) AS title, amount, closed_on FROM metabase_crm.bi_opportunity LIMIT 10;
SELECT CAST(date_trunc('month', o.closed_on) AS date) AS closed_on, c.persian_month_label, sum(o.won_amount) AS sum
FROM metabase_crm.bi_opportunity AS o LEFT JOIN metabase_crm.calendar AS c ON o.closed_on = c.date
WHERE o.state = 'won' AND o.closed_on >= date_trunc('year', now()) GROUP BY 1, 2 ORDER BY 1;

SET client_min_messages = warning;
RESET ROLE;
DROP VIEW pg_temp.columns;
DROP SCHEMA metabase_crm CASCADE;
DROP ROLE regress_metabase;
