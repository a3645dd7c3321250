CREATE FUNCTION opportunities.create_rollup(relation regclass DEFAULT NULL, by text[] DEFAULT NULL, fill boolean DEFAULT true)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'create_rollup';
COMMENT ON FUNCTION opportunities.create_rollup(regclass, text[], boolean) IS
	'Makes a rollup of a table: its totals by some of its columns, kept by triggers, in tables beside it. Where there is one by these columns it is made again: what it lacks is put right.
by: columns of the table; none: the two that boards want, by pipeline_id, stage_id, closed_on and archived, and the same with owner, as far as the table has them. fill: at once, while writers wait; false: it is empty and not used until fill_rollup. Only the owner of the table may.
Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42703 column_missing; 42804 column_type; 42701 column_taken, rollup_by_twice; 54000 too_many_fields; 55000 rollup_in_use, rollup_damaged, rollup_not_kept.';

CREATE FUNCTION opportunities.fill_rollup(relation regclass DEFAULT NULL)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'fill_rollup';
COMMENT ON FUNCTION opportunities.fill_rollup(regclass) IS
	'Fills the rollups of a table that are not filled, or not to be trusted any more, while others write. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_in_use, rollup_damaged, rollup_not_kept.';

CREATE FUNCTION opportunities.drop_rollup(relation regclass DEFAULT NULL, by text[] DEFAULT NULL)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'drop_rollup';
COMMENT ON FUNCTION opportunities.drop_rollup(regclass, text[]) IS
	'Drops the rollup of a table by these columns; without by: all of them. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_in_use.';

CREATE FUNCTION opportunities.compact_rollup(relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'compact_rollup';
COMMENT ON FUNCTION opportunities.compact_rollup(regclass) IS
	'Folds what writers have added to the rollups of a table since into their sums, beside them: how many deltas. Writers fold now and then, too. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_serializable, rollup_damaged.';

CREATE FUNCTION opportunities.check_rollup(relation regclass DEFAULT NULL)
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'check_rollup';
COMMENT ON FUNCTION opportunities.check_rollup(regclass) IS
	'Compares the rollups of a table with its rows, in one pass, while others write: a row for each group that differs, and for each rollup that is not used. Only the owner of the table may. Errors: 42P01 unknown_relation; 42809 not_a_rollup_table; 42501 not_owner; 42704 rollup_missing; 55000 rollup_in_use, rollup_damaged.';

CREATE TYPE opportunities_internal.rollup_mark;
CREATE FUNCTION opportunities_internal.rollup_mark_in(cstring) RETURNS opportunities_internal.rollup_mark
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'rollup_mark_in';
COMMENT ON FUNCTION opportunities_internal.rollup_mark_in(cstring) IS
	'Text form of rollup_mark; a text that isn''t one is invalid_rollup_mark (22P02).';
CREATE FUNCTION opportunities_internal.rollup_mark_out(opportunities_internal.rollup_mark) RETURNS cstring
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'rollup_mark_out';
COMMENT ON FUNCTION opportunities_internal.rollup_mark_out(opportunities_internal.rollup_mark) IS
	'Text form of rollup_mark: current, or stale where a trigger or partition was changed since.';
CREATE TYPE opportunities_internal.rollup_mark (
	INPUT = opportunities_internal.rollup_mark_in,
	OUTPUT = opportunities_internal.rollup_mark_out,
	INTERNALLENGTH = 32,
	ALIGNMENT = double
);
COMMENT ON TYPE opportunities_internal.rollup_mark IS
	'The triggers that kept a rollup when it was filled. As text whether they are those that there are.';

CREATE FUNCTION opportunities_internal.rollup_totals_add(internal, opportunities.totals) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'rollup_totals_add';
COMMENT ON FUNCTION opportunities_internal.rollup_totals_add(internal, opportunities.totals) IS
	'Adds a row of a rollup to the state of rollup_totals.';
CREATE FUNCTION opportunities_internal.rollup_totals_final(internal) RETURNS opportunities.totals
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'rollup_totals_final';
COMMENT ON FUNCTION opportunities_internal.rollup_totals_final(internal) IS
	'Result of rollup_totals.';
CREATE AGGREGATE opportunities_internal.rollup_totals(totals opportunities.totals) (
	SFUNC = opportunities_internal.rollup_totals_add, STYPE = internal, SSPACE = 1000,
	FINALFUNC = opportunities_internal.rollup_totals_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE opportunities_internal.rollup_totals(opportunities.totals) IS
	'What totals over the rows gives that rows of a rollup sum up, to the last decimal that is shown. Over no rows the zero element.';

CREATE FUNCTION opportunities_internal.rollup_columns() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_columns';
COMMENT ON FUNCTION opportunities_internal.rollup_columns() IS
	'Trigger of a table that has a rollup, which never fires: its first argument is the number of the rollup, its columns are those of the rollup, and its second one says what each is to it.';
CREATE FUNCTION opportunities_internal.rollup_of() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_of';
COMMENT ON FUNCTION opportunities_internal.rollup_of() IS
	'Trigger of a table of a rollup, which never fires: it is one of the table that FROM names, with that number; 0: it says which rollups are filled.';
CREATE FUNCTION opportunities_internal.rollup_row() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_row';
COMMENT ON FUNCTION opportunities_internal.rollup_row() IS
	'Trigger of a table that has rollups, after each row, enabled always: notes what it adds to them, and what it did before.';
CREATE FUNCTION opportunities_internal.rollup_begin() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_begin';
COMMENT ON FUNCTION opportunities_internal.rollup_begin() IS
	'Trigger of a table that has rollups, before each statement, enabled always: until the end of it they don''t answer this transaction. After TRUNCATE of rows they don''t answer until they are made again.';
CREATE FUNCTION opportunities_internal.rollup_end() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_end';
COMMENT ON FUNCTION opportunities_internal.rollup_end() IS
	'Trigger of a table that has rollups, after each statement, enabled always: writes what was noted, a row for each group that the statement changed.';
CREATE FUNCTION opportunities_internal.rollup_guard() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'rollup_guard';
COMMENT ON FUNCTION opportunities_internal.rollup_guard() IS
	'Trigger of the tables of a rollup, enabled always: what a restore or a subscription would write there is left out; other writes are an error (55000, rollup_kept).';
