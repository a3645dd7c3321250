-- The recipe of doc/scale.md: a schema that has tables and rows already goes to a node.
BEGIN;
SET LOCAL citus.enable_unsafe_triggers = on;
SET LOCAL session_replication_role = replica;
SELECT citus_schema_distribute(:'schema') \g /dev/null
COMMIT;
