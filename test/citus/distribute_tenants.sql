-- The recipe of doc/scale.md: rows by tenant_id, those of a tenant on one node.
ALTER TABLE crm.app_user DROP CONSTRAINT app_user_manager_fkey,
	ADD CONSTRAINT app_user_manager_fkey FOREIGN KEY (manager, tenant_id) REFERENCES crm.app_user (login, tenant_id);
BEGIN;
SET LOCAL citus.enable_unsafe_triggers = on;
SET LOCAL citus.propagate_set_commands = 'local';
SET LOCAL session_replication_role = replica;
SET LOCAL client_min_messages = warning;
SELECT create_reference_table('crm.calendar') \g /dev/null
SELECT create_distributed_table('crm.account', 'tenant_id') \g /dev/null
SELECT create_distributed_table('crm.' || name, 'tenant_id', colocate_with => 'crm.account') FROM unnest('{pipeline,product,app_user,stage,
	stage_transition,opportunity,activity,custom_field,choice,label,opportunity_line,document,document_line,document_counter,payment,target,
	saved_filter,saved_view,currency,exchange_rate,stage_change,change_log}'::text[]) WITH ORDINALITY AS t (name, n) ORDER BY n \g /dev/null
SELECT truncate_local_data_after_distributing_table(logicalrelid) FROM pg_dist_partition
JOIN pg_class AS c ON c.oid = logicalrelid WHERE relnamespace = 'crm'::regnamespace \g /dev/null
COMMIT;
