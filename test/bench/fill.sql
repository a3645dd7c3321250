-- CRMs of create_crm, full: one at work, one with a long history, one of many owners.
SELECT opportunities.create_crm(crm, starter => true) FROM unnest('{crm,history,lanes}'::name[]) AS crm \g /dev/null

-- Fill a CRM: closed is the share of rows that were closed, recent that of those within a month,
-- archived that of all rows. The oldest rows come first where history is told, else ages are mixed.
CREATE PROCEDURE bench.fill(crm name, rows bigint, closed float8, recent float8, archived float8) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO %I.account (name) SELECT ''Account '' || n FROM generate_series(1, greatest(%s / 10, 1)) n', crm, rows);
	EXECUTE format($sql$
		INSERT INTO %1$I.opportunity (account_id, pipeline_id, stage_id, title, description, owner, source, tags, currency,
			amount, amount_mode, probability, probability_mode, realized_amount, expected_close, closed_at, closed_on,
			close_reason, position, archived, version, created_at, created_by, updated_at, updated_by,
			stage_entered_at, stage_entered_by, last_activity_at)
		SELECT 1 + (random() * (greatest(%2$s / 10, 1) - 1))::bigint, 1, stage, 'Opportunity ' || n || ' of the year',
			CASE WHEN n %% 2 = 0 THEN 'What the customer said when we met: ' || n END,
			'owner' || (random() * 49)::integer, CASE WHEN n %% 3 = 0 THEN 'web' END,
			CASE WHEN n %% 4 = 0 THEN '{new,big}'::text[] ELSE '{}' END, 'EUR',
			(random() * 100000)::numeric(14,2), 'manual', stage * 15, 'auto',
			CASE WHEN stage = 5 THEN (random() * 100000)::numeric(14,2) ELSE 0.00 END,
			CASE WHEN n %% 2 = 0 THEN created::date + 90 END, closed_at, closed_at::date,
			CASE WHEN stage = 6 THEN 'price' END, n << 32, random() < %5$s, 1, created, 'somebody', created, 'somebody',
			coalesce(closed_at, created), 'somebody', NULL
		FROM (
			SELECT n, stage, closed_at, coalesce(closed_at, now()) - random() * interval '100 days' AS created
			FROM (
				SELECT n, CASE WHEN age IS NULL THEN 1 + (3 * random())::integer ELSE 5 + random()::integer END AS stage,
					now() - age * interval '1 day' AS closed_at
				FROM (
					SELECT n, CASE WHEN n > %2$s * %3$s THEN NULL WHEN random() < %4$s THEN random() * 29
						ELSE 40 + random() * 2000 END AS age
					FROM generate_series(1, %2$s) n
				) a
			) s
		) r
	$sql$, crm, rows, closed, recent, archived);
END $$;

-- Who restores or copies a CRM writes its rows as they are: so it is done here.
SELECT setseed(0.5) \g /dev/null
SET session_replication_role = replica;
CALL bench.fill('crm', :rows / 2, 0.4, 0.25, 0.05);
CALL bench.fill('history', :rows / 2, 0.98, 0.001, 0.05);
CALL bench.fill('lanes', :rows / 20, 0.3, 1.0, 0.0);
UPDATE lanes.opportunity SET owner = 'owner' || id / 7 % 100,
	stage_id = CASE WHEN closed_at IS NULL THEN CASE WHEN id % 5 > 0 THEN id % 5 END ELSE 5 + id % 2 END, close_reason = CASE WHEN closed_at IS NOT NULL AND id % 2 = 1 THEN 'price' END;
RESET session_replication_role;
DO $$
BEGIN
	IF EXISTS (SELECT FROM unnest('{crm,history,lanes}'::name[]) AS crm, opportunities.check_crm(crm)) THEN
		RAISE EXCEPTION 'the rows are not such as the triggers leave';
	END IF;
END $$;
VACUUM (FULL) lanes.opportunity;
VACUUM (ANALYZE, FREEZE) crm.opportunity, crm.account, history.opportunity, history.account, lanes.opportunity, lanes.account;
SELECT bench.prewarm(r) FROM unnest('{crm.opportunity,crm.account,history.opportunity,history.account,lanes.opportunity,lanes.account}'::regclass[]) r \g /dev/null
