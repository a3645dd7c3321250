CREATE FUNCTION opportunities.board(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	cards integer DEFAULT 20,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS TABLE (
	pipeline_id text,
	lane text,
	lane_label text,
	stage_id text,
	stage text,
	kind text,
	"position" integer,
	count bigint,
	final_total numeric,
	estimated_total numeric,
	realized_total numeric,
	currency text,
	by_currency jsonb,
	cards jsonb,
	next jsonb,
	own_order boolean,
	measures jsonb,
	converted jsonb)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 20 COST 10000 AS 'MODULE_PATHNAME', 'board_0_2';
COMMENT ON FUNCTION opportunities.board(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text, text[], text) IS
	'A kanban board: a row for each column (stage) of each lane, with the count and totals of all its rows beside its first cards.
relation: a table or view with the standard columns, default opportunity on the search_path; stage stands beside it. filter: the name of a saved filter, one''s own before a shared one. rules: a filter definition. scope: columns and the values that they must have, null for IS NULL; pipeline_id limits the columns too. search: words that title, account name or owner contain, compared by fold. include_archived: archived rows, and closed ones of any age. lane_by: a field, or a period of a date such as month(expected_close), to make a lane of each value of, at most 1,000; all(field): of each that users, choices or rows of the relation it leads to have, too. sort: fields, -field for descending; default the order of each column. cards: how many of each column, 0 to 1000. fields: what a card shows. with_totals: false where only rows are to be counted, and no amount is read. own_order: whether the cards stand in the order of their places, so that neighbours give one. view: the name of a saved view, one''s own before a shared one, whose columns, sort, lane and filter count where the call gives none; without fields a default view''s. measures: sum, avg, min, max, count, count(distinct …), counts and median of fields, as sum(custom.mrr); the column measures has them under these keys, numbers as strings, money as an array of an object for each currency, {"currency", "value"}. in_currency: the code of a currency that totals are shown in, too, as converted: {"currency", "final_total", "estimated_total", "realized_total"}, strings rounded to its digits; closed rows at the rate of the day of closing, others at that of opportunities.rates_on, else of today.
Errors: 42P01 unknown_relation, relation_missing; 42703 column_missing, unknown_field; 42804 column_type; 22023 unknown_view, unknown_filter and the codes of filters, invalid_scope, value_unreadable, size_out_of_range, stage_kind, unknown_measure, unknown_currency; 22004 argument_missing; P0002 rate_missing; 42883 not_comparable; 54000 too_many_lanes, too_many_cells, search_too_long, too_many_fields.';

CREATE FUNCTION opportunities.board_sql(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	cards integer DEFAULT 20,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
RETURNS TABLE (
	part text,
	pipeline_id text,
	lane text,
	stage_id text,
	kind text,
	sql text)
	LANGUAGE c STABLE PARALLEL UNSAFE ROWS 20 COST 10000 AS 'MODULE_PATHNAME', 'board_sql';
COMMENT ON FUNCTION opportunities.board_sql(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text, text[], text) IS
	'The statements that a board runs now, in order, as text without a semicolon: for EXPLAIN, which shows nothing within a function.
part: stages, pipelines (only where pipelines share stages), totals, and then cards, for all of them, or, as the board decides by its rows, column_cards, for each column of a lane that holds some; pipeline_id, lane, stage_id and kind say of which, as in board, and are NULL in the others. A statement for cards reads one row more than a column shows, to tell whether others follow. Values stand in them as literals. The arguments: as those of board. It reads the totals itself, since the statements for cards depend on them.
Errors: those of board.';

CREATE FUNCTION opportunities.board_json(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	cards integer DEFAULT 20,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT true,
	"view" text DEFAULT NULL,
	measures text[] DEFAULT NULL,
	in_currency text DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'board_json_0_2';
COMMENT ON FUNCTION opportunities.board_json(regclass, text, jsonb, jsonb, text, boolean, text, text[], integer, text[], boolean, text, text[], text) IS
	'A board as one JSON object, in which no number loses a digit: {"view": name of the saved view that applied, or null, "fields": [{"field", "label", "type", "width"}] as cards have them, in order, "lane_by", "totals": of the whole board, "columns": [an object for each row of board, its members named as the columns there]}, and, where measures are asked for, "measures": of the whole board; likewise "converted", where a currency is.
Counts and totals are strings. The arguments: as those of board. label: as the view has it, else in the language of opportunities.language, as fields has it. width: as the view has it.
Errors: those of board.';

CREATE FUNCTION opportunities.column_cards(
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT false,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	fields text[] DEFAULT NULL,
	"view" text DEFAULT NULL,
	after jsonb DEFAULT NULL,
	size integer DEFAULT 20)
RETURNS jsonb
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'column_cards';
COMMENT ON FUNCTION opportunities.column_cards(regclass, text, jsonb, jsonb, text, boolean, text, text[], text[], text, jsonb, integer) IS
	'The next cards of one column of a board: {"cards": [...], "next": cursor or null}.
after: a cursor, from next of board or of this function. size: how many cards, 1 to 1000. The others: as they were given to board.
Errors: 22023 invalid_cursor, size_out_of_range, and those of board.';
