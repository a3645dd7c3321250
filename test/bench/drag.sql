-- The cards that the script drag drags: 120,000 opportunities over three years, 2,000 of them open, in the open columns of ten
-- pipelines, some 50 in each, and in those of one.
CREATE PROCEDURE bench.fill_columns(crm name, pipelines bigint) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM opportunities.create_crm(crm);
	EXECUTE format($sql$
		INSERT INTO %1$I.pipeline (name) SELECT 'Pipeline ' || p FROM generate_series(1, %2$s) AS p;
		INSERT INTO %1$I.stage (pipeline_id, name, kind, probability, position)
		SELECT p, 'Stage ' || s, CASE s WHEN 5 THEN 'won' WHEN 6 THEN 'lost' ELSE 'open' END, s * 15, s FROM generate_series(1, %2$s) AS p, generate_series(1, 6) AS s ORDER BY 1, s;
		INSERT INTO %1$I.account (name) SELECT 'Account ' || n FROM generate_series(1, 5000) AS n;
		INSERT INTO %1$I.opportunity (account_id, pipeline_id, stage_id, title, owner, tags, currency, amount, amount_mode, probability, probability_mode,
			realized_amount, expected_close, closed_at, closed_on, position, archived, version, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by)
		SELECT 1 + n %% 5000, p, 6 * (p - 1) + CASE WHEN closed_at IS NULL THEN 1 + n %% 4 ELSE 5 + n %% 2 END, 'Opportunity ' || n, 'owner' || n %% 40, '{new}', 'EUR',
			n * 7.25, 'manual', n %% 100, 'auto', 0, CASE WHEN n %% 2 = 0 THEN current_date + 30 END, closed_at, closed_at::date, n << 32, false, 1,
			now() - interval '3 years', 'somebody', now(), 'somebody', coalesce(closed_at, now() - interval '20 days'), 'somebody'
		FROM (SELECT n, 1 + n / 6 %% %2$s AS p, CASE WHEN n <= 118000 THEN now() - (118000 - n) / 110.0 * interval '1 day' END AS closed_at FROM generate_series(1, 120000::bigint) AS n) AS r
	$sql$, crm, pipelines);
END $$;
SET session_replication_role = replica;
CALL bench.fill_columns('ten_pipelines', 10);
CALL bench.fill_columns('one_pipeline', 1);
RESET session_replication_role;
VACUUM (ANALYZE, FREEZE) ten_pipelines.opportunity, ten_pipelines.account, one_pipeline.opportunity, one_pipeline.account;
SELECT bench.prewarm(r) FROM unnest('{ten_pipelines.opportunity,one_pipeline.opportunity}'::regclass[]) AS r \g /dev/null
