CREATE FUNCTION opportunities.move(
	id text,
	stage_id text,
	above text DEFAULT NULL,
	below text DEFAULT NULL,
	changes jsonb DEFAULT NULL,
	expected bigint DEFAULT NULL,
	relation regclass DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	lane_by text DEFAULT NULL,
	sort text[] DEFAULT NULL,
	fields text[] DEFAULT NULL,
	with_totals boolean DEFAULT NULL,
	"view" text DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'move_0_2';
COMMENT ON FUNCTION opportunities.move(text, text, text, text, jsonb, bigint, regclass, text, jsonb, jsonb, text, boolean, text, text[], text[], boolean, text) IS
	'Drags a card: gives an opportunity a stage, a place in its column and other columns, in one UPDATE. The card as a board shows it; or, where any argument of a board but fields is given, {"card": that, or null if the user may not see it any more, "shown": whether it is on that board, "place": its number from the top of its column, or null, "column": the column that it is in, as board_json has it but for cards, next and position, "left": the same for that which it came from, null if that is the same}.
id, stage_id, above, below: as boards and cards have them, strings. above, below: the cards that it comes directly above, and directly below; with neither it comes on top. In a final stage the place is given by closed_at, whatever cards are named. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw. relation: the table, or a view that is written through, default opportunity on the search_path. fields: what the card shows. filter, rules, scope, search, include_archived, lane_by, sort, with_totals, view: as they were given to board; with_totals => true asks for the board that has none of them, false counts rows alone.
Errors: P0002 not_found; 40001 row_busy; PT409 row_changed, neighbour_moved, neighbours_reversed; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes, invalid_place; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation, relation_missing; 42809 not_a_table; 42703 column_missing; 42804 column_type; 42883 not_comparable; 55000 relation_read_only; 44000 outside_view; those of board; and those of the triggers of opportunity.';
