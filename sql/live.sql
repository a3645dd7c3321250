CREATE FUNCTION opportunities.changes_since(cursor text DEFAULT NULL, relation regclass DEFAULT NULL, size integer DEFAULT 1000)
	RETURNS jsonb
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'changes_since';
COMMENT ON FUNCTION opportunities.changes_since(text, regclass, integer) IS
	'Which rows of a table others have changed since a cursor: {"changes": [{"id", "kind"}], "next": cursor, "more": whether there are more}. Kinds are created, moved (to another stage or pipeline), changed, reordered (another place on the board), gone (deleted, or hidden from the caller by now). Nothing is left out, whatever commits late; a row may be told of twice.
cursor: "next" of the last answer; NULL gives one to begin with, before you read what you show. relation: a table whose changes are logged, default opportunity on the search_path. size: 1 to 1000. It reads change_log as the owner of the table; notify_changes makes the index for that.
Errors: 22023 invalid_cursor, size_out_of_range; PT409 changes_unknown; 55000 not_logged, tenant_unset; 42P01 unknown_relation.';

CREATE FUNCTION opportunities.notify_changes(schema name DEFAULT 'crm', enabled boolean DEFAULT true)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'notify_changes';
COMMENT ON FUNCTION opportunities.notify_changes(name, boolean) IS
	'Makes the index of change_log that changes_since reads by, and switches notifications on or off: one on the channel opportunities for each table that a committed transaction changed, {"schema", "table"}, with tenants also "tenant", the SHA-256 of its name. Only the owner of the tables may. While it is on, transactions that write commit one after another, and PREPARE TRANSACTION is an error: doc/live.md.
Errors: 3F000 unknown_schema; 42P01 relation_missing; 42P07 index_taken; 22004 argument_missing; 42501.';

CREATE FUNCTION opportunities_internal.notify_change() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'notify_change';
COMMENT ON FUNCTION opportunities_internal.notify_change() IS
	'Trigger of change_log, after each new entry: notifies those who listen on the channel opportunities, once for each table and transaction.';
