-- What check_crm looks for in the rows of a CRM, and repair_crm puts right. They run under the server's path alone, so
-- that operators and functions need no schema; crm stands for that of the tables, and marks are those of the definition.
-- Each row of a check is a problem: row_id, problem, and then what is right, where the other rows tell: the row's
-- tableoid and ctid and its columns, or those of a row that is missing in another table. Checks that others rest on come
-- first. What a CHECK, NOT NULL or UNIQUE constraint refuses is none: a constraint that is missing is told itself.
CREATE FUNCTION opportunities_internal.crm_checks()
	RETURNS TABLE (code text, relation text, missing_in text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
SELECT c.code, c.relation, c.missing_in, c.sql FROM (VALUES

	-- opportunities, and what belongs to them

	('pipeline_missing', 'opportunity', NULL, $check$
SELECT o.id, format('pipeline %s does not exist', o.pipeline_id)
FROM crm.opportunity AS o LEFT JOIN crm.pipeline AS p ON {p=o}p.id = o.pipeline_id
WHERE p.id IS NULL
$check$),
	('account_missing', 'opportunity', NULL, $check$
SELECT o.id, format('account %s does not exist', o.account_id)
FROM crm.opportunity AS o LEFT JOIN crm.account AS a ON {a=o}a.id = o.account_id
WHERE o.account_id IS NOT NULL AND a.id IS NULL
$check$),
	('stage_missing', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s does not exist', o.stage_id)
FROM crm.opportunity AS o LEFT JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE o.stage_id IS NOT NULL AND s.id IS NULL
$check$),
	('stage_of_another_pipeline', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s is of pipeline %s, the opportunity of pipeline %s',
	o.stage_id, s.pipeline_id, o.pipeline_id)
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE s.pipeline_id <> o.pipeline_id
$check$),
	('stage_inactive', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s is not active', o.stage_id)
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE NOT s.active
$check$),
	('not_closed', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s is final, but closed_at or closed_on is empty', o.stage_id),
	o.tableoid, o.ctid, c.at AS closed_at, opportunities.business_date(c.at) AS closed_on
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
	CROSS JOIN LATERAL coalesce(o.closed_at, opportunities.business_moment(o.closed_on), o.stage_entered_at) AS c (at)
WHERE s.kind <> 'open' AND (o.closed_at IS NULL OR o.closed_on IS NULL)
$check$),
	('closed_in_open_stage', 'opportunity', NULL, $check$
SELECT o.id, 'not in a final stage, but closed_at or closed_on is set',
	o.tableoid, o.ctid, NULL::timestamptz AS closed_at, NULL::date AS closed_on, NULL::text AS close_reason
FROM crm.opportunity AS o LEFT JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE (s.id IS NULL OR s.kind = 'open') AND (o.closed_at IS NOT NULL OR o.closed_on IS NOT NULL)
$check$),
	('closed_in_future', 'opportunity', NULL, $check$
SELECT o.id, format('closed_at is %s', o.closed_at)
FROM crm.opportunity AS o
WHERE o.closed_at > now()
$check$),
	('close_reason_required', 'opportunity', NULL, $check$
SELECT o.id, format('stage %s requires a close reason', o.stage_id)
FROM crm.opportunity AS o JOIN crm.stage AS s ON {s=o}s.id = o.stage_id
WHERE s.kind <> 'open' AND s.reason_required
	AND (opportunities.fold(o.close_reason) ~ '[^[:space:][:cntrl:]]') IS NOT TRUE
$check$),
	('opportunity_missing', 'opportunity_line', NULL, $check$
SELECT l.id, format('opportunity %s does not exist', l.opportunity_id)
FROM crm.opportunity_line AS l LEFT JOIN crm.opportunity AS o ON {o=l}o.id = l.opportunity_id
WHERE o.id IS NULL
$check$),
	('product_missing', 'opportunity_line', NULL, $check$
SELECT l.id, format('product %s does not exist', l.product_id)
FROM crm.opportunity_line AS l LEFT JOIN crm.product AS p ON {p=l}p.id = l.product_id
WHERE l.product_id IS NOT NULL AND p.id IS NULL
$check$),
	('line_not_computed', 'opportunity_line', NULL, $check$
SELECT l.id, format('net is %s and tax is %s, but they come to %s and %s', l.net, l.tax, c.net, c.tax),
	l.tableoid, l.ctid, c.net, c.tax
FROM crm.opportunity_line AS l JOIN crm.opportunity AS o ON {o=l}o.id = l.opportunity_id
	LEFT JOIN crm.currency AS k ON {k=o}k.code = o.currency
	CROSS JOIN LATERAL opportunities_internal.line_sums(l.quantity, l.unit_price, l.discount_percent, l.tax_percent,
		coalesce(k.digits, opportunities.currency_digits(o.currency))) AS c
WHERE (l.net = c.net AND l.tax = c.tax) IS NOT TRUE
$check$),
	('amount_not_derived', 'opportunity', NULL, $check$
SELECT o.id, format('amount_mode is auto and amount is %s, but the lines give %s',
		coalesce(o.amount::text, 'empty'), coalesce(l.net::text, 'none')),
	o.tableoid, o.ctid, l.net AS amount
FROM crm.opportunity AS o LEFT JOIN (SELECT {tenant}opportunity_id, sum(net) AS net
	FROM crm.opportunity_line GROUP BY {tenant}opportunity_id) AS l ON {l=o}l.opportunity_id = o.id
WHERE o.amount_mode = 'auto' AND o.amount IS DISTINCT FROM l.net
$check$),
	('currency_form', 'opportunity', NULL, $check$
SELECT o.id, format('currency is %L, not %L', o.currency, c), o.tableoid, o.ctid, c AS currency
FROM crm.opportunity AS o CROSS JOIN LATERAL opportunities.currency_code(o.currency) AS c
WHERE o.currency IS DISTINCT FROM c
$check$),
	('currency_form', 'product', NULL, $check$
SELECT p.id, format('currency is %L, not %L', p.currency, c), p.tableoid, p.ctid, c AS currency
FROM crm.product AS p CROSS JOIN LATERAL opportunities.currency_code(p.currency) AS c
WHERE p.currency IS DISTINCT FROM c
$check$),
	('currency_form', 'target', NULL, $check$
SELECT t.id, format('currency is %L, not %L', t.currency, c), t.tableoid, t.ctid, c AS currency
FROM crm.target AS t CROSS JOIN LATERAL opportunities.currency_code(t.currency) AS c
WHERE t.currency IS DISTINCT FROM c
$check$),
	('unknown_currency', 'target', NULL, $check$
SELECT t.id, format('currency %s is not listed', t.currency)
FROM crm.target AS t LEFT JOIN crm.currency AS k ON {k=t}k.code = t.currency
WHERE t.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=t}true)
$check$),
	('unknown_currency', 'opportunity', NULL, $check$
SELECT o.id, format('currency %s is not listed', o.currency)
FROM crm.opportunity AS o LEFT JOIN crm.currency AS k ON {k=o}k.code = o.currency
WHERE o.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=o}true)
$check$),
	('unknown_currency', 'product', NULL, $check$
SELECT p.id, format('currency %s is not listed', p.currency)
FROM crm.product AS p LEFT JOIN crm.currency AS k ON {k=p}k.code = p.currency
WHERE p.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=p}true)
$check$),
	('unknown_currency', 'target', NULL, $check$
SELECT t.id, format('currency %s is not listed', t.currency)
FROM crm.target AS t LEFT JOIN crm.currency AS k ON {k=t}k.code = t.currency
WHERE t.currency IS NOT NULL AND k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=t}true)
$check$),
	('unknown_currency', 'exchange_rate', NULL, $check$
SELECT r.id, format('currency %s is not listed', c.code)
FROM crm.exchange_rate AS r CROSS JOIN LATERAL (VALUES (r.from_currency), (r.to_currency)) AS c (code)
	LEFT JOIN crm.currency AS k ON {k=r}k.code = c.code
WHERE k.code IS NULL AND EXISTS (SELECT FROM crm.currency AS a WHERE {a=r}true)
$check$),
	('version_missing', 'opportunity', NULL, $check$
SELECT o.id, 'version is less than 1', o.tableoid, o.ctid, 1::bigint AS version
FROM crm.opportunity AS o
WHERE o.version < 1
$check$),
	('pipeline_missing', 'stage', NULL, $check$
SELECT s.id, format('pipeline %s does not exist', s.pipeline_id)
FROM crm.stage AS s LEFT JOIN crm.pipeline AS p ON {p=s}p.id = s.pipeline_id
WHERE p.id IS NULL
$check$),
	('pipeline_without_final_stage', 'pipeline', NULL, $check$
SELECT p.id, 'it has stages, but no active final one'
FROM crm.pipeline AS p
WHERE EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id)
	AND NOT EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id AND s.active AND s.kind <> 'open')
$check$),
	('pipeline_without_final_stage', 'pipeline', NULL, $check$
SELECT p.id, format('it needs both, but has no active %s stage', k.kind)
FROM crm.pipeline AS p CROSS JOIN (VALUES ('won'), ('lost')) AS k (kind)
WHERE p.needs_won_and_lost AND EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id AND s.active AND s.kind <> 'open')
	AND NOT EXISTS (SELECT FROM crm.stage AS s WHERE {s=p}s.pipeline_id = p.id AND s.active AND s.kind = k.kind)
$check$),
	('unknown_field', 'stage', NULL, $check$
SELECT s.id, format('it requires the field %s, which opportunities of pipeline %s have not', f.field, s.pipeline_id)
FROM crm.stage AS s CROSS JOIN LATERAL unnest(s.required_fields) AS f (field)
WHERE NOT CASE WHEN starts_with(f.field, 'custom.')
	THEN EXISTS (SELECT FROM crm.custom_field AS c
		WHERE {c=s}'custom.' || c.name = f.field AND coalesce(c.pipeline_id = s.pipeline_id, true))
	ELSE opportunities_internal.is_opportunity_column(s.tableoid, f.field) END
$check$),
	('stage_missing', 'stage_transition', NULL, $check$
SELECT t.id, format('stage %s of pipeline %s does not exist', v.stage_id, t.pipeline_id)
FROM crm.stage_transition AS t CROSS JOIN LATERAL (VALUES (t.from_stage_id), (t.to_stage_id)) AS v (stage_id)
	LEFT JOIN crm.stage AS s ON {s=t}s.id = v.stage_id AND s.pipeline_id = t.pipeline_id
WHERE v.stage_id IS NOT NULL AND s.id IS NULL
$check$),
	('unknown_role', 'stage_transition', NULL, $check$
SELECT t.id, format('role %I does not exist', t.role)
FROM crm.stage_transition AS t
WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = t.role) AND t.role IS NOT NULL
$check$),
	('last_activity', 'opportunity', NULL, $check$
SELECT o.id, format('last_activity_at is %s, not %s',
		coalesce(o.last_activity_at::text, 'empty'), coalesce(a.done_at::text, 'empty')),
	o.tableoid, o.ctid, a.done_at AS last_activity_at
FROM crm.opportunity AS o CROSS JOIN LATERAL (SELECT max(a.done_at) AS done_at
	FROM crm.activity AS a WHERE {a=o}a.opportunity_id = o.id) AS a
WHERE o.last_activity_at IS DISTINCT FROM a.done_at
$check$),
	('opportunity_missing', 'activity', NULL, $check$
SELECT a.id, format('opportunity %s does not exist', a.opportunity_id)
FROM crm.activity AS a LEFT JOIN crm.opportunity AS o ON {o=a}o.id = a.opportunity_id
WHERE o.id IS NULL
$check$),
	('value_unreadable', 'opportunity', NULL, $check$
SELECT o.id, format('custom.%s is %s, which is not of type %s', v.key, v.value, coalesce(p.type, f.type))
FROM crm.opportunity AS o
	CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(o.custom) = 'object' THEN o.custom ELSE '{}' END) AS v
	LEFT JOIN crm.custom_field AS p ON {p=o}p.name = v.key AND p.pipeline_id = o.pipeline_id
	LEFT JOIN crm.custom_field AS f ON {f=o}f.name = v.key AND f.pipeline_id IS NULL
WHERE v.value <> 'null' AND NOT CASE coalesce(p.type, f.type)
	WHEN 'number' THEN jsonb_typeof(v.value) = 'number'
	WHEN 'bool' THEN jsonb_typeof(v.value) = 'boolean'
	WHEN 'choice' THEN jsonb_typeof(v.value) = 'string'
	WHEN 'date' THEN opportunities_internal.custom_date(o.custom, v.key) IS NOT NULL
	ELSE true END
$check$),
	('manager_missing', 'app_user', NULL, $check$
SELECT u.login, format('manager %L does not exist', u.manager)
FROM crm.app_user AS u LEFT JOIN crm.app_user AS m ON {m=u}m.login = u.manager
WHERE u.manager IS NOT NULL AND m.login IS NULL
$check$),
	('stage_change_gap', 'stage_change', NULL, $check$
SELECT c.id, format('opportunity %s was last moved into stage %s, this move is from stage %s',
	c.opportunity_id, c.came_to, coalesce(c.from_stage_id::text, 'none'))
FROM (SELECT *, lag(to_stage_id) OVER (PARTITION BY {tenant}opportunity_id, deleted_at ORDER BY id) AS came_to
	FROM crm.stage_change) AS c
WHERE c.came_to IS NOT NULL AND c.came_to IS DISTINCT FROM c.from_stage_id
$check$),
	('stage_change_missing', 'opportunity', 'stage_change', $check$
SELECT o.id, format('it was last moved into stage %s, but is in stage %s',
		c.to_stage_id, coalesce(o.stage_id::text, 'none')),
	{o.tenant}o.id AS opportunity_id, c.to_pipeline_id AS from_pipeline_id, c.to_stage_id AS from_stage_id,
	o.pipeline_id AS to_pipeline_id, o.stage_id AS to_stage_id, o.stage_entered_by AS changed_by,
	greatest(c.changed_at, o.stage_entered_at) AS changed_at,
	c.left_at AS entered_at, greatest(c.left_at, o.stage_entered_at) AS left_at
FROM crm.opportunity AS o JOIN (SELECT DISTINCT ON ({tenant}opportunity_id) *
	FROM crm.stage_change WHERE deleted_at IS NULL
	ORDER BY {tenant}opportunity_id, id DESC) AS c ON {c=o}c.opportunity_id = o.id
WHERE c.to_stage_id IS DISTINCT FROM o.stage_id
$check$),

	-- documents, and what opportunities follow of them

	('opportunity_missing', 'document', NULL, $check$
SELECT d.id, format('opportunity %s does not exist', d.opportunity_id)
FROM crm.document AS d LEFT JOIN crm.opportunity AS o ON {o=d}o.id = d.opportunity_id
WHERE o.id IS NULL
$check$),
	('account_missing', 'document', NULL, $check$
SELECT d.id, format('account %s does not exist', d.account_id)
FROM crm.document AS d LEFT JOIN crm.account AS a ON {a=d}a.id = d.account_id
WHERE d.account_id IS NOT NULL AND a.id IS NULL
$check$),
	('currency_differs', 'document', NULL, $check$
SELECT d.id, format('its currency is %s, that of opportunity %s is %s',
	coalesce(d.currency, 'empty'), o.id, coalesce(o.currency, 'empty'))
FROM crm.document AS d JOIN crm.opportunity AS o ON {o=d}o.id = d.opportunity_id
WHERE d.currency IS DISTINCT FROM o.currency
$check$),
	-- What is made of a part of a line may take less: what is left of it. What is made of all of it takes what that has.
	('line_not_computed', 'document_line', NULL, $check$
SELECT l.id, format('net is %s and tax is %s, but they come to %s and %s', l.net, l.tax, c.net, c.tax),
	l.tableoid, l.ctid, c.net, c.tax
FROM crm.document_line AS l JOIN crm.document AS d ON {d=l}d.id = l.document_id
	LEFT JOIN crm.currency AS k ON {k=d}k.code = d.currency
	CROSS JOIN LATERAL coalesce(k.digits, opportunities.currency_digits(d.currency)) AS n (digits)
	CROSS JOIN LATERAL (SELECT s.net - l.document_discount AS net, round((s.net - l.document_discount) * l.tax_percent * 0.01, n.digits) AS tax
		FROM opportunities_internal.line_sums(l.quantity, l.unit_price, l.discount_percent, l.tax_percent, n.digits) AS s) AS c
	LEFT JOIN crm.document_line AS s ON {s=l}s.id = l.source_line_id
WHERE (l.net = c.net AND l.tax = c.tax) IS NOT TRUE AND (l.source_line_id IS NULL OR (s.quantity = l.quantity
	AND s.unit_price = l.unit_price AND s.discount_percent = l.discount_percent AND s.tax_percent = l.tax_percent
	AND (l.net = s.net AND l.tax = s.tax) IS NOT TRUE))
$check$),
	('discount_not_shared', 'document', NULL, $check$
SELECT d.id, format('its discount is %s, but its lines have %s of it', d.discount, d.shared)
FROM (SELECT d.id, l.discount AS shared, round(CASE WHEN d.discount_percent IS NOT NULL THEN l.base * d.discount_percent * 0.01
		WHEN d.discount_amount IS NOT NULL THEN greatest(least(d.discount_amount, l.base), 0) ELSE 0 END,
		coalesce(k.digits, opportunities.currency_digits(d.currency))) AS discount
	FROM crm.document AS d LEFT JOIN crm.currency AS k ON {k=d}k.code = d.currency
		CROSS JOIN LATERAL (SELECT coalesce(sum(l.document_discount), 0) AS discount, coalesce(sum(l.net + l.document_discount), 0) AS base
			FROM crm.document_line AS l WHERE {l=d}l.document_id = d.id) AS l
	WHERE d.source_document_id IS NULL) AS d
WHERE (d.discount = d.shared) IS NOT TRUE
$check$),
	('sums_not_derived', 'document', NULL, $check$
SELECT d.id, format('net is %s, tax %s and total %s, but the lines give %s and %s',
		d.net, d.tax, d.total, l.net, l.tax),
	d.tableoid, d.ctid, l.net, l.tax, l.net + l.tax AS total
FROM crm.document AS d CROSS JOIN LATERAL (SELECT coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax
	FROM crm.document_line AS l WHERE {l=d}l.document_id = d.id) AS l
WHERE (d.net = l.net AND d.tax = l.tax) IS NOT TRUE
$check$),
	('document_empty', 'document', NULL, $check$
SELECT d.id, format('it is %s, but has no lines', d.status)
FROM crm.document AS d
WHERE d.status <> 'draft' AND NOT EXISTS (SELECT FROM crm.document_line AS l WHERE {l=d}l.document_id = d.id)
$check$),
	('number_gap', 'document', NULL, $check$
SELECT n.id, format('after %s %s the next number is %s', n.kind, n.label, n.next)
FROM (SELECT d.id, d.kind, d.label, d.number, lead(d.number) OVER (PARTITION BY {tenant}d.kind, d.series ORDER BY d.number) AS next
	FROM crm.document AS d WHERE d.number IS NOT NULL) AS n
WHERE n.next > n.number + 1
$check$),
	('number_gap', 'document_counter', NULL, $check$
SELECT c.kind, format('the first number is %s, not %s', d.number, c.first_number),
	c.tableoid, c.ctid, d.number AS first_number
FROM (SELECT {tenant}kind, min(number) AS number FROM crm.document WHERE number IS NOT NULL AND series = '' GROUP BY {tenant}kind) AS d
	JOIN crm.document_counter AS c ON {c=d}c.kind = d.kind AND c.pattern = ''
WHERE c.first_number <> d.number
$check$),
	('source_unfit', 'document', NULL, $check$
SELECT d.id, format('it is made from document %s, kind %s, %s, of opportunity %s',
	s.id, s.kind, s.status, s.opportunity_id)
FROM crm.document AS d JOIN crm.document AS s ON {s=d}s.id = d.source_document_id
WHERE s.opportunity_id <> d.opportunity_id OR s.status = 'draft'
	OR s.kind <> CASE d.kind WHEN 'invoice' THEN 'quote' WHEN 'return' THEN 'invoice' ELSE '' END
	OR (d.kind = 'return' AND d.status = 'confirmed' AND s.status <> 'confirmed')
$check$),
	('already_invoiced', 'document', NULL, $check$
SELECT q.id, format('its net is %s, its tax %s, and %s and %s are invoiced', q.net, q.tax, i.net, i.tax)
FROM crm.document AS q JOIN (SELECT {tenant}source_document_id, count(*) AS count, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
	FROM crm.document WHERE kind = 'invoice' AND status = 'confirmed'
	GROUP BY {tenant}source_document_id) AS i ON {i=q}i.source_document_id = q.id
WHERE i.count > 1 AND (CASE WHEN q.net < 0 THEN i.net < q.net ELSE i.net > q.net END
	OR CASE WHEN q.tax < 0 THEN i.tax < q.tax ELSE i.tax > q.tax END
	OR CASE WHEN q.total < 0 THEN i.total < q.total ELSE i.total > q.total END)
$check$),
	('already_invoiced', 'document_line', NULL, $check$
SELECT l.id, format('its quantity is %s, and %s is invoiced', l.quantity, i.quantity)
FROM crm.document_line AS l JOIN (SELECT {tenant}source_line_id, sum(quantity) AS quantity
	FROM crm.document_line AS b WHERE source_line_id IS NOT NULL AND EXISTS (SELECT FROM crm.document AS d
		WHERE {d=b}d.id = b.document_id AND d.kind = 'invoice' AND d.status <> 'void')
	GROUP BY {tenant}source_line_id) AS i ON {i=l}i.source_line_id = l.id
WHERE abs(i.quantity) > abs(l.quantity) OR i.quantity * l.quantity < 0
$check$),
	('return_exceeds_invoice', 'document', NULL, $check$
SELECT i.id, format('its total is %s, and %s is returned', i.total, r.total)
FROM crm.document AS i JOIN (SELECT {tenant}source_document_id, sum(total) AS total
	FROM crm.document WHERE kind = 'return' AND status = 'confirmed'
	GROUP BY {tenant}source_document_id) AS r ON {r=i}r.source_document_id = i.id
WHERE r.total > i.total
$check$),
	('return_exceeds_invoice', 'document_line', NULL, $check$
SELECT l.id, format('its quantity is %s, and %s is returned', l.quantity, r.quantity)
FROM crm.document_line AS l JOIN (SELECT {tenant}source_line_id, sum(quantity) AS quantity
	FROM crm.document_line AS b WHERE source_line_id IS NOT NULL AND EXISTS (SELECT FROM crm.document AS d
		WHERE {d=b}d.id = b.document_id AND d.kind = 'return' AND d.status = 'confirmed')
	GROUP BY {tenant}source_line_id) AS r ON {r=l}r.source_line_id = l.id
WHERE abs(r.quantity) > abs(l.quantity) OR r.quantity * l.quantity < 0
$check$),
	('document_missing', 'document_line', NULL, $check$
SELECT l.id, format('document %s does not exist', l.document_id)
FROM crm.document_line AS l LEFT JOIN crm.document AS d ON {d=l}d.id = l.document_id
WHERE d.id IS NULL
$check$),
	('product_missing', 'document_line', NULL, $check$
SELECT l.id, format('product %s does not exist', l.product_id)
FROM crm.document_line AS l LEFT JOIN crm.product AS p ON {p=l}p.id = l.product_id
WHERE l.product_id IS NOT NULL AND p.id IS NULL
$check$),
	('opportunity_missing', 'payment', NULL, $check$
SELECT p.id, format('opportunity %s does not exist', p.opportunity_id)
FROM crm.payment AS p LEFT JOIN crm.opportunity AS o ON {o=p}o.id = p.opportunity_id
WHERE o.id IS NULL
$check$),
	('currency_form', 'document', NULL, $check$
SELECT d.id, format('currency is %L, not %L', d.currency, c), d.tableoid, d.ctid, c AS currency
FROM crm.document AS d CROSS JOIN LATERAL opportunities.currency_code(d.currency) AS c
WHERE d.currency IS DISTINCT FROM c
$check$),
	('currency_form', 'payment', NULL, $check$
SELECT p.id, format('currency is %L, not %L', p.currency, c), p.tableoid, p.ctid, c AS currency
FROM crm.payment AS p CROSS JOIN LATERAL opportunities.currency_code(p.currency) AS c
WHERE p.currency IS DISTINCT FROM c
$check$),
	('currency_differs', 'payment', NULL, $check$
SELECT p.id, format('its currency is %s, that of opportunity %s is %s',
	coalesce(p.currency, 'empty'), o.id, coalesce(o.currency, 'empty'))
FROM crm.payment AS p JOIN crm.opportunity AS o ON {o=p}o.id = p.opportunity_id
WHERE p.currency IS DISTINCT FROM o.currency
$check$),
	('document_of_another_opportunity', 'payment', NULL, $check$
SELECT p.id, format('document %s is of opportunity %s', d.id, d.opportunity_id)
FROM crm.payment AS p JOIN crm.document AS d ON {d=p}d.id = p.document_id
WHERE d.opportunity_id <> p.opportunity_id
$check$),
	('realized_not_derived', 'opportunity', NULL, $check$
SELECT o.id, format('realized_amount is %s, but the documents give %s', o.realized_amount, d.realized),
	o.tableoid, o.ctid, d.realized AS realized_amount
FROM crm.opportunity AS o JOIN (SELECT {tenant}opportunity_id,
		coalesce(sum(CASE kind WHEN 'invoice' THEN total WHEN 'return' THEN -total END)
			FILTER (WHERE status = 'confirmed'), 0) AS realized
	FROM crm.document GROUP BY {tenant}opportunity_id) AS d ON {d=o}d.opportunity_id = o.id
WHERE o.realized_amount <> d.realized
$check$)

) AS c (code, relation, missing_in, sql);
END;
COMMENT ON FUNCTION opportunities_internal.crm_checks() IS
	'What check_crm looks for in rows: the code and relation of each check, the relation that lacks a row, where one does, and its query.';
