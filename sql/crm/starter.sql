WITH sales AS (
	INSERT INTO pipeline (name, position) VALUES ('Sales', 1) RETURNING id
)
INSERT INTO stage (pipeline_id, name, position, kind, probability, forecast_category)
SELECT sales.id, s.name, s.position, s.kind, s.probability, s.forecast_category
FROM sales, (VALUES
	('Lead', 1, 'open', 10.0, 'pipeline'),
	('Qualified', 2, 'open', 25.0, 'pipeline'),
	('Proposal', 3, 'open', 50.0, 'best_case'),
	('Negotiation', 4, 'open', 75.0, 'commit'),
	('Won', 5, 'won', NULL, NULL),
	('Lost', 6, 'lost', NULL, NULL)
) AS s (name, position, kind, probability, forecast_category);
