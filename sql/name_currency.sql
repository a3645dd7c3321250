CREATE FUNCTION opportunities.name_currency(currency text, schema name DEFAULT 'crm')
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'name_currency';
COMMENT ON FUNCTION opportunities.name_currency(text, name) IS
	'Gives whatever is in the unnamed currency one that has a name: opportunities, with their lines, documents and payments, confirmed ones too, products and targets; of the current tenant, where there are any. How many rows got it. No amount changes but what lines and drafts are rounded to, where the currency has other digits than 2. Only the owner of the tables may. Nobody else writes to them until the transaction ends.
Errors: 22004 argument_missing; 23514 currency_digits, unknown_currency, value_too_large; 3F000 unknown_schema; 42P01 crm_missing; 55000 crm_damaged, tenant_unset; 42501 not_owner, rows_hidden. A NOTICE where new opportunities are in another currency.';

-- What name_currency runs while the triggers of rows are off. %1$s stands for the schema, marks are those of the definition;
-- $1 is the code of the currency, $2 its digits, $3 the user. codes: what it can be, where there are any. digits: how many it
-- has. refuse: a line that can't be rounded, since it is of a paper, or
-- returns a line of one and may take less than it comes to. round: lines of opportunities and drafts, and what follows from
-- them. name: the currency itself; for an opportunity it is a change that people make.
CREATE FUNCTION opportunities_internal.naming_steps()
	RETURNS TABLE (step text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('codes', $step$
SELECT c.code FROM %1$s.currency AS c WHERE {c=}true ORDER BY c.code COLLATE pg_catalog."C" LIMIT 1000
$step$),
	('digits', $step$
SELECT COALESCE((SELECT c.digits FROM %1$s.currency AS c WHERE {c=}c.code OPERATOR(pg_catalog.=) $1), opportunities.currency_digits($1))
$step$),
	('refuse', $step$
SELECT d.kind, COALESCE(d.number, d.id), l.net, l.tax
FROM %1$s.document AS d JOIN %1$s.document_line AS l ON {l=d}l.document_id OPERATOR(pg_catalog.=) d.id
	CROSS JOIN LATERAL opportunities_internal.line_sums(l.quantity, l.unit_price, l.discount_percent, l.tax_percent, $2) AS c
WHERE {d=}d.currency IS NULL AND CASE WHEN l.source_line_id IS NULL
	THEN d.status OPERATOR(pg_catalog.<>) 'draft'
		AND (l.net OPERATOR(pg_catalog.<>) c.net OR l.tax OPERATOR(pg_catalog.<>) c.tax)
	ELSE l.net OPERATOR(pg_catalog.<>) pg_catalog.round(l.net, $2)
		OR l.tax OPERATOR(pg_catalog.<>) pg_catalog.round(l.tax, $2) END
ORDER BY d.id, l.id LIMIT 1
$step$),
	('round', $step$
UPDATE %1$s.opportunity_line AS l SET net = r.net, tax = r.tax
FROM (SELECT {k.tenant}k.id, c.net, c.tax
	FROM %1$s.opportunity AS o JOIN %1$s.opportunity_line AS k ON {k=o}k.opportunity_id OPERATOR(pg_catalog.=) o.id
		CROSS JOIN LATERAL opportunities_internal.line_sums(k.quantity, k.unit_price, k.discount_percent, k.tax_percent, $2) AS c
	WHERE {o=}o.currency IS NULL) AS r
WHERE {l=r}l.id OPERATOR(pg_catalog.=) r.id
	AND (l.net OPERATOR(pg_catalog.<>) r.net OR l.tax OPERATOR(pg_catalog.<>) r.tax)
$step$),
	('round', $step$
UPDATE %1$s.opportunity AS o SET amount = s.net
FROM (SELECT {l.tenant}l.opportunity_id, pg_catalog.sum(l.net) AS net
	FROM %1$s.opportunity_line AS l GROUP BY {l.tenant}l.opportunity_id) AS s
WHERE {o=}{s=o}s.opportunity_id OPERATOR(pg_catalog.=) o.id AND o.currency IS NULL
	AND o.amount_mode OPERATOR(pg_catalog.=) 'auto' AND o.amount OPERATOR(pg_catalog.<>) s.net
$step$),
	('round', $step$
UPDATE %1$s.document_line AS l SET net = r.net, tax = r.tax
FROM (SELECT {k.tenant}k.id, c.net, c.tax
	FROM %1$s.document AS d JOIN %1$s.document_line AS k ON {k=d}k.document_id OPERATOR(pg_catalog.=) d.id
		CROSS JOIN LATERAL opportunities_internal.line_sums(k.quantity, k.unit_price, k.discount_percent, k.tax_percent, $2) AS c
	WHERE {d=}d.currency IS NULL AND k.source_line_id IS NULL) AS r
WHERE {l=r}l.id OPERATOR(pg_catalog.=) r.id
	AND (l.net OPERATOR(pg_catalog.<>) r.net OR l.tax OPERATOR(pg_catalog.<>) r.tax)
$step$),
	('round', $step$
UPDATE %1$s.document AS d SET net = s.net, tax = s.tax, total = s.net OPERATOR(pg_catalog.+) s.tax
FROM (SELECT {l.tenant}l.document_id, pg_catalog.sum(l.net) AS net, pg_catalog.sum(l.tax) AS tax
	FROM %1$s.document_line AS l GROUP BY {l.tenant}l.document_id) AS s
WHERE {d=}{s=d}s.document_id OPERATOR(pg_catalog.=) d.id AND d.currency IS NULL
	AND (d.net OPERATOR(pg_catalog.<>) s.net OR d.tax OPERATOR(pg_catalog.<>) s.tax)
$step$),
	('name', $step$
UPDATE %1$s.opportunity AS o SET currency = $1, version = o.version OPERATOR(pg_catalog.+) 1, updated_at = pg_catalog.now(), updated_by = $3
WHERE {o=}o.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.document AS d SET currency = $1 WHERE {d=}d.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.payment AS p SET currency = $1 WHERE {p=}p.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.product AS p SET currency = $1 WHERE {p=}p.currency IS NULL
$step$),
	('name', $step$
UPDATE %1$s.target AS t SET currency = $1 WHERE {t=}t.currency IS NULL
$step$)
$function$;
COMMENT ON FUNCTION opportunities_internal.naming_steps() IS
	'The statements of name_currency.';
