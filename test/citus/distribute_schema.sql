-- The recipe of doc/scale.md: a schema that has tables and rows goes to a node, and its functions to all.
BEGIN;
SET LOCAL citus.enable_unsafe_triggers = on;
SET LOCAL citus.propagate_set_commands = 'local';
SET LOCAL session_replication_role = replica;
SELECT citus_schema_distribute(:'schema') \g /dev/null
SELECT truncate_local_data_after_distributing_table(logicalrelid) FROM pg_dist_partition
JOIN pg_class AS c ON c.oid = logicalrelid WHERE relnamespace = :'schema'::regnamespace \g /dev/null
COMMIT;
SELECT create_distributed_function(oid::regprocedure) FROM pg_proc WHERE pronamespace = :'schema'::regnamespace \g /dev/null
GRANT USAGE ON SCHEMA :schema TO application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :schema TO application;
SELECT format('GRANT SELECT ON %s TO application', oid::regclass) FROM pg_class WHERE relnamespace = :'schema'::regnamespace AND relkind = 'v' \gexec
ANALYZE;
