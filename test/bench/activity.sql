-- Activities: logging for many at once, the next one on cards, and what choices cost a writer.
SELECT opportunities.create_crm('logged', starter => true), opportunities.create_crm('plain', starter => true) \g /dev/null
INSERT INTO logged.opportunity (pipeline_id, stage_id, title) SELECT 1, 1, 'Deal ' || n FROM generate_series(1, 20000) AS n;
INSERT INTO plain.opportunity (pipeline_id, stage_id, title) SELECT 1, 1, 'Deal ' || n FROM generate_series(1, 20000) AS n;
INSERT INTO logged.activity (opportunity_id, kind, due_at, done_at)
SELECT 1 + n % 20000, 'call', now() + n * interval '1 minute', CASE WHEN n % 3 > 0 THEN now() END FROM generate_series(1, 100000) AS n;
ALTER TABLE plain.activity DISABLE TRIGGER USER;
VACUUM (ANALYZE) logged.opportunity, logged.activity, plain.opportunity;

SELECT bench.compare('log_activity for 1,000 / bare INSERT',
	'SELECT count(*) FROM opportunities.log_activity(ARRAY(SELECT generate_series(1, 1000)), ''call'', ''Asked'', relation => ''logged.opportunity'')',
	ARRAY['INSERT INTO plain.activity (opportunity_id, kind, subject, done_at, created_at, created_by, updated_at, updated_by)
		SELECT n, ''call'', ''Asked'', now(), now(), ''x'', now(), ''x'' FROM generate_series(1, 1000) AS n'], undone => true) \g /dev/null

SELECT bench.compare('cards with the next activity, 1,000 / by hand',
	'SELECT cards FROM opportunities.board(''logged.opportunity'', cards => 1000, fields => ''{title,next_activity,next_activity_at}'')',
	ARRAY['SELECT count(*), sum(amount), sum(amount * probability / 100), sum(realized_amount) FROM logged.opportunity WHERE NOT archived GROUP BY stage_id',
		'SELECT jsonb_agg(t) FROM (SELECT o.id::text, o.title, COALESCE(a.subject, a.kind) AS next_activity, a.due_at AS next_activity_at FROM logged.opportunity AS o
		LEFT JOIN LATERAL (SELECT a.subject, a.kind, a.due_at FROM logged.activity AS a WHERE a.opportunity_id = o.id AND a.done_at IS NULL ORDER BY a.due_at, a.id LIMIT 1) AS a ON true
		WHERE o.pipeline_id = 1 AND o.stage_id = 1 AND NOT o.archived ORDER BY o.position DESC, o.id DESC LIMIT 1000) AS t'],
	weights => '{1,1}') \g /dev/null

SELECT bench.compare('report by stage and state of activities, 20,000 / by hand',
	'SELECT count(*) FROM opportunities.report(''logged.opportunity'', by => ''{stage_id,activity_state}'')',
	ARRAY['SELECT o.stage_id, CASE WHEN a.due_on IS NULL THEN ''none'' WHEN a.due_on < current_date THEN ''overdue'' WHEN a.due_on = current_date THEN ''today'' ELSE ''planned'' END,
		count(*), sum(amount), sum(amount * o.probability / 100), sum(realized_amount), count(*) FILTER (WHERE s.kind = ''open''), sum(amount * o.probability / 100) FILTER (WHERE s.kind = ''open''),
		count(*) FILTER (WHERE s.kind = ''won''), count(*) FILTER (WHERE s.kind = ''lost''), sum(amount) FILTER (WHERE s.kind = ''won''), avg(o.closed_on - o.created_at::date) FILTER (WHERE s.kind = ''won'')
		FROM logged.opportunity AS o LEFT JOIN logged.stage AS s ON s.id = o.stage_id
		LEFT JOIN LATERAL (SELECT a.due_at::date AS due_on FROM logged.activity AS a WHERE a.opportunity_id = o.id AND a.done_at IS NULL ORDER BY a.due_at, a.id LIMIT 1) AS a ON true
		GROUP BY 1, 2']) \g /dev/null

SELECT bench.compare('board with counts by state of activities, 20,000 / by hand',
	'SELECT count(*) FROM opportunities.board(''logged.opportunity'', cards => 0, measures => ''{counts(activity_state)}'')',
	ARRAY['SELECT o.stage_id, count(*), sum(amount), sum(amount * probability / 100), sum(realized_amount), count(*) FILTER (WHERE a.due_on IS NULL), count(*) FILTER (WHERE a.due_on < current_date),
		count(*) FILTER (WHERE a.due_on = current_date), count(*) FILTER (WHERE a.due_on > current_date)
		FROM logged.opportunity AS o
		LEFT JOIN LATERAL (SELECT a.due_at::date AS due_on FROM logged.activity AS a WHERE a.opportunity_id = o.id AND a.done_at IS NULL ORDER BY a.due_at, a.id LIMIT 1) AS a ON true
		WHERE NOT archived GROUP BY 1']) \g /dev/null

INSERT INTO logged.choice (field, value) SELECT 'source', 'source ' || n FROM generate_series(1, 30) AS n;
CREATE FUNCTION bench.sourced(crm text) RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO %I.opportunity (pipeline_id, stage_id, title, source) SELECT 1, 1, ''New'', ''source '' || 1 + n %% 30 FROM generate_series(1, 2000) AS n', crm) $$;
SELECT bench.compare('INSERT of 2,000 with a choice / with no choices', bench.sourced('logged'), ARRAY[bench.sourced('plain')], undone => true) \g /dev/null
SELECT bench.compare('INSERT of 2,000 with no choices / with no value', bench.sourced('plain'), ARRAY[replace(bench.sourced('plain'), '''source '' || 1 + n % 30', 'NULL')], undone => true) \g /dev/null
