CREATE FUNCTION opportunities.upgrade_crm(schema name DEFAULT 'crm')
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'upgrade_crm';
COMMENT ON FUNCTION opportunities.upgrade_crm(name) IS
	'Brings what create_crm made in a schema, by an earlier version or with something missing since, to this version: tables, columns, defaults, constraints, indexes, triggers, policies, views, functions and comments. What you added, changed to your needs or switched off of history stays. A row for each thing that was put right; none: nothing was to be done. All in one transaction, with every table of the CRM locked where there is something to do. Only the owner of the tables may.
Errors: 3F000 unknown_schema; 22004 argument_missing; 42P01 crm_missing; 42501 not_owner; 55000 crm_not_upgradable, crm_later, in_extension_script.';

CREATE FUNCTION opportunities.crm_version(schema name DEFAULT 'crm')
	RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'crm_version';
COMMENT ON FUNCTION opportunities.crm_version(name) IS
	'The version of the extension that made or last upgraded what a schema holds; NULL: nobody knows, or one before the first release. Errors: 3F000 unknown_schema; 22004 argument_missing.';

-- What upgrade_crm can't tell from the definition of the tables: where columns that an earlier version didn't have get their
-- values from, and which column's place they took. A step is for a table that was made before the version, any where none is given, has old_column,
-- which goes afterwards, where one is named, and lacks new_column, or any where none is named. %1$s stands for the schema,
-- %2$s for the columns that are added, each set to that of a row d; marks are those of the definition.
CREATE FUNCTION opportunities_internal.crm_steps()
	RETURNS TABLE (version text, relation text, old_column text, new_column text, sql text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	-- A move said how long the stage had been held. In UTC every day has 24 hours.
	('0.1.0', 'stage_change', 'stayed', 'left_at', $step$
UPDATE %1$s.stage_change SET left_at = changed_at, entered_at = (changed_at AT TIME ZONE 'UTC'
	OPERATOR(pg_catalog.-) stayed) AT TIME ZONE 'UTC';
ALTER TABLE %1$s.stage_change ALTER COLUMN to_stage_id DROP NOT NULL;
$step$),
	-- The log tells when an opportunity was deleted; else it was after its last move.
	('0.1.0', 'stage_change', NULL, 'deleted_at', $step$
UPDATE %1$s.stage_change AS c SET deleted_at = d.deleted_at
FROM (SELECT {m.tenant}m.opportunity_id, COALESCE((SELECT pg_catalog.max(l.changed_at) FROM %1$s.change_log AS l
		WHERE {l=m}l.table_name OPERATOR(pg_catalog.=) 'opportunity' AND l.action OPERATOR(pg_catalog.=) 'delete'
			AND l.row_id OPERATOR(pg_catalog.=) m.opportunity_id::pg_catalog.text), pg_catalog.max(m.changed_at)) AS deleted_at
	FROM %1$s.stage_change AS m GROUP BY {m.tenant}m.opportunity_id) AS d
WHERE {c=d}c.opportunity_id OPERATOR(pg_catalog.=) d.opportunity_id
	AND NOT EXISTS (SELECT FROM %1$s.opportunity AS o WHERE {o=c}o.id OPERATOR(pg_catalog.=) c.opportunity_id);
$step$),
	-- A document is for whom its opportunity is with now, as far as anybody knows.
	('0.1.0', 'document', NULL, 'account_id', $step$
UPDATE %1$s.document AS d SET account_id = o.account_id
FROM %1$s.opportunity AS o WHERE {o=d}o.id OPERATOR(pg_catalog.=) d.opportunity_id;
$step$),
	('0.1.0', 'document', NULL, 'account_name', $step$
UPDATE %1$s.document AS d SET account_name = a.name
FROM %1$s.account AS a WHERE {a=d}a.id OPERATOR(pg_catalog.=) d.account_id;
$step$),
	-- What is there is in the series without a name.
	('0.2.0', 'document', NULL, 'series', $step$
UPDATE %1$s.document SET series = '';
$step$),
	('0.2.0', 'document_counter', NULL, 'pattern', $step$
UPDATE %1$s.document_counter SET pattern = '';
$step$),
	-- A pattern that is given afterwards counts fiscal years as whoever upgrades does, unless it says how.
	('0.2.0', 'document_counter', NULL, 'calendar', $step$
UPDATE %1$s.document_counter SET calendar = opportunities_internal.default_calendar(),
	fiscal_year_start = opportunities_internal.default_fiscal_year_start();
$step$),
	-- Days are computed; fiscal years have the numbers that they have.
	(NULL, 'calendar', NULL, NULL, $step$
UPDATE %1$s.calendar AS c SET %2$s
FROM (SELECT pg_catalog.min(date) AS first, pg_catalog.max(date) AS last FROM %1$s.calendar) AS r,
	LATERAL (SELECT COALESCE(pg_catalog.bool_or(k.fiscal_year OPERATOR(pg_catalog.<>) f.fiscal_year), false) AS by_end
		FROM %1$s.calendar AS k JOIN opportunities_internal.calendar_days(r.first, r.last) AS f
		ON f.date OPERATOR(pg_catalog.=) k.date) AS e,
	LATERAL opportunities_internal.calendar_days(r.first, r.last, e.by_end) AS d
WHERE d.date OPERATOR(pg_catalog.=) c.date;
$step$)
$function$;
COMMENT ON FUNCTION opportunities_internal.crm_steps() IS
	'What upgrade_crm fills the columns from that earlier versions of a CRM lack.';

-- What each version brought, and columns of what there was: in a CRM of an earlier one such a name is its owner's own.
CREATE FUNCTION opportunities_internal.crm_additions()
	RETURNS TABLE (version text, kind text, object text, column_name text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('0.2.0', 'table', 'pipeline', 'needs_won_and_lost'),
	('0.2.0', 'table', 'stage', 'required_fields'),
	('0.2.0', 'table', 'stage', 'forecast_category'),
	('0.2.0', 'table', 'opportunity', 'forecast_override'),
	('0.2.0', 'table', 'document', 'series'),
	('0.2.0', 'table', 'document', 'label'),
	('0.2.0', 'table', 'document', 'discount_percent'),
	('0.2.0', 'table', 'document', 'discount_amount'),
	('0.2.0', 'table', 'document', 'valid_until'),
	('0.2.0', 'table', 'document_line', 'document_discount'),
	('0.2.0', 'table', 'document_counter', 'pattern'),
	('0.2.0', 'table', 'document_counter', 'calendar'),
	('0.2.0', 'table', 'document_counter', 'fiscal_year_start'),
	('0.2.0', 'table', 'stage_transition', NULL),
	('0.2.0', 'table', 'currency', NULL),
	('0.2.0', 'table', 'exchange_rate', NULL),
	('0.2.0', 'table', 'target', NULL),
	('0.2.0', 'function', 'attainment', NULL),
	('0.2.0', 'function', 'pipeline_changes', NULL)
$function$;
COMMENT ON FUNCTION opportunities_internal.crm_additions() IS
	'The tables and functions of a CRM, and columns of tables, by the version that brought them.';

-- What was once the comment of an object of a CRM, or the columns that a trigger zz_log left out: replaced by what it is now,
-- unlike what its owner made it.
CREATE FUNCTION opportunities_internal.crm_earlier_texts()
	RETURNS SETOF text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
VALUES
	('net, tax, total'),
	('version, updated_at, updated_by, stage_entered_at, stage_entered_by, last_activity_at'),
	('Fiscal year: the number of the year that it begins in'),
	('In a return, the line of the invoice that is returned'),
	('Its number among those of its kind; empty: a draft'),
	('Number among the documents of its kind, without gaps, taken on confirmation'),
	('The number of the first document of the kind'),
	('What the line is worth before tax, rounded to the digits of the currency'),
	('What it is'),
	('Every move of an opportunity from one stage to another'),
	('The stage that it entered'),
	('When it was moved'),
	('Whether the pipeline is in use'),
	('Whether its columns are shown where none are asked for: to its owner, or if shared to everybody'),
	('open, won or lost'),
	('Days from the one to the other; empty while it is open'),
	('Days since it came into its stage'),
	('What it is called'),
	('When it left; empty: it is still there'),
	('Days that it was there, up to now where it still is'),
	('The stage that it went to'),
	('The opportunities that there were at the end of a day, each in the stage that it was in then. Amounts, owners and accounts are those of today; deleted opportunities are not there.'),
	('The opportunities that there were at the end of a day, each in the stage that it was in then; without stage_known it was open, in a stage that nobody knows. Titles, amounts, owners, accounts and whether it is archived are those of today, empty where the opportunity was deleted since.'),
	('How opportunities go through the open stages: of those that entered a stage within the days given, how many went on (reached a later stage, or were won), how many are won and lost by now, and the days they spent in the stage. conversion: went on / entered.')
$function$;
COMMENT ON FUNCTION opportunities_internal.crm_earlier_texts() IS
	'Comments, and arguments of zz_log, that earlier versions of create_crm gave, which upgrade_crm replaces.';
