-- For BI tools and spreadsheets: typed columns, plain numbers, names instead of keys beside the keys. What a role
-- can't see in the tables it doesn't see here. Joins are outer ones on keys and sums are sub-selects, so that the
-- planner leaves out what nobody asks for. By row_state and row_state_wanted it reads open rows alone, by an index,
-- for who asks for them. (What is kept of a join names all columns of both sides: to keep that small is half of the
-- time that such a query is planned in.)
CREATE VIEW bi_opportunity WITH (security_invoker = true) AS
SELECT {o.tenant}o.id, o.title,
	o.pipeline_id, p.name AS pipeline, o.stage_id, s.name AS stage, s.position AS stage_position,
	opportunities_internal.row_state(o.closed_on, s.kind) AS state,
	o.account_id, a.name AS account, a.kind AS account_kind,
	o.owner, u.name AS owner_name, u.team AS owner_team, u.manager AS owner_manager, m.name AS owner_manager_name,
	o.type, o.source, o.campaign, o.close_reason,
	o.currency, o.amount, o.probability, o.estimated_amount, o.realized_amount,
	CASE WHEN opportunities_internal.row_state(o.closed_on, s.kind) = 'open' THEN o.estimated_amount END AS forecast_amount,
	CASE WHEN opportunities_internal.row_state(o.closed_on, s.kind) = 'won' THEN o.amount END AS won_amount,
	CASE WHEN opportunities_internal.row_state(o.closed_on, s.kind) = 'lost' THEN o.amount END AS lost_amount,
	coalesce((SELECT sum(CASE WHEN d.kind = 'invoice' THEN d.total WHEN d.kind = 'return' THEN -d.total END)
			FROM document AS d WHERE {d=o}d.opportunity_id = o.id AND d.status = 'confirmed'), 0.00)
		- coalesce((SELECT sum(CASE WHEN y.direction = 'in' THEN y.amount ELSE -y.amount END)
			FROM payment AS y WHERE {y=o}y.opportunity_id = o.id), 0.00) AS balance,
	o.created_at, opportunities.business_date(o.created_at) AS created_on, o.expected_close, o.closed_at, o.closed_on,
	opportunities_internal.days_between(opportunities.business_date(o.created_at), o.closed_on) AS days_to_close,
	o.stage_entered_at, CASE WHEN o.closed_at IS NULL
		THEN opportunities_internal.days_between(opportunities.business_date(o.stage_entered_at), opportunities.business_date(now())) END AS days_in_stage, coalesce(CASE WHEN o.closed_at IS NULL
		THEN opportunities_internal.days_between(opportunities.business_date(o.stage_entered_at), opportunities.business_date(now())) END > s.max_days, false) AS stale,
	o.last_activity_at, CASE WHEN o.tags OPERATOR(pg_catalog.<>) '{}' THEN pg_catalog.array_to_string(o.tags, ', ') END AS tags, o.custom, o.archived,
	opportunities_internal.forecast_category(o.forecast_override, s.kind, s.forecast_category, s.probability) AS forecast_category
FROM opportunity AS o
LEFT JOIN pipeline AS p ON {p=o}p.id = o.pipeline_id
LEFT JOIN stage AS s ON {s=o}s.id = o.stage_id
LEFT JOIN account AS a ON {a=o}a.id = o.account_id
LEFT JOIN (app_user AS u LEFT JOIN app_user AS m ON {m=u}m.login = u.manager) ON {u=o}u.login = o.owner
WHERE opportunities_internal.row_state_wanted(o.closed_on);

COMMENT ON VIEW bi_opportunity IS 'One row an opportunity, with the names of what it belongs to. Sum amounts within one currency only';
COMMENT ON COLUMN bi_opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN bi_opportunity.title IS 'What it is called';
COMMENT ON COLUMN bi_opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN bi_opportunity.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN bi_opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN bi_opportunity.stage IS 'Name of the stage';
COMMENT ON COLUMN bi_opportunity.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN bi_opportunity.state IS 'open, won or lost; empty: closed in a stage that you may not see';
COMMENT ON COLUMN bi_opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN bi_opportunity.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_opportunity.account_kind IS 'person or organization';
COMMENT ON COLUMN bi_opportunity.owner IS 'Who is responsible for it';
COMMENT ON COLUMN bi_opportunity.owner_name IS 'Name of the owner; empty: not among the users on record';
COMMENT ON COLUMN bi_opportunity.owner_team IS 'Team of the owner';
COMMENT ON COLUMN bi_opportunity.owner_manager IS 'Whom the owner reports to';
COMMENT ON COLUMN bi_opportunity.owner_manager_name IS 'Name of whom the owner reports to';
COMMENT ON COLUMN bi_opportunity.type IS 'Kind of business';
COMMENT ON COLUMN bi_opportunity.source IS 'Where it came from';
COMMENT ON COLUMN bi_opportunity.campaign IS 'The campaign that it came from';
COMMENT ON COLUMN bi_opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN bi_opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN bi_opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN bi_opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN bi_opportunity.estimated_amount IS 'Amount times probability, whatever became of it';
COMMENT ON COLUMN bi_opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN bi_opportunity.forecast_amount IS 'Amount times probability while it is open: what to sum for a forecast';
COMMENT ON COLUMN bi_opportunity.won_amount IS 'Amount where it was won';
COMMENT ON COLUMN bi_opportunity.lost_amount IS 'Amount where it was lost';
COMMENT ON COLUMN bi_opportunity.balance IS 'What is still to be paid: invoices less returns and less payments received, and payments made';
COMMENT ON COLUMN bi_opportunity.created_at IS 'When it was entered';
COMMENT ON COLUMN bi_opportunity.created_on IS 'The day on which it was entered, where your business is';
COMMENT ON COLUMN bi_opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN bi_opportunity.closed_at IS 'When it was won or lost';
COMMENT ON COLUMN bi_opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN bi_opportunity.days_to_close IS 'Days from the day on which it was entered to that; empty while it is open, or where it was entered later';
COMMENT ON COLUMN bi_opportunity.stage_entered_at IS 'When it came into its stage';
COMMENT ON COLUMN bi_opportunity.days_in_stage IS 'Days since it came into its stage; empty: it is closed';
COMMENT ON COLUMN bi_opportunity.stale IS 'Whether that is longer than the stage allows';
COMMENT ON COLUMN bi_opportunity.last_activity_at IS 'When somebody last did something about it';
COMMENT ON COLUMN bi_opportunity.tags IS 'Labels, with commas between them';
COMMENT ON COLUMN bi_opportunity.custom IS 'Your own fields, a JSON object';
COMMENT ON COLUMN bi_opportunity.archived IS 'Whether boards and lists leave it out';
COMMENT ON COLUMN bi_opportunity.forecast_category IS 'What it is forecast as: its own category, else that of its stage; closed where it was won, omitted where it was lost';

CREATE VIEW bi_line WITH (security_invoker = true) AS
SELECT {l.tenant}l.id, l.opportunity_id, o.title, o.pipeline_id, o.stage_id, o.state, o.account_id, o.account, o.owner,
	l.product_id, coalesce(p.name, l.description) AS product, p.category,
	l.quantity, l.unit_price, l.discount_percent, o.currency, l.net, l.tax, l.net + l.tax AS total,
	CASE WHEN o.state = 'open' THEN l.net * o.probability * 0.01 END AS forecast_net,
	CASE WHEN o.state = 'won' THEN l.net END AS won_net,
	CASE WHEN o.state = 'lost' THEN l.net END AS lost_net,
	o.created_on, o.expected_close, o.closed_on, o.archived
FROM opportunity_line AS l
JOIN bi_opportunity AS o ON {o=l}o.id = l.opportunity_id
LEFT JOIN product AS p ON {p=l}p.id = l.product_id;

COMMENT ON VIEW bi_line IS 'One row a line of an opportunity: what was offered, won and lost by product. An opportunity without lines has none';
COMMENT ON COLUMN bi_line.id IS 'Number of the line';
COMMENT ON COLUMN bi_line.opportunity_id IS 'The opportunity that it is a line of: count distinct ones';
COMMENT ON COLUMN bi_line.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_line.pipeline_id IS 'The pipeline that the opportunity goes through';
COMMENT ON COLUMN bi_line.stage_id IS 'The stage that it is in';
COMMENT ON COLUMN bi_line.state IS 'open, won or lost';
COMMENT ON COLUMN bi_line.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN bi_line.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_line.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_line.product_id IS 'The product; empty: none of those on record';
COMMENT ON COLUMN bi_line.product IS 'Name of the product, else what the line says';
COMMENT ON COLUMN bi_line.category IS 'Group that the product belongs to';
COMMENT ON COLUMN bi_line.quantity IS 'How many';
COMMENT ON COLUMN bi_line.unit_price IS 'Price of one, before discount and tax';
COMMENT ON COLUMN bi_line.discount_percent IS 'Discount in percent';
COMMENT ON COLUMN bi_line.currency IS 'Currency of the amounts; empty: the one unnamed currency';
COMMENT ON COLUMN bi_line.net IS 'What the line is worth before tax';
COMMENT ON COLUMN bi_line.tax IS 'The tax on it';
COMMENT ON COLUMN bi_line.total IS 'Both together';
COMMENT ON COLUMN bi_line.forecast_net IS 'Worth before tax times probability while the opportunity is open: what to sum for a forecast';
COMMENT ON COLUMN bi_line.won_net IS 'Worth before tax where the opportunity was won';
COMMENT ON COLUMN bi_line.lost_net IS 'Worth before tax where the opportunity was lost';
COMMENT ON COLUMN bi_line.created_on IS 'The day on which the opportunity was entered, where your business is';
COMMENT ON COLUMN bi_line.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN bi_line.closed_on IS 'The day on which it was won or lost';
COMMENT ON COLUMN bi_line.archived IS 'Whether boards and lists leave the opportunity out';

-- What counts of a document is what is confirmed: invoices, and returns against them.
CREATE VIEW bi_document WITH (security_invoker = true) AS
SELECT {d.tenant}d.id, d.opportunity_id, o.title, o.pipeline_id, o.owner, d.kind, d.status, d.number, d.source_document_id,
	d.account_id, coalesce(d.account_name, a.name) AS account, d.currency, d.net, d.tax, d.total,
	d.factor * d.net AS signed_net, d.factor * d.tax AS signed_tax, d.factor * d.total AS signed_total,
	CASE WHEN d.factor = 1::numeric THEN d.open END AS open_amount, d.issued_on, d.due_on,
	CASE WHEN d.factor = 1::numeric AND d.due_on < opportunities.business_date(now()) AND d.open > 0.0
		THEN opportunities_internal.days_between(d.due_on, opportunities.business_date(now())) END AS days_overdue,
	d.created_at, d.created_by, d.confirmed_at, d.voided_at, o.archived, d.label, d.valid_until,
	coalesce(d.status = 'confirmed' AND d.valid_until < opportunities.business_date(now()), false) AS expired
FROM (SELECT {d.tenant}d.id, d.opportunity_id, d.kind, d.status, d.number, d.source_document_id, d.account_id, d.account_name, d.currency,
		d.net, d.tax, d.total, d.issued_on, d.due_on, d.created_at, d.created_by, d.confirmed_at, d.voided_at, d.label, d.valid_until,
		CASE WHEN d.status <> 'confirmed' THEN NULL WHEN d.kind = 'invoice' THEN 1::numeric
			WHEN d.kind = 'return' THEN -1::numeric END AS factor,
		d.total - coalesce((SELECT sum(r.total) FROM document AS r
				WHERE {r=d}r.source_document_id = d.id AND r.kind = 'return' AND r.status = 'confirmed'), 0.00)
			- coalesce((SELECT sum(CASE WHEN y.direction = 'in' THEN y.amount ELSE -y.amount END) FROM payment AS y
				WHERE {y=d}y.document_id = d.id), 0.00) AS open
	FROM document AS d) AS d
JOIN opportunity AS o ON {o=d}o.id = d.opportunity_id
LEFT JOIN account AS a ON {a=d}a.id = d.account_id;

COMMENT ON VIEW bi_document IS 'One row a quote, invoice or return. Sum signed amounts within one currency for what was invoiced';
COMMENT ON COLUMN bi_document.id IS 'Which document';
COMMENT ON COLUMN bi_document.opportunity_id IS 'The opportunity that it was issued for';
COMMENT ON COLUMN bi_document.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_document.pipeline_id IS 'The pipeline that the opportunity goes through';
COMMENT ON COLUMN bi_document.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_document.kind IS 'quote, invoice or return';
COMMENT ON COLUMN bi_document.status IS 'draft, confirmed or void';
COMMENT ON COLUMN bi_document.number IS 'Its number among those of its kind and series; empty: a draft';
COMMENT ON COLUMN bi_document.source_document_id IS 'The quote that it invoices, or the invoice that it takes back';
COMMENT ON COLUMN bi_document.account_id IS 'The person or organization that it is for';
COMMENT ON COLUMN bi_document.account IS 'Name of the person or organization, as the document has it';
COMMENT ON COLUMN bi_document.currency IS 'Currency of the amounts; empty: the one unnamed currency';
COMMENT ON COLUMN bi_document.net IS 'Worth before tax';
COMMENT ON COLUMN bi_document.tax IS 'The tax on it';
COMMENT ON COLUMN bi_document.total IS 'Both together';
COMMENT ON COLUMN bi_document.signed_net IS 'Worth before tax of a confirmed invoice, less than nothing of a confirmed return; empty: it counts for nothing';
COMMENT ON COLUMN bi_document.signed_tax IS 'The tax likewise';
COMMENT ON COLUMN bi_document.signed_total IS 'Both together likewise: what to sum for what was invoiced';
COMMENT ON COLUMN bi_document.open_amount IS 'What is still to be paid of a confirmed invoice: less its confirmed returns and the payments that name it';
COMMENT ON COLUMN bi_document.issued_on IS 'The day that it bears';
COMMENT ON COLUMN bi_document.due_on IS 'The day until which an invoice is to be paid';
COMMENT ON COLUMN bi_document.days_overdue IS 'Days since then, where something is still to be paid; empty: it is not overdue';
COMMENT ON COLUMN bi_document.created_at IS 'When it was drafted';
COMMENT ON COLUMN bi_document.created_by IS 'Who drafted it';
COMMENT ON COLUMN bi_document.confirmed_at IS 'When it was confirmed';
COMMENT ON COLUMN bi_document.voided_at IS 'When it was declared void';
COMMENT ON COLUMN bi_document.archived IS 'Whether boards and lists leave the opportunity out';
COMMENT ON COLUMN bi_document.label IS 'Its series and number, as they stand on the paper; empty: a draft';
COMMENT ON COLUMN bi_document.valid_until IS 'The last day on which a quote can be accepted; empty: any';
COMMENT ON COLUMN bi_document.expired IS 'Whether that day has passed, of a confirmed quote';

CREATE VIEW bi_payment WITH (security_invoker = true) AS
SELECT {y.tenant}y.id, y.opportunity_id, o.title, o.owner, o.account_id, a.name AS account,
	y.document_id, d.kind AS document_kind, d.number AS document_number, y.direction, y.currency, y.amount,
	CASE WHEN y.direction = 'in' THEN y.amount ELSE -y.amount END AS signed_amount,
	y.paid_on, y.method, y.reference, y.created_at, y.created_by, o.archived
FROM payment AS y
JOIN opportunity AS o ON {o=y}o.id = y.opportunity_id
LEFT JOIN account AS a ON {a=o}a.id = o.account_id
LEFT JOIN document AS d ON {d=y}d.id = y.document_id;

COMMENT ON VIEW bi_payment IS 'One row a payment. Sum signed amounts within one currency for what came in';
COMMENT ON COLUMN bi_payment.id IS 'Which payment';
COMMENT ON COLUMN bi_payment.opportunity_id IS 'The opportunity that it belongs to';
COMMENT ON COLUMN bi_payment.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_payment.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_payment.account_id IS 'The person or organization that the opportunity is with';
COMMENT ON COLUMN bi_payment.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_payment.document_id IS 'The document that it is for; empty: it names none';
COMMENT ON COLUMN bi_payment.document_kind IS 'quote, invoice or return';
COMMENT ON COLUMN bi_payment.document_number IS 'Number of the document among those of its kind';
COMMENT ON COLUMN bi_payment.direction IS 'in: it was received; out: it was made';
COMMENT ON COLUMN bi_payment.currency IS 'Currency of the amount; empty: the one unnamed currency';
COMMENT ON COLUMN bi_payment.amount IS 'How much';
COMMENT ON COLUMN bi_payment.signed_amount IS 'The same, less than nothing where it was made';
COMMENT ON COLUMN bi_payment.paid_on IS 'The day on which it was paid';
COMMENT ON COLUMN bi_payment.method IS 'How it was paid';
COMMENT ON COLUMN bi_payment.reference IS 'What the bank calls it';
COMMENT ON COLUMN bi_payment.created_at IS 'When it was entered';
COMMENT ON COLUMN bi_payment.created_by IS 'Who entered it';
COMMENT ON COLUMN bi_payment.archived IS 'Whether boards and lists leave the opportunity out';

CREATE VIEW bi_activity WITH (security_invoker = true) AS
SELECT {y.tenant}y.id, y.opportunity_id, o.title, o.owner, o.account_id, a.name AS account, y.kind, y.subject,
	y.assignee, u.name AS assignee_name, y.due_at, opportunities.business_date(y.due_at) AS due_on,
	y.done_at, opportunities.business_date(y.done_at) AS done_on, y.done_at IS NOT NULL AS done,
	coalesce(y.done_at IS NULL AND y.due_at < now(), false) AS overdue, y.created_at, y.created_by, o.archived
FROM activity AS y
JOIN opportunity AS o ON {o=y}o.id = y.opportunity_id
LEFT JOIN account AS a ON {a=o}a.id = o.account_id
LEFT JOIN app_user AS u ON {u=y}u.login = y.assignee;

COMMENT ON VIEW bi_activity IS 'One row a call, note, meeting, task or what else was done or is to be done';
COMMENT ON COLUMN bi_activity.id IS 'Number of the activity';
COMMENT ON COLUMN bi_activity.opportunity_id IS 'The opportunity that it is about';
COMMENT ON COLUMN bi_activity.title IS 'What the opportunity is called';
COMMENT ON COLUMN bi_activity.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN bi_activity.account_id IS 'The person or organization that the opportunity is with';
COMMENT ON COLUMN bi_activity.account IS 'Name of the person or organization';
COMMENT ON COLUMN bi_activity.kind IS 'call, note, form, meeting, email, task or a kind of your own';
COMMENT ON COLUMN bi_activity.subject IS 'What it is about';
COMMENT ON COLUMN bi_activity.assignee IS 'Who does it';
COMMENT ON COLUMN bi_activity.assignee_name IS 'Name of who does it; empty: not among the users on record';
COMMENT ON COLUMN bi_activity.due_at IS 'When it is to be done';
COMMENT ON COLUMN bi_activity.due_on IS 'The day on which it is to be done, where your business is';
COMMENT ON COLUMN bi_activity.done_at IS 'When it was done';
COMMENT ON COLUMN bi_activity.done_on IS 'The day on which it was done, where your business is';
COMMENT ON COLUMN bi_activity.done IS 'Whether it was done';
COMMENT ON COLUMN bi_activity.overdue IS 'Whether it should have been done by now';
COMMENT ON COLUMN bi_activity.created_at IS 'When it was entered';
COMMENT ON COLUMN bi_activity.created_by IS 'Who entered it';
COMMENT ON COLUMN bi_activity.archived IS 'Whether boards and lists leave the opportunity out';

-- (Constants have names, since a dump gives them some.)
-- A move says since when the stage was held and until when; what is held now stands in the opportunity itself. What is
-- kept of a deleted one is of that, not of another that has its number.
CREATE VIEW bi_stage_history WITH (security_invoker = true) AS
SELECT {h.tenant}h.opportunity_id, h.title, h.pipeline_id, p.name AS pipeline, h.stage_id, h.stage, h.stage_position,
	h.state, h.entered_at, h.left_at,
	CASE WHEN h.next_stage_id IS NOT NULL OR h.state = 'open'
		THEN opportunities_internal.elapsed_days(h.entered_at, coalesce(h.left_at, now())) END AS days,
	h.next_stage_id, n.name AS next_stage, n.kind AS next_state, h.moved_by,
	h.account_id, h.owner, h.currency, h.amount, h.archived, h.deleted_at
FROM (
	SELECT {c.tenant}c.opportunity_id, o.title, c.from_pipeline_id AS pipeline_id, c.from_stage_id AS stage_id, s.name AS stage,
		s.position AS stage_position, coalesce(s.kind, 'open') AS state, c.entered_at, c.left_at, c.to_stage_id AS next_stage_id,
		c.changed_by AS moved_by, o.account_id, o.owner, o.currency, o.amount, o.archived, c.deleted_at
	FROM stage_change AS c
	LEFT JOIN opportunity AS o ON {o=c}o.id = c.opportunity_id AND c.deleted_at IS NULL
	LEFT JOIN stage AS s ON {s=c}s.id = c.from_stage_id
	-- Of opportunities that are there only those that the reader may see: looked for where some may be hidden.
	WHERE NOT opportunities_internal.may_hide_rows('opportunity'::pg_catalog.regclass) OR c.deleted_at IS NOT NULL
		OR EXISTS (SELECT FROM opportunity AS v WHERE {v=c}v.id = c.opportunity_id)
	UNION ALL
	SELECT {tenant}id, title, pipeline_id, stage_id, stage, stage_position, state, greatest(stage_entered_at, closed_at),
		NULL AS left_at, NULL AS next_stage_id, NULL AS moved_by, account_id, owner, currency, amount, archived, NULL AS deleted_at
	FROM bi_opportunity
) AS h
LEFT JOIN pipeline AS p ON {p=h}p.id = h.pipeline_id
LEFT JOIN stage AS n ON {n=h}n.id = h.next_stage_id;

COMMENT ON VIEW bi_stage_history IS 'One row for each stay of an opportunity in a stage, the present one too: since when, until when, where to';
COMMENT ON COLUMN bi_stage_history.opportunity_id IS 'The opportunity';
COMMENT ON COLUMN bi_stage_history.title IS 'What it is called; empty: it was deleted';
COMMENT ON COLUMN bi_stage_history.pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN bi_stage_history.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN bi_stage_history.stage_id IS 'The stage that it was in; empty: none yet';
COMMENT ON COLUMN bi_stage_history.stage IS 'Name of the stage';
COMMENT ON COLUMN bi_stage_history.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN bi_stage_history.state IS 'What the stage means: open, won or lost';
COMMENT ON COLUMN bi_stage_history.entered_at IS 'When it came into the stage; empty: nobody knows';
COMMENT ON COLUMN bi_stage_history.left_at IS 'When it left, or was deleted; empty: it is still there';
COMMENT ON COLUMN bi_stage_history.days IS 'Days that it was there, up to now in an open stage where it still is; empty: it is closed, or nobody knows';
COMMENT ON COLUMN bi_stage_history.next_stage_id IS 'The stage that it went to; empty: it is still there, or was deleted';
COMMENT ON COLUMN bi_stage_history.next_stage IS 'Name of that stage';
COMMENT ON COLUMN bi_stage_history.next_state IS 'What that stage means: open, won or lost';
COMMENT ON COLUMN bi_stage_history.moved_by IS 'Who moved it there';
COMMENT ON COLUMN bi_stage_history.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN bi_stage_history.owner IS 'Who is responsible for it now';
COMMENT ON COLUMN bi_stage_history.currency IS 'Currency of the amount';
COMMENT ON COLUMN bi_stage_history.archived IS 'Whether boards and lists leave it out now; empty: it was deleted';
COMMENT ON COLUMN bi_stage_history.amount IS 'What it is worth now';
COMMENT ON COLUMN bi_stage_history.deleted_at IS 'When the opportunity was deleted; empty: it is there';

CREATE FUNCTION pipeline_on(day date)
RETURNS TABLE (opportunity_id bigint, title text, pipeline_id bigint, pipeline text, stage_id bigint, stage text,
	stage_position integer, stage_known boolean, state text, account_id bigint, owner text, currency text, amount numeric, archived boolean,
	probability numeric, expected_close date, closed_on date, known boolean, deleted_at timestamptz)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT w.id, w.title, w.pipeline_id, p.name, w.stage_id, s.name, s.position, w.stage_known,
		opportunities_internal.row_state(w.closed_on, s.kind), w.account_id, w.owner, w.currency, w.amount, w.archived,
		w.probability, w.expected_close, w.closed_on, w.known, w.deleted_at
	FROM opportunities_internal.opportunities_on('opportunity'::pg_catalog.regclass, day) AS w
	LEFT JOIN opportunities_internal.stage_names('pipeline'::pg_catalog.regclass) AS p ON p.id = w.pipeline_id
	LEFT JOIN opportunities_internal.stage_names('stage'::pg_catalog.regclass) AS s ON s.id = w.stage_id
	WHERE opportunities_internal.row_state_wanted(w.closed_on);
END;
COMMENT ON FUNCTION pipeline_on(date) IS
	'The opportunities that there were at the end of a day, each with its stage, owner, amounts and days of then, deleted ones too: what the history doesn''t tell is empty, and known is false where it tells nothing but, with stage_known, the stage. Who reads it needs no right on the history.';

CREATE FUNCTION pipeline_changes(first_day date, last_day date, by text[] DEFAULT NULL, filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL, scope jsonb DEFAULT NULL, search text DEFAULT NULL, include_archived boolean DEFAULT true,
	in_currency text DEFAULT NULL)
RETURNS TABLE (dimensions jsonb, change text, currency text, count bigint, amount numeric, converted numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.dimensions, c.change, c.currency, c.count, c.amount,
		CASE WHEN in_currency IS NOT NULL THEN opportunities.in_currency(c.amount, c.currency, in_currency,
			opportunities_internal.rates_day(last_day), 'opportunity'::pg_catalog.regclass) END
	FROM opportunities_internal.pipeline_changes('opportunity'::pg_catalog.regclass, first_day, last_day, by, filter, rules, scope, search,
		include_archived) AS c;
END;
COMMENT ON FUNCTION pipeline_changes(date, date, text[], text, jsonb, jsonb, text, boolean, text) IS
	'What came into the open pipeline and what left it, from the beginning of a day to the end of another, for each currency and group: begin, new, grown, shrunk, moved_in, moved_out, reopened, won, lost, closed, deleted, unlogged and end. What leaves is negative: begin and all changes together are end. converted: the amount in another currency, where one is asked for.';

CREATE FUNCTION funnel(first_day date DEFAULT '-infinity', last_day date DEFAULT 'infinity')
RETURNS TABLE (pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, entered bigint,
	went_on bigint, won bigint, lost bigint, conversion numeric, average_days numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT f.pipeline_id, f.pipeline, f.stage_id, f.stage, f.stage_position, f.entered, f.went_on, f.won, f.lost, f.conversion, f.average_days
	FROM opportunities_internal.funnel('bi_stage_history'::pg_catalog.regclass, first_day, last_day) AS f;
END;
COMMENT ON FUNCTION funnel(date, date) IS
	'How opportunities go through the open stages: of those that entered a stage within the days given, how many went on (reached a later stage, or were won), how many are won and lost by now, and the days they spent in the stage. conversion: went on / entered. Deleted ones count as they last were.';

-- Days with their names, for joins and filters by month, quarter or fiscal year. It has no tenant: days are everybody's.
CREATE TABLE calendar (
	date date,
	weekday integer NOT NULL,
	weekday_name text NOT NULL,
	weekday_name_fa text NOT NULL,
	week integer NOT NULL,
	week_year integer NOT NULL,
	week_start date NOT NULL,
	year integer NOT NULL,
	quarter integer NOT NULL,
	month integer NOT NULL,
	day integer NOT NULL,
	month_name text NOT NULL,
	month_name_fa text NOT NULL,
	month_label text NOT NULL,
	month_key integer NOT NULL,
	persian_year integer NOT NULL,
	persian_quarter integer NOT NULL,
	persian_month integer NOT NULL,
	persian_day integer NOT NULL,
	persian_month_name text NOT NULL,
	persian_month_name_fa text NOT NULL,
	persian_month_label text NOT NULL,
	persian_month_key integer NOT NULL,
	fiscal_year integer NOT NULL,
	fiscal_quarter integer NOT NULL,
	fiscal_year_label text NOT NULL,
	fiscal_quarter_label text NOT NULL,
	CONSTRAINT calendar_pkey PRIMARY KEY (date)
);

COMMENT ON TABLE calendar IS 'Days with their months, quarters and years, Gregorian, Persian and fiscal';
COMMENT ON COLUMN calendar.date IS 'The day';
COMMENT ON COLUMN calendar.weekday IS 'Day of the week: 1 is Monday, 7 is Sunday';
COMMENT ON COLUMN calendar.weekday_name IS 'Day of the week in English';
COMMENT ON COLUMN calendar.weekday_name_fa IS 'Day of the week in Persian';
COMMENT ON COLUMN calendar.week IS 'Week of the year, as ISO 8601 counts them';
COMMENT ON COLUMN calendar.week_year IS 'Year that the week belongs to, as ISO 8601 counts them: group by both';
COMMENT ON COLUMN calendar.week_start IS 'First day of the week, which begins as your business''s do';
COMMENT ON COLUMN calendar.year IS 'Year';
COMMENT ON COLUMN calendar.quarter IS 'Quarter of the year, 1 to 4';
COMMENT ON COLUMN calendar.month IS 'Month of the year, 1 to 12';
COMMENT ON COLUMN calendar.day IS 'Day of the month';
COMMENT ON COLUMN calendar.month_name IS 'Name of the month in English';
COMMENT ON COLUMN calendar.month_name_fa IS 'Name of the month in Persian';
COMMENT ON COLUMN calendar.month_label IS 'Month and year';
COMMENT ON COLUMN calendar.month_key IS 'Year and month as one number: 202603. Months sort by it';
COMMENT ON COLUMN calendar.persian_year IS 'Persian year';
COMMENT ON COLUMN calendar.persian_quarter IS 'Quarter of the Persian year, 1 to 4';
COMMENT ON COLUMN calendar.persian_month IS 'Month of the Persian year, 1 to 12';
COMMENT ON COLUMN calendar.persian_day IS 'Day of the Persian month';
COMMENT ON COLUMN calendar.persian_month_name IS 'Name of the Persian month in Latin letters';
COMMENT ON COLUMN calendar.persian_month_name_fa IS 'Name of the Persian month';
COMMENT ON COLUMN calendar.persian_month_label IS 'Persian month and year';
COMMENT ON COLUMN calendar.persian_month_key IS 'Persian year and month as one number: 140501. Months sort by it';
COMMENT ON COLUMN calendar.fiscal_year IS 'Fiscal year: the number of the year that it begins in, or ends in where it was filled so';
COMMENT ON COLUMN calendar.fiscal_quarter IS 'Quarter of the fiscal year, 1 to 4';
COMMENT ON COLUMN calendar.fiscal_year_label IS 'The fiscal year as people write it: FY2026';
COMMENT ON COLUMN calendar.fiscal_quarter_label IS 'The quarter and its fiscal year: FY2026 Q1';

-- By name: where an upgrade has put a column back it is the last one.
INSERT INTO calendar (date, weekday, weekday_name, weekday_name_fa, week, week_year, week_start, year,
	quarter, month, day, month_name, month_name_fa, month_label, month_key, persian_year,
	persian_quarter, persian_month, persian_day, persian_month_name, persian_month_name_fa, persian_month_label,
	persian_month_key, fiscal_year, fiscal_quarter, fiscal_year_label, fiscal_quarter_label)
SELECT * FROM opportunities_internal.calendar_days('2010-01-01', '2039-12-31');
