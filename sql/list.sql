CREATE FUNCTION opportunities.list(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	fields text[] DEFAULT NULL,
	sort text[] DEFAULT NULL,
	size integer DEFAULT 50,
	after jsonb DEFAULT NULL,
	before jsonb DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS jsonb
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'list_0_2';
COMMENT ON FUNCTION opportunities.list(regclass, text, jsonb, jsonb, text, boolean, text[], text[], integer, jsonb, jsonb, boolean, text, text[], text) IS
	'A page of a list: {"rows": [...], "first": ordinal of the first row, "totals": of all rows, "next": cursor or null, "previous": cursor or null}, and, where measures are asked for, "measures": of all rows; likewise "converted", where a currency is.
relation: a table or view with the column id, default opportunity on the search_path. filter, rules, scope, search: as in board. include_archived: rows whose flag archived is set too. fields: what a row shows, beside id. sort: fields, -field for descending, nulls last both ways; default the newest first, by id or, where ids aren''t numbers, created_at. size: how many rows, 1 to 1000. after: the cursor next, for the page that follows. before: the cursor previous, for the page before. with_totals: false where the totals are known already. view: the name of a saved view, one''s own before a shared one, whose columns, sort and filter count where the call gives none; without fields a default view''s. measures, in_currency: as of report.
Errors: 42P01 unknown_relation; 42703 column_missing, unknown_field; 42804 column_type; 22023 unknown_view, unknown_filter and the codes of filters, invalid_scope, value_unreadable, size_out_of_range, invalid_cursor, after_and_before, unknown_measure, unknown_currency; 22004 null_element, argument_missing; P0002 rate_missing; 54000 search_too_long, too_many_fields; 42883 not_comparable.';

CREATE FUNCTION opportunities.list_sql(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	fields text[] DEFAULT NULL,
	sort text[] DEFAULT NULL,
	"view" text DEFAULT NULL,
	labels boolean DEFAULT false)
RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'list_sql';
COMMENT ON FUNCTION opportunities.list_sql(regclass, text, jsonb, jsonb, text, boolean, text[], text[], text, boolean) IS
	'All rows of a list as the text of a query, without a semicolon: for COPY (query) TO, cursors and BI tools. Its columns have the types of the fields and are named as these are written; id is the first.
The arguments are those of list. sort: default none, so that nothing is sorted. labels: for people: columns are named as list calls the fields, and values as people call them, as label(field) does.
Errors: those of list, and 42622 name_too_long.';
