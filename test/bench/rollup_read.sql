-- What is asked of rollups, against the rows: boards whose totals cost next to nothing, whatever the table holds.
SELECT opportunities.create_rollup('crm.opportunity'), opportunities.create_rollup('history.opportunity') \g /dev/null
VACUUM (ANALYZE) crm.opportunity, history.opportunity;

-- Statements that change one open row each, as people's do, and leave that many deltas, which serializable writers don't fold.
CREATE PROCEDURE bench.unfold(crm text, deltas bigint) LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	unfolded bigint;
BEGIN
	PERFORM opportunities.compact_rollup(format('%I.opportunity', crm)::regclass);
	COMMIT;
	SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
	SET LOCAL session_replication_role = replica; -- the rollups' own triggers alone
	FOR n IN EXECUTE format('SELECT id FROM %I.opportunity WHERE closed_on IS NULL LIMIT $1', crm) USING deltas LOOP
		EXECUTE format('UPDATE %I.opportunity SET amount = amount + 1 WHERE id = $1', crm) USING n;
	END LOOP;
	EXECUTE format('SELECT count(*) FROM %I.opportunity_rollup_deltas', crm) INTO unfolded;
	IF unfolded < deltas THEN
		RAISE EXCEPTION 'only % of % deltas are left', unfolded, deltas;
	END IF;
	COMMIT;
END $$;

-- The shares that are asked for are those of a million rows: the pass grows with them, the board doesn't.
SELECT CASE WHEN :rows > 4000000 THEN 5 ELSE 21 END AS pairs \gset
CREATE FUNCTION bench.of_million(rows bigint, at_most numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT CASE WHEN rows >= 1000000 THEN at_most END $$;
CREATE FUNCTION bench.rollup_read(crm text, deltas text, at_most numeric, pairs integer) RETURNS void LANGUAGE sql AS $$
	SELECT bench.compare(crm || ': board''s totals by a rollup, ' || deltas || ' deltas / pass by stage',
		format('SELECT * FROM opportunities.board(%L, cards => 0)', crm || '.opportunity'),
		ARRAY[format('SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency) FROM %I.opportunity GROUP BY stage_id', crm)], at_most, pairs => pairs);
$$;
-- The middle of many runs, one after the other.
CREATE FUNCTION bench.repeated(statement text, runs integer DEFAULT 21) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	took float8[];
BEGIN
	FOR run IN 0 .. runs LOOP
		took[run] := bench.elapsed(statement);
	END LOOP;
	RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(took[1:]) AS t);
END $$;
-- The same as if there were no rollups.
CREATE FUNCTION bench.by_rows(statement text) RETURNS void LANGUAGE plpgsql SET opportunities.use_rollups = off AS $$
BEGIN
	EXECUTE statement;
END $$;
SELECT bench.rollup_read('crm', '0', NULL, :pairs) \g /dev/null
SELECT bench.compare(crm || ': sums of a rollup by stage / pass by stage', format('SELECT stage_id, opportunities_internal.rollup_totals(totals) FROM %I.opportunity_rollup GROUP BY 1', crm),
	ARRAY[format('SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency) FROM %I.opportunity GROUP BY stage_id', crm)], pairs => :pairs)
FROM unnest('{crm,history}'::text[]) AS crm \g /dev/null
CALL bench.unfold('crm', 1000);
SELECT bench.rollup_read('crm', '1,000', bench.of_million(:rows / 2, 1.0 / 250), :pairs) \g /dev/null
SELECT bench.compare('crm: board by a rollup / its cards alone', $$ SELECT * FROM opportunities.board('crm.opportunity') $$,
	ARRAY[$$ SELECT * FROM opportunities.board('crm.opportunity', with_totals => false) $$], 1.5, pairs => 21) \g /dev/null
CALL bench.unfold('history', 1000);
SELECT bench.compare('history: board by a rollup / its cards alone', $$ SELECT * FROM opportunities.board('history.opportunity') $$,
	ARRAY[$$ SELECT * FROM opportunities.board('history.opportunity', with_totals => false) $$], 1.5, pairs => 21) \g /dev/null
SELECT bench.compare('history: board by a rollup / by rows', $$ SELECT * FROM opportunities.board('history.opportunity') $$,
	ARRAY[$$ SELECT bench.by_rows('SELECT * FROM opportunities.board(''history.opportunity'')') $$]) \g /dev/null
VACUUM crm.opportunity_rollup, crm.opportunity_rollup_deltas;
CALL bench.unfold('crm', 20000);
SELECT bench.rollup_read('crm', '20,000', bench.of_million(:rows / 2, 1.0 / 60), :pairs) \g /dev/null
SELECT opportunities.compact_rollup('crm.opportunity') \g /dev/null

-- lanes, the footer of a list, and reports, by the rollup that has owners
SELECT bench.compare('crm: ' || name || ' by a rollup / by rows', 'SELECT ' || call, ARRAY['SELECT bench.by_rows(' || quote_literal('SELECT ' || call) || ')'], pairs => 7)
FROM (VALUES ('lanes by owner, without cards', '* FROM opportunities.board(''crm.opportunity'', lane_by => ''owner'', cards => 0)'),
	('list', 'opportunities.list(''crm.opportunity'')'),
	('report by owner of what is open', '* FROM opportunities.report(''crm.opportunity'', ''{owner}'', scope => ''{"state": "open"}'')'),
	('report by owner', '* FROM opportunities.report(''crm.opportunity'', ''{owner}'')')) AS v (name, call) \g /dev/null
