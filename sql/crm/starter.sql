WITH sales AS (
	INSERT INTO pipeline (name, position) VALUES ('Sales', 1) RETURNING id
)
INSERT INTO stage (pipeline_id, name, position, kind, probability)
SELECT sales.id, s.name, s.position, s.kind, s.probability
FROM sales, (VALUES
	('Lead', 1, 'open', 10.0),
	('Qualified', 2, 'open', 25.0),
	('Proposal', 3, 'open', 50.0),
	('Negotiation', 4, 'open', 75.0),
	('Won', 5, 'won', NULL),
	('Lost', 6, 'lost', NULL)
) AS s (name, position, kind, probability);
