CREATE FUNCTION opportunities.move(
	id bigint,
	stage_id bigint,
	above bigint DEFAULT NULL,
	below bigint DEFAULT NULL,
	changes jsonb DEFAULT NULL,
	expected bigint DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'move';
COMMENT ON FUNCTION opportunities.move(bigint, bigint, bigint, bigint, jsonb, bigint, regclass) IS
	'Drags a card: gives an opportunity a stage, a place in its column and other columns, in one UPDATE. The card as a board shows it.
above, below: the cards that it comes directly above, and directly below; with neither it comes on top. In a final stage the place is given by closed_at, whatever cards are named. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw. relation: the table, default opportunity on the search_path.
Errors: P0002 not_found; 40001 row_busy; PT409 row_changed, neighbour_moved, neighbours_reversed; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes, invalid_place; 54000 too_many_fields, too_many_elements; 22004 argument_missing; 42P01 unknown_relation; 42809 not_a_table; and those of the triggers of opportunity.';
