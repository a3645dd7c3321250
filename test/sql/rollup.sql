-- Rollups: totals that triggers keep, against those of the rows.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm, opportunities;
SELECT create_rollup();
INSERT INTO opportunity (title, pipeline_id, stage_id, amount, owner, currency)
	SELECT 'o' || i, 1, 1 + i % 2, i, 'sara', CASE WHEN i % 3 = 0 THEN 'EUR' END FROM generate_series(1, 10) AS i;
SELECT stage_id, opportunities_internal.rollup_totals(totals, scales) FROM opportunity_rollup GROUP BY 1 ORDER BY 1;
SELECT stage_id, totals(amount, probability, realized_amount, currency) FROM opportunity GROUP BY 1 ORDER BY 1;
