-- Where notify_changes switches it on: what changes_since reads by, and what tells those who listen.
CREATE INDEX change_log_transaction ON change_log ({tenant}table_name, transaction_id, row_id);
CREATE OR REPLACE TRIGGER zz_notify AFTER INSERT ON change_log
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.notify_change();
-- Whoever writes the log, also for what comes from another server.
ALTER TABLE change_log ENABLE ALWAYS TRIGGER zz_notify;
