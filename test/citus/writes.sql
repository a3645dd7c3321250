-- What writes, as one customer: plain statements, commands, documents, and what each leaves behind.
SELECT id AS first FROM opportunity WHERE title = 'Deal 1' \gset
SELECT id AS second FROM opportunity WHERE title = 'Deal 12' \gset
SELECT id AS third FROM opportunity WHERE title = 'Deal 22' \gset
SELECT pipeline_id AS pipeline FROM opportunity WHERE title = 'Deal 1' \gset
SELECT id AS due FROM stage WHERE name = 'Due' \gset
SELECT id AS talking FROM stage WHERE name = 'Talking' \gset
SELECT id AS won FROM stage WHERE name = 'Renewed' \gset
SELECT id AS lost FROM stage WHERE name = 'Left' \gset
INSERT INTO account (name) VALUES ('Northwind') RETURNING name, kind;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (:pipeline, :due, 'New', 5);
SELECT title, amount, amount_mode, probability, created_by, version FROM opportunity WHERE title = 'New';
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) SELECT pipeline_id, id, 'From ' || name, 7 FROM stage WHERE kind = 'open';
SELECT title, amount, probability FROM opportunity WHERE title LIKE 'From %' ORDER BY 1;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (:pipeline, :due, 'One', 1), (:pipeline, :talking, 'Two', 2), (:pipeline, NULL, 'None', NULL);
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (:pipeline, 0, 'Nowhere');
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (:pipeline, :due, ' ');
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (:pipeline, :due, 'Infinite', 'Infinity');
INSERT INTO opportunity (pipeline_id, stage_id, title, source) VALUES (:pipeline, :due, 'Source', 'nowhere');
INSERT INTO opportunity (pipeline_id, stage_id, title, custom) VALUES (:pipeline, :due, 'Seats', '{"seats": "many"}');
SELECT title, stage_id IS NULL FROM opportunity WHERE title IN ('One', 'Two', 'None', 'Nowhere', 'Infinite', 'Source', 'Seats') ORDER BY 1;
UPDATE opportunity SET stage_id = :won WHERE title = 'New';
SELECT closed_on = current_date, updated_by, version, probability FROM opportunity WHERE title = 'New';
UPDATE opportunity SET stage_id = :lost WHERE title = 'One';
UPDATE opportunity SET stage_id = :lost, close_reason = 'Price' WHERE title = 'One';
UPDATE opportunity SET stage_id = NULL WHERE title = 'One';
UPDATE opportunity SET amount = amount + 1 WHERE title LIKE 'Deal 5_';
UPDATE opportunity SET stage_id = :talking WHERE title = 'Deal 110';
UPDATE opportunity SET stage_id = :won WHERE stage_id = :due AND title LIKE 'Deal 2__';
UPDATE opportunity SET owner = 'omid', tags = tags || 'moved'::text WHERE title LIKE 'Deal 1_';
SELECT owner, count(*), sum(version) FROM opportunity GROUP BY 1 ORDER BY 1;
SELECT stage, count, final_total FROM board(cards => 0);
SELECT move(id => :'first', stage_id => :'talking') ->> 'stage_id' = :'talking';
SELECT move(id => :'second', stage_id => :'talking', above => :'first') ->> 'version';
SELECT move(id => :'third', stage_id => :'talking', below => :'first', changes => '{"owner": "nima"}') ->> 'version';
SELECT move(id => :'third', stage_id => :'talking', expected => 1);
SELECT move(id => '0', stage_id => :'talking');
SELECT stage, cards FROM board(cards => 3, fields => '{title,owner}') WHERE stage = 'Talking';
SELECT create_opportunity(jsonb_build_object('pipeline_id', :pipeline, 'stage_id', :due, 'title', 'Created', 'amount', '12.50'), fields => '{title,amount,probability}') - 'id';
SELECT create_opportunity('{"title": "No pipeline"}');
SELECT edit_opportunity(:'first', '{"title": "Deal one", "amount": "99.50", "tags": {"add": ["edited"]}}', fields => '{title,amount,tags,version}') - 'id';
SELECT edit_opportunity(:'first', '{"amount": "much"}');
SELECT status, code, field, message FROM bulk_edit('{"source": "fair"}', ids => ARRAY[:'first', :'second']);
SELECT status, count(*) FROM bulk_edit('{"source": "web"}', filter => 'Large') GROUP BY 1 ORDER BY 1;
SELECT status, message, count(*) FROM bulk_edit('{"source": "nowhere"}', filter => 'Large', on_error => 'skip') GROUP BY 1, 2 ORDER BY 1;
SELECT status, code, count(*) FROM bulk_edit('{"amount": "3"}', ids => ARRAY[:'first', '0'], on_error => 'skip') GROUP BY 1, 2 ORDER BY 1;
SELECT * FROM bulk_edit('{"amount": "3"}', ids => ARRAY['0']);
SELECT status, count(*) FROM bulk_edit('{"owner": "sara"}', rules => '{"rules": [{"field": "account.name", "operator": "endsWith", "value": "3"}]}') GROUP BY 1;
SELECT status, count(*) FROM bulk_delete(rules => '{"rules": [{"field": "title", "operator": "beginsWith", "value": "From"}]}', expected_count => 7) GROUP BY 1;
SELECT * FROM bulk_delete(ids => ARRAY[:'second'], expected_count => 2);
SELECT count(*) FROM opportunity;
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, description) VALUES (:second, 2, 5, 'Work'), (:second, 1, 7.50, 'More');
SELECT net, tax FROM opportunity_line WHERE opportunity_id = :second ORDER BY id;
UPDATE opportunity SET amount_mode = 'auto' WHERE id = :second;
SELECT amount, amount_mode FROM opportunity WHERE id = :second;
UPDATE opportunity_line SET quantity = 4 WHERE description = 'Work';
SELECT amount FROM opportunity WHERE id = :second;
DELETE FROM opportunity_line WHERE description = 'More';
SELECT amount FROM opportunity WHERE id = :second;
SELECT issue_quote(:second, confirm => true) AS quote \gset
SELECT kind, status, number, total FROM document WHERE opportunity_id = :second ORDER BY id;
SELECT invoice_quote(:quote, confirm => true, share => 0.5) AS half \gset
SELECT invoice_quote(:quote, confirm => true) AS rest \gset
SELECT invoice_quote(:quote, confirm => true);
SELECT kind, status, number, total FROM document WHERE opportunity_id = :second ORDER BY id;
SELECT realized_amount FROM opportunity WHERE id = :second;
SELECT issue_return(:half, confirm => true) AS back \gset
SELECT realized_amount FROM opportunity WHERE id = :second;
UPDATE document SET status = 'void' WHERE id = :back;
SELECT realized_amount FROM opportunity WHERE id = :second;
UPDATE document SET note = 'Changed' WHERE id = :half;
INSERT INTO payment (opportunity_id, amount, paid_on) VALUES (:second, 10, current_date);
SELECT issue_invoice(:third, confirm => true) IS NOT NULL;
DELETE FROM opportunity WHERE id = :third;
SELECT count(*) FROM log_activity(ARRAY[:first, :second], 'call', 'Hello');
SELECT subject, count(*) FROM activity WHERE subject = 'Hello' GROUP BY 1;
SELECT last_activity_at IS NOT NULL FROM opportunity WHERE id IN (:first, :second);
SELECT save_filter('Private', '{"rules": []}') IS NOT NULL;
SELECT save_filter('Wrong', '{"rules": [{"field": "amonut", "operator": "=", "value": 1}]}');
SELECT save_view('Of mine', 'grid', fields => '{title,amount}') IS NOT NULL;
UPDATE saved_view SET is_default = true WHERE name = 'Of mine';
SELECT list(size => 1, sort => '{title}') -> 'rows';
DELETE FROM saved_view WHERE name = 'Of mine';
PREPARE large AS SELECT count(*) FROM opportunity AS o WHERE matches(o, 'Large');
EXECUTE large;
SELECT save_filter('Large', '{"rules": [{"field": "amount", "operator": ">", "value": "100000"}]}', shared => true) IS NOT NULL;
EXECUTE large;
SELECT count FROM board(filter => 'Large', cards => 0);
BEGIN;
UPDATE opportunity SET amount = 1 WHERE title LIKE 'Deal 1%';
SELECT stage, final_total FROM board(cards => 0);
SAVEPOINT before;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (:pipeline, 0, 'Nowhere');
ROLLBACK TO before;
SELECT stage, final_total FROM board(cards => 0);
ROLLBACK;
SELECT stage, count, final_total FROM board(cards => 0);
INSERT INTO stage (pipeline_id, name, position) VALUES (:pipeline, 'Extra', 9);
SELECT retire_stage(:talking, :due);
SELECT name, active FROM stage WHERE pipeline_id = :pipeline ORDER BY position, name;
DELETE FROM stage WHERE name = 'Due';
UPDATE stage SET kind = 'open' WHERE kind <> 'open';
UPDATE pipeline SET active = false WHERE id = :pipeline;
INSERT INTO opportunity (pipeline_id, title) VALUES (:pipeline, 'Too late');
UPDATE pipeline SET active = true WHERE id = :pipeline;
INSERT INTO custom_field (name, type, listed) VALUES ('size', 'number', true);
UPDATE opportunity SET custom = custom || '{"size": 5}' WHERE id = :first;
SELECT list(size => 3, fields => '{title,custom.size}', rules => '{"rules": [{"field": "custom.size", "operator": ">", "value": "4"}]}') -> 'rows';
UPDATE app_user SET manager = 'sara' WHERE login = 'nima';
UPDATE account SET name = 'Southwind' WHERE name = 'Northwind';
DELETE FROM activity WHERE subject = 'Hello';
TRUNCATE activity;
UPDATE change_log SET changed_by = 'nobody';
COPY (SELECT title, amount FROM opportunity ORDER BY title LIMIT 3) TO STDOUT;
SELECT table_name, action, field, count(*) FROM change_log GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT table_name, count(DISTINCT row_id) FROM change_log GROUP BY 1 ORDER BY 1;
SELECT changed_by, count(*) FROM change_log GROUP BY 1 ORDER BY 1;
SELECT f.name, t.name, count(*) FROM stage_change AS c LEFT JOIN stage AS f ON f.id = c.from_stage_id LEFT JOIN stage AS t ON t.id = c.to_stage_id GROUP BY 1, 2 ORDER BY 1, 2;
SELECT s.name, o.title FROM opportunity AS o JOIN stage AS s ON s.id = o.stage_id WHERE o.title LIKE 'Deal 1_' ORDER BY s.name, o.position DESC, o.title;
SELECT stage, count(*), sum(amount) FROM pipeline_on(current_date + 1) GROUP BY 1 ORDER BY 1;
SELECT change, currency, count, amount FROM pipeline_changes(current_date, current_date + 1) ORDER BY 1, 2;
SELECT f.* FROM funnel(current_date - 100, current_date + 1) AS f ORDER BY f::text;
SELECT * FROM attainment('THIS_YEAR', '{owner}') ORDER BY dimensions, currency;
