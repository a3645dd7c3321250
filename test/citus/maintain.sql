-- What an owner does at the coordinator: rows are put right and a currency is named.
BEGIN; SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL session_replication_role = replica;
UPDATE opportunity SET closed_at = '2026-01-05', closed_on = '2026-01-05' WHERE closed_on IS NULL AND title LIKE 'Deal 1%';
UPDATE opportunity SET last_activity_at = '2026-01-05' WHERE title LIKE 'Deal 2%';
UPDATE opportunity_line SET net = net + 1 WHERE quantity > 2;
COMMIT;
SELECT code, object, count(*) FROM repair_crm(current_schema()) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT code, object, count(*) FROM repair_crm(current_schema()) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT title, closed_on, last_activity_at > '2026-01-05' AS active FROM opportunity WHERE title LIKE 'Deal 1%' OR title LIKE 'Deal 2%' ORDER BY 1, 2, 3;
SELECT sum(net), sum(tax) FROM opportunity_line;
SELECT name_currency('USD', current_schema());
SELECT currency, count(*), sum(amount), sum(realized_amount) FROM opportunity GROUP BY 1 ORDER BY 1;
