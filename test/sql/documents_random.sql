-- A seeded walk: random quotes, discounts, parts, drafts edited, confirmed and voided, returns; after every step the sums
-- are exact and each series has its numbers. Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.1807
\endif
\echo seed :seed
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_walk', starter => true);
SET search_path = crm_walk, opportunities;
SELECT setseed(:seed) \g /dev/null
INSERT INTO opportunity (pipeline_id, title, currency) SELECT 1, c, c FROM unnest('{EUR,JPY,KWD,USD}'::text[]) AS c;
INSERT INTO document_counter (kind, pattern, calendar, fiscal_year_start) VALUES ('invoice', 'I{fiscal_year}-', 'persian', 1), ('return', 'R{fiscal_year}/{fiscal_year_end}-', 'gregorian', 7);

-- An id of documents that meet a condition, at random.
CREATE FUNCTION pg_temp.any_document(condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE 'SELECT id FROM document WHERE ' || condition || ' ORDER BY random() LIMIT 1' INTO result;
	RETURN result;
END $$;

-- A quantity, a price: whole, broken, seldom negative or nothing.
CREATE FUNCTION pg_temp.number() RETURNS numeric LANGUAGE sql AS $$
	SELECT (ARRAY[floor(random() * 9) + 1, round((random() * 9)::numeric, 3), 0.005, 0.335, 1e9 + 0.01, -round((random() * 3)::numeric, 2), 0])[1 + floor(power(random(), 1.5) * 7)::int]::numeric
$$;

-- One step, which may be refused.
CREATE FUNCTION pg_temp.step(kind text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	paper bigint; code text;
	days date := date '2026-01-01' + floor(random() * 600)::int;
BEGIN
	CASE kind
	WHEN 'quote' THEN
		INSERT INTO document (opportunity_id, kind) VALUES (1 + floor(random() * 4), CASE WHEN random() < 0.9 THEN 'quote' ELSE 'invoice' END) RETURNING id INTO paper;
		INSERT INTO document_line (document_id, position, quantity, unit_price, discount_percent, tax_percent)
		SELECT paper, n, pg_temp.number(), pg_temp.number(), floor(random() * 3) * 12.5, floor(random() * 3) * 4.5 FROM generate_series(1, 1 + floor(random() * 5)::int) AS n;
	WHEN 'discount' THEN
		UPDATE document SET discount_percent = CASE WHEN random() < 0.5 THEN floor(random() * 9) * 6.25 END WHERE id = pg_temp.any_document('status = ''draft'' AND source_document_id IS NULL');
	WHEN 'amount' THEN
		UPDATE document SET discount_percent = NULL, discount_amount = round((random() * greatest(net, 0))::numeric, 2) WHERE id = pg_temp.any_document('status = ''draft'' AND source_document_id IS NULL');
	WHEN 'line' THEN
		UPDATE document_line SET quantity = CASE WHEN random() < 0.3 THEN pg_temp.number() ELSE quantity / 2 END WHERE id = (SELECT l.id FROM document_line AS l JOIN document AS d ON d.id = l.document_id WHERE d.status = 'draft' ORDER BY random() LIMIT 1);
	WHEN 'price' THEN
		UPDATE document_line SET unit_price = pg_temp.number() WHERE id = (SELECT l.id FROM document_line AS l JOIN document AS d ON d.id = l.document_id WHERE d.status = 'draft' ORDER BY random() LIMIT 1);
	WHEN 'share' THEN
		PERFORM opportunities.invoice_quote(pg_temp.any_document('kind = ''quote'' AND status = ''confirmed'''), random() < 0.5, share => (ARRAY[0.1, 0.25, 0.3333, 0.5, 1])[1 + floor(random() * 5)::int]);
	WHEN 'lines' THEN
		paper := pg_temp.any_document('kind = ''quote'' AND status = ''confirmed''');
		PERFORM opportunities.invoice_quote(paper, random() < 0.5, lines => (SELECT jsonb_agg(jsonb_build_object('id', id::text, 'quantity', round(quantity * random()::numeric, 3)))
			FROM document_line WHERE document_id = paper AND random() < 0.6));
	WHEN 'rest' THEN
		PERFORM opportunities.invoice_quote(pg_temp.any_document('kind = ''quote'' AND status = ''confirmed'''), random() < 0.7);
	WHEN 'confirm' THEN
		UPDATE document SET status = 'confirmed', issued_on = days WHERE id = pg_temp.any_document('status = ''draft''');
	WHEN 'void' THEN
		UPDATE document SET status = 'void' WHERE id = pg_temp.any_document('status = ''confirmed'' AND kind <> ''quote''');
	WHEN 'delete' THEN
		DELETE FROM document WHERE id = pg_temp.any_document('status = ''draft''');
	WHEN 'return' THEN
		PERFORM opportunities.issue_return(pg_temp.any_document('kind = ''invoice'' AND status = ''confirmed'''), random() < 0.5);
	END CASE;
	RETURN 'done';
EXCEPTION WHEN check_violation OR unique_violation OR null_value_not_allowed THEN
	GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME;
	RETURN code;
END $$;

-- What must hold after each step.
CREATE FUNCTION pg_temp.broken() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('document %s is not the sum of its lines', d.id) FROM document AS d LEFT JOIN document_line AS l ON l.document_id = d.id
	GROUP BY d.id HAVING d.net <> coalesce(sum(l.net), 0) OR d.tax <> coalesce(sum(l.tax), 0)
	UNION ALL
	SELECT format('the discount of document %s is not that of its lines', d.id) FROM document AS d JOIN document_line AS l ON l.document_id = d.id
	WHERE d.source_document_id IS NULL GROUP BY d.id HAVING sum(l.document_discount) <> round(coalesce(sum(l.net + l.document_discount) * d.discount_percent * 0.01,
		greatest(least(coalesce(d.discount_amount, 0), sum(l.net + l.document_discount)), 0)), opportunities.currency_digits(d.currency))
	UNION ALL
	SELECT format('line %s is not what it says less its discount', l.id) FROM document_line AS l JOIN document AS d ON d.id = l.document_id,
		LATERAL opportunities.currency_digits(d.currency) AS digits
	WHERE d.source_document_id IS NULL AND (l.net + l.document_discount <> round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01, digits)
		OR l.tax <> round(l.net * l.tax_percent * 0.01, digits))
	UNION ALL
	SELECT format('more of quote %s is invoiced than it offers', q.id) FROM document AS q JOIN document AS i ON i.source_document_id = q.id AND i.kind = 'invoice' AND i.status = 'confirmed'
	GROUP BY q.id HAVING CASE WHEN q.net < 0 THEN sum(i.net) < q.net ELSE sum(i.net) > q.net END OR CASE WHEN q.tax < 0 THEN sum(i.tax) < q.tax ELSE sum(i.tax) > q.tax END
	UNION ALL
	SELECT format('%s of line %s, which has %s, is taken', sum(l.quantity), s.id, s.quantity) FROM document_line AS s JOIN document_line AS l ON l.source_line_id = s.id
		JOIN document AS d ON d.id = l.document_id AND (d.status = 'confirmed' OR d.status = 'draft' AND d.kind = 'invoice')
	GROUP BY s.id HAVING abs(sum(l.quantity)) > abs(s.quantity)
		OR (sum(l.quantity) = s.quantity AND bool_and(d.kind = 'invoice' AND l.unit_price = s.unit_price) AND (sum(l.net) <> s.net OR sum(l.tax) <> s.tax OR sum(l.document_discount) <> s.document_discount))
	UNION ALL
	SELECT format('%s %s has a gap or a twin', kind, series) FROM document WHERE number IS NOT NULL GROUP BY kind, series HAVING min(number) <> 1 OR max(number) <> count(*) OR count(DISTINCT number) <> count(*)
	UNION ALL
	SELECT format('opportunity %s has realized %s', o.id, o.realized_amount) FROM opportunity AS o JOIN document AS d ON d.opportunity_id = o.id
	GROUP BY o.id HAVING o.realized_amount <> coalesce(sum(CASE d.kind WHEN 'invoice' THEN d.total WHEN 'return' THEN -d.total END) FILTER (WHERE d.status = 'confirmed'), 0)
$$;

CREATE FUNCTION pg_temp.walk(steps integer) RETURNS TABLE (step text, done boolean) LANGUAGE plpgsql AS $$
DECLARE
	kinds text[] := '{quote,discount,amount,line,price,share,lines,rest,confirm,confirm,void,delete,return}';
	kind text; outcome text; problem text;
	done text[] := '{}';
BEGIN
	FOR i IN 1 .. steps LOOP
		kind := kinds[1 + floor(random() * 13)::int];
		outcome := pg_temp.step(kind);
		IF outcome = 'done' THEN
			done := done || kind;
		END IF;
		FOR problem IN SELECT pg_temp.broken() LOOP
			RAISE EXCEPTION 'step %, %: %', i, kind, problem;
		END LOOP;
	END LOOP;
	RETURN QUERY SELECT DISTINCT k, k = ANY (done) FROM unnest(kinds) AS k ORDER BY 1;
END $$;
SELECT * FROM pg_temp.walk(600);
SELECT * FROM check_crm('crm_walk');
DROP SCHEMA crm_walk CASCADE;
