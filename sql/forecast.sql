CREATE FUNCTION opportunities_internal.forecast_category(own text, kind text, category text, probability numeric)
	RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN kind = 'won' THEN 'closed'
		WHEN kind = 'lost' THEN 'omitted'
		ELSE coalesce(own, category, CASE WHEN probability >= 75.0 THEN 'commit' WHEN probability >= 50.0 THEN 'best_case' ELSE 'pipeline' END)
	END;
END;
COMMENT ON FUNCTION opportunities_internal.forecast_category(text, text, text, numeric) IS
	'The forecast category of an opportunity: closed and omitted where its stage is won or lost; else its own, or that of its stage, or, where neither has one, by the chance of the stage: commit from 75 percent, best_case from 50, else pipeline.';
