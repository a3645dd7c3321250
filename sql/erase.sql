CREATE FUNCTION opportunities.erase_account(account_id bigint, also text[] DEFAULT NULL,
	everywhere boolean DEFAULT false, schema name DEFAULT 'crm')
	RETURNS TABLE (action text, object text, row_id text, fields text[], note text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'erase_account';
COMMENT ON FUNCTION opportunities.erase_account(bigint, text[], boolean, name) IS
	'Erases a person or organization: name and fields of the account, titles, texts and custom fields of its opportunities, their lines, activities, payments and documents, and what the history has of any of them. What accounts are made of stays: numbers, days, amounts, stages. A row for each that was erased, for each document that stays (kept), for each text elsewhere in the schema that has the name, or one of also (mentioned; replaced, where it is to be taken out everywhere), and for each table of your own that refers to these (elsewhere). Only the owner of the tables may. Nobody else writes to them until the transaction ends.
Errors: 22004 argument_missing, null_element; 23503 account_missing; 3F000 unknown_schema; 42501 not_owner, rows_hidden; 54000 too_many_elements; 55000 crm_damaged, tenant_unset.';

CREATE FUNCTION opportunities.erase_user(login text, also text[] DEFAULT NULL,
	everywhere boolean DEFAULT false, schema name DEFAULT 'crm')
	RETURNS TABLE (action text, object text, row_id text, fields text[], note text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'erase_user';
COMMENT ON FUNCTION opportunities.erase_user(text, text[], boolean, name) IS
	'Erases a user of the application: wherever rows and history have the login they get one that tells nothing, the same everywhere; name, address and fields in app_user go, and the filters and views that were the user''s alone. The answer is as that of erase_account.
Errors: 22004 argument_missing, null_element; 3F000 unknown_schema; 42501 not_owner, rows_hidden; 54000 too_many_elements; 55000 crm_damaged, tenant_unset.';

CREATE FUNCTION opportunities_internal.mentions(value text, names text[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mentions';
COMMENT ON FUNCTION opportunities_internal.mentions(text, text[]) IS
	'Whether a text has one of some names in it, as text search compares them.';

CREATE FUNCTION opportunities_internal.without_names(value jsonb, pattern text) RETURNS jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'without_names';
COMMENT ON FUNCTION opportunities_internal.without_names(jsonb, text) IS
	'A JSON value with "Erased" in its strings for what a regular expression finds.';

CREATE FUNCTION opportunities_internal.with_login(value jsonb, field text, users text[], login text, becomes text)
	RETURNS jsonb
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'with_login';
COMMENT ON FUNCTION opportunities_internal.with_login(jsonb, text, text[], text, text) IS
	'What a field of the history is, or a row of it (field is NULL), with another login where a column or a rule of a filter has one.';

-- What is erased of whom. A row r of relation is of the subject, whose key is $1, where the condition holds. Of its columns those
-- that are kept stay, and those that are watched, unless they have a name, $2; the others are emptied, or become what is said
-- where they can't be empty. Columns of users hold a login, which becomes $3. Marks are those of the definition, %1$s the schema.
CREATE FUNCTION opportunities_internal.erasures()
	RETURNS TABLE (subject text, relation text, condition text, becomes text, kept text[], watched text[], users text[])
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('account', 'account', 'r.id OPERATOR(pg_catalog.=) $1', 'pg_catalog.concat(''Erased '', r.id)',
		'{id,kind}'::pg_catalog.text[], '{}'::pg_catalog.text[], '{}'::pg_catalog.text[]),
	('account', 'opportunity', 'r.account_id OPERATOR(pg_catalog.=) $1', 'pg_catalog.concat(''Erased '', r.id)',
		'{id,account_id,pipeline_id,stage_id,owner,currency,amount,amount_mode,probability,probability_mode,estimated_amount,realized_amount,expected_close,forecast_override,closed_at,closed_on,position,archived,version,created_at,created_by,updated_at,updated_by,stage_entered_at,stage_entered_by,last_activity_at}',
		'{type,source,campaign,buying_process,close_reason}', '{}'),
	('account', 'opportunity_line', 'EXISTS (SELECT FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id AND o.account_id OPERATOR(pg_catalog.=) $1)', '''Erased''',
		'{id,opportunity_id,product_id,position,quantity,unit_price,discount_percent,tax_percent,net,tax}', '{}', '{}'),
	('account', 'activity', 'EXISTS (SELECT FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id AND o.account_id OPERATOR(pg_catalog.=) $1)', '''Erased''',
		'{id,opportunity_id,due_at,done_at,assignee,created_at,created_by,updated_at,updated_by}', '{kind}', '{}'),
	('account', 'document', 'COALESCE(r.account_id, (SELECT o.account_id FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id)) OPERATOR(pg_catalog.=) $1', '''Erased''',
		'{id,opportunity_id,account_id,kind,status,number,source_document_id,currency,net,tax,total,issued_on,due_on,created_at,created_by,confirmed_at,confirmed_by,voided_at,voided_by,series,label,discount_percent,discount_amount,valid_until}', '{}', '{}'),
	('account', 'document_line', 'EXISTS (SELECT FROM %1$s.document AS d WHERE {d=r}d.id OPERATOR(pg_catalog.=) r.document_id AND COALESCE(d.account_id, (SELECT o.account_id FROM %1$s.opportunity AS o WHERE {o=d}o.id OPERATOR(pg_catalog.=) d.opportunity_id)) OPERATOR(pg_catalog.=) $1)', '''Erased''',
		'{id,document_id,source_line_id,product_id,position,quantity,unit_price,discount_percent,tax_percent,net,tax,document_discount}', '{}', '{}'),
	('account', 'payment', 'COALESCE((SELECT d.account_id FROM %1$s.document AS d WHERE {d=r}d.id OPERATOR(pg_catalog.=) r.document_id), (SELECT o.account_id FROM %1$s.opportunity AS o WHERE {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id)) OPERATOR(pg_catalog.=) $1', '''Erased''',
		'{id,opportunity_id,document_id,direction,amount,currency,paid_on,created_at,created_by}', '{method}', '{}'),
	('user', 'app_user', 'r.login OPERATOR(pg_catalog.=) $1', '$3', '{manager,team,active}', '{}', '{login,manager}'),
	('user', 'opportunity', NULL, NULL, '{}', '{}', '{owner,created_by,updated_by,stage_entered_by}'),
	('user', 'activity', NULL, NULL, '{}', '{}', '{assignee,created_by,updated_by}'),
	('user', 'document', NULL, NULL, '{}', '{}', '{created_by,confirmed_by,voided_by}'),
	('user', 'payment', NULL, NULL, '{}', '{}', '{created_by}'),
	('user', 'target', NULL, NULL, '{}', '{}', '{owner,team}'),
	('user', 'stage_change', NULL, NULL, '{}', '{}', '{changed_by}'),
	('user', 'saved_filter', NULL, NULL, '{}', '{}', '{owner}'),
	('user', 'saved_view', NULL, NULL, '{}', '{}', '{owner}'),
	('user', 'change_log', NULL, NULL, '{}', '{}', '{changed_by}')
$function$;
COMMENT ON FUNCTION opportunities_internal.erasures() IS
	'What erase_account and erase_user empty, and what they keep.';

-- Statements beside them. names: how the subject is and was called, beside $2. missing: nobody is. before and after: what goes
-- before columns are emptied, and of the history afterwards, of rows that are gone, too: until then, since ids are used again.
CREATE FUNCTION opportunities_internal.erasure_steps()
	RETURNS TABLE (subject text, step text, relation text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('account', 'names', NULL, $step$
SELECT n FROM (
	SELECT a.name FROM %1$s.account AS a WHERE {a=}a.id OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT d.account_name FROM %1$s.document AS d WHERE {d=}d.account_id OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT v OPERATOR(pg_catalog.#>>) '{}' FROM %1$s.change_log AS l, pg_catalog.unnest(ARRAY[l.old, l.new]) AS v
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'account' AND l.row_id OPERATOR(pg_catalog.=) $1::pg_catalog.text
			AND l.field OPERATOR(pg_catalog.=) 'name'
	UNION ALL SELECT l.old OPERATOR(pg_catalog.->>) 'name' FROM %1$s.change_log AS l
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'account' AND l.row_id OPERATOR(pg_catalog.=) $1::pg_catalog.text AND l.field IS NULL
	UNION ALL SELECT pg_catalog.unnest($2)
) AS s (n) WHERE n OPERATOR(pg_catalog.<>) pg_catalog.concat('Erased ', $1)
$step$),
	('account', 'missing', NULL, $step$
SELECT WHERE NOT EXISTS (SELECT FROM %1$s.account AS a WHERE {a=}a.id OPERATOR(pg_catalog.=) $1)
	AND NOT EXISTS (SELECT FROM %1$s.change_log AS l WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'account'
		AND l.row_id OPERATOR(pg_catalog.=) $1::pg_catalog.text)
$step$),
	('account', 'after', 'change_log', $step$
WITH opportunities (row_id, until) AS (
	SELECT r.id::pg_catalog.text, 'infinity'::pg_catalog.timestamptz FROM %1$s.opportunity AS r
	WHERE {r=}r.account_id OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT l.row_id, l.changed_at FROM %1$s.change_log AS l
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'opportunity' AND l.action OPERATOR(pg_catalog.=) 'delete'
		AND l.old OPERATOR(pg_catalog.->>) 'account_id' OPERATOR(pg_catalog.=) $1::pg_catalog.text
), documents (row_id, until) AS (
	SELECT r.id::pg_catalog.text, 'infinity'::pg_catalog.timestamptz FROM %1$s.document AS r LEFT JOIN %1$s.opportunity AS o ON {o=r}o.id OPERATOR(pg_catalog.=) r.opportunity_id
	WHERE {r=}COALESCE(r.account_id, o.account_id) OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT l.row_id, l.changed_at FROM %1$s.change_log AS l
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'document' AND l.action OPERATOR(pg_catalog.=) 'delete'
		AND CASE WHEN l.old OPERATOR(pg_catalog.->>) 'account_id' IS NULL
			THEN l.old OPERATOR(pg_catalog.->>) 'opportunity_id' OPERATOR(pg_catalog.=) ANY (SELECT o.row_id FROM opportunities AS o)
			ELSE l.old OPERATOR(pg_catalog.->>) 'account_id' OPERATOR(pg_catalog.=) $1::pg_catalog.text END
), erased (table_name, row_id, until) AS (
	SELECT 'account', $1::pg_catalog.text, 'infinity'::pg_catalog.timestamptz
	UNION ALL SELECT 'opportunity', o.row_id, o.until FROM opportunities AS o
	UNION ALL SELECT 'document', d.row_id, d.until FROM documents AS d
	UNION ALL SELECT 'opportunity_line', r.id::pg_catalog.text, 'infinity' FROM %1$s.opportunity_line AS r JOIN opportunities AS o ON r.opportunity_id::pg_catalog.text OPERATOR(pg_catalog.=) o.row_id
	UNION ALL SELECT 'activity', r.id::pg_catalog.text, 'infinity' FROM %1$s.activity AS r JOIN opportunities AS o ON r.opportunity_id::pg_catalog.text OPERATOR(pg_catalog.=) o.row_id
	UNION ALL SELECT 'payment', r.id::pg_catalog.text, 'infinity' FROM %1$s.payment AS r JOIN opportunities AS o ON r.opportunity_id::pg_catalog.text OPERATOR(pg_catalog.=) o.row_id
	UNION ALL SELECT 'document_line', r.id::pg_catalog.text, 'infinity' FROM %1$s.document_line AS r JOIN documents AS d ON r.document_id::pg_catalog.text OPERATOR(pg_catalog.=) d.row_id
	UNION ALL SELECT l.table_name, l.row_id, l.changed_at FROM %1$s.change_log AS l JOIN opportunities AS o
		ON l.old OPERATOR(pg_catalog.->>) 'opportunity_id' OPERATOR(pg_catalog.=) o.row_id AND l.changed_at OPERATOR(pg_catalog.<=) o.until
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) ANY ('{opportunity_line,activity,payment}') AND l.action OPERATOR(pg_catalog.=) 'delete'
	UNION ALL SELECT l.table_name, l.row_id, l.changed_at FROM %1$s.change_log AS l JOIN documents AS d
		ON l.old OPERATOR(pg_catalog.->>) 'document_id' OPERATOR(pg_catalog.=) d.row_id AND l.changed_at OPERATOR(pg_catalog.<=) d.until
	WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'document_line' AND l.action OPERATOR(pg_catalog.=) 'delete'
)
UPDATE %1$s.change_log AS l
SET old = CASE WHEN l.field IS NULL THEN (SELECT pg_catalog.jsonb_object_agg(v.key, v.value) FROM pg_catalog.jsonb_each(l.old) AS v
		WHERE v.key OPERATOR(pg_catalog.=) ANY (c.kept) OR v.key OPERATOR(pg_catalog.=) ANY (c.watched) AND NOT opportunities_internal.mentions(v.value::pg_catalog.text, $2)) END,
	new = NULL
FROM erased AS e JOIN opportunities_internal.erasures() AS c ON c.subject OPERATOR(pg_catalog.=) 'account' AND c.relation OPERATOR(pg_catalog.=) e.table_name
WHERE {l=}l.table_name OPERATOR(pg_catalog.=) e.table_name AND l.row_id OPERATOR(pg_catalog.=) e.row_id AND l.changed_at OPERATOR(pg_catalog.<=) e.until
	AND CASE WHEN l.field IS NULL
		THEN EXISTS (SELECT FROM pg_catalog.jsonb_each(l.old) AS v WHERE v.key OPERATOR(pg_catalog.<>) ALL (c.kept)
			AND (v.key OPERATOR(pg_catalog.<>) ALL (c.watched) OR opportunities_internal.mentions(v.value::pg_catalog.text, $2)))
		WHEN l.field OPERATOR(pg_catalog.=) ANY (c.watched)
		THEN opportunities_internal.mentions(pg_catalog.concat(l.old, l.new), $2)
		ELSE l.field OPERATOR(pg_catalog.<>) ALL (c.kept) AND (l.old IS NOT NULL OR l.new IS NOT NULL) END
$step$),
	('user', 'names', NULL, $step$
SELECT n FROM (
	SELECT $1 UNION ALL SELECT u.name FROM %1$s.app_user AS u WHERE {u=}u.login OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT u.email FROM %1$s.app_user AS u WHERE {u=}u.login OPERATOR(pg_catalog.=) $1
	UNION ALL SELECT v OPERATOR(pg_catalog.#>>) '{}' FROM %1$s.change_log AS l, pg_catalog.unnest(ARRAY[l.old, l.new]) AS v
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1
			AND l.field OPERATOR(pg_catalog.=) ANY ('{name,email}')
	UNION ALL SELECT l.old OPERATOR(pg_catalog.->>) f FROM %1$s.change_log AS l, pg_catalog.unnest('{name,email}'::pg_catalog.text[]) AS f
		WHERE {l=}l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1 AND l.field IS NULL
	UNION ALL SELECT pg_catalog.unnest($2)
) AS s (n) WHERE n IS NOT NULL
$step$),
	('user', 'before', NULL, $step$
UPDATE %1$s.app_user AS r SET active = false WHERE {r=}r.login OPERATOR(pg_catalog.=) $1 AND r.active
$step$),
	('user', 'before', 'saved_filter', $step$
DELETE FROM %1$s.saved_filter AS r WHERE {r=}r.owner OPERATOR(pg_catalog.=) $1 AND NOT r.shared
$step$),
	('user', 'before', 'saved_view', $step$
DELETE FROM %1$s.saved_view AS r WHERE {r=}r.owner OPERATOR(pg_catalog.=) $1 AND NOT r.shared
$step$),
	('user', 'before', 'saved_filter', $step$
UPDATE %1$s.saved_filter AS r SET definition = opportunities_internal.with_login(r.definition, 'definition', c.users, $1, $3)
FROM (SELECT pg_catalog.array_agg(u) FROM opportunities_internal.erasures() AS e, pg_catalog.unnest(e.users) AS u) AS c (users)
WHERE {r=}opportunities_internal.with_login(r.definition, 'definition', c.users, $1, $3) OPERATOR(pg_catalog.<>) r.definition
$step$),
	('user', 'after', 'change_log', $step$
UPDATE %1$s.change_log AS l
SET old = CASE WHEN l.field IS NULL THEN (SELECT pg_catalog.jsonb_object_agg(v.key, v.value) FROM pg_catalog.jsonb_each(l.old) AS v
		WHERE v.key OPERATOR(pg_catalog.=) ANY ('{manager,team,active,shared}')) END,
	new = NULL, row_id = CASE WHEN l.table_name OPERATOR(pg_catalog.=) 'app_user' THEN $3 ELSE l.row_id END
WHERE {l=}CASE WHEN l.table_name OPERATOR(pg_catalog.=) 'app_user' THEN l.row_id OPERATOR(pg_catalog.=) $1
		AND (l.field IS NULL OR l.field OPERATOR(pg_catalog.<>) ALL ('{manager,team,active}'))
	WHEN l.table_name OPERATOR(pg_catalog.=) ANY ('{saved_filter,saved_view}')
	THEN l.old OPERATOR(pg_catalog.->>) 'owner' OPERATOR(pg_catalog.=) $1 AND l.old OPERATOR(pg_catalog.->>) 'shared' OPERATOR(pg_catalog.=) 'false' END
$step$),
	('user', 'after', 'change_log', $step$
UPDATE %1$s.change_log AS l
SET old = opportunities_internal.with_login(l.old, l.field, c.users, $1, $3), new = opportunities_internal.with_login(l.new, l.field, c.users, $1, $3),
	row_id = CASE WHEN l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1 THEN $3 ELSE l.row_id END
FROM (SELECT pg_catalog.array_agg(u) FROM opportunities_internal.erasures() AS e, pg_catalog.unnest(e.users) AS u) AS c (users)
WHERE {l=}(l.table_name OPERATOR(pg_catalog.=) 'app_user' AND l.row_id OPERATOR(pg_catalog.=) $1
	OR pg_catalog.strpos(pg_catalog.concat(l.old, l.new), pg_catalog.to_jsonb($1)::pg_catalog.text) OPERATOR(pg_catalog.>) 0
	AND (opportunities_internal.with_login(l.old, l.field, c.users, $1, $3) OPERATOR(pg_catalog.<>) l.old
		OR opportunities_internal.with_login(l.new, l.field, c.users, $1, $3) OPERATOR(pg_catalog.<>) l.new))
$step$)
$function$;
COMMENT ON FUNCTION opportunities_internal.erasure_steps() IS
	'The statements of erase_account and erase_user beside those that empty columns.';
