/* move, for tables and views of others: a stage, and a place where rows have a number for it. */
#include "postgres.h"

#include "base/errors.h"
#include "base/literal.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "command/edit.h"
#include "command/field_error.h"
#include "command/move.h"
#include "executor/spi.h"
#include "opportunity/place.h"
#include "settings/tenant.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/*
 * An open column stands in the order of position, the largest on top: a card comes halfway between
 * its neighbours. Whole numbers are as int8, others as numeric or float8: so the middle is exact,
 * and where there is none the cards above move up by one.
 *
 * Tables of create_crm that Citus distributes are moved so, too: what makes a place elsewhere acts
 * as their owner, by a connection of its own there, which would wait for the user's.
 */

/* The place of a card in a column of the board. */
typedef struct MappedPlace
{
	const Move *move;
	const Source *source;
	Oid type;		/* of positions */
	char *column;	/* the condition that another card stands there */
	bool has_lower; /* … directly above a card at this position */
	Datum lower;
	bool has_upper; /* … directly below one */
	Datum upper;
} MappedPlace;

/* The type in which positions are reckoned; InvalidOid: they are no numbers. */
static Oid
position_type(const SourceColumn *position)
{
	switch (position->base_type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return INT8OID;
		case FLOAT4OID:
		case FLOAT8OID:
			return FLOAT8OID;
		case NUMERICOID:
			return NUMERICOID;
		default:
			return InvalidOid;
	}
}

/* Run a query for one value. False: it is NULL, or there is no row. */
static bool
query_value(const char *sql, Datum *value)
{
	bool isnull;

	if (run_query(sql) == 0)
		return false;
	*value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return !isnull;
}

/* Append that a column of the row o has the value that is given as text, or none. */
static void
append_is(StringInfo sql, const Source *source, const char *name, const char *value)
{
	IdType type;

	if (value == NULL)
	{
		appendStringInfo(sql, "%s IS NULL", sql_column("o", name));
		return;
	}
	type = id_type(source, name);
	appendStringInfoString(sql, sql_column("o", name));
	append_operator(sql, type.type->eq_opr);
	append_literal(sql, value, type.type->type_id);
}

/* The pipeline that the card is to be in, as text; NULL: none, or there are no pipelines. */
static char *
card_pipeline(const Move *move)
{
	const Source *source = move->target.source;
	const Change *change = find_change(move->changes, "pipeline_id");
	StringInfoData sql;

	if (source_column(source, "pipeline_id") == NULL)
		return NULL;
	if (change != NULL)
		return change->isnull ? NULL : literal_text(change->type, change->value);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT o.pipeline_id FROM %s AS o WHERE ", source->sql);
	append_is(&sql, source, "id", id_as_text(&move->id_type, move->id));
	append_tenant(&sql, source->relid, "o");
	return run_query(sql.data) == 0 ? NULL : copy_value(CurrentMemoryContext, 0, 1);
}

/* The condition that another card is in the column that the card comes to. */
static char *
column_condition(const Move *move)
{
	const Source *source = move->target.source;
	char *stage = move->staged ? id_as_text(&move->stage_type, move->stage_id) : NULL;
	StringInfoData sql;

	initStringInfo(&sql);
	append_is(&sql, source, "stage_id", stage);
	if (source_column(source, "pipeline_id") != NULL)
	{
		appendStringInfoString(&sql, " AND ");
		append_is(&sql, source, "pipeline_id", card_pipeline(move));
	}
	appendStringInfoString(&sql, " AND (");
	append_is(&sql, source, "id", id_as_text(&move->id_type, move->id));
	appendStringInfoString(&sql, ") IS NOT TRUE");
	append_tenant(&sql, source->relid, "o");
	return sql.data;
}

/* Whether the column is of an open stage: others have orders of their own. */
static bool
is_open_column(const Move *move)
{
	Source *stages = open_sibling(move->target.source, "stage", "A move");
	StringInfoData sql;

	if (!move->staged)
		return true;
	need_columns(stages, 2, (const char *const[]){"id", "kind"});
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT FROM %s AS o WHERE o.kind::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) 'open'::pg_catalog.text AND ",
					 stages->sql);
	append_is(&sql, stages, "id", id_as_text(&move->stage_type, move->stage_id));
	append_tenant(&sql, stages->relid, "o");
	return run_query(sql.data) > 0;
}

/* A neighbour is not, or no longer, as the user saw it. */
pg_noreturn static void
refuse_place(const MappedPlace *place, Datum id, const char *argument, const char *detail)
{
	char *text = id_as_text(&place->move->id_type, id);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM %s AS o WHERE ", place->source->sql);
	append_is(&sql, place->source, "id", text);
	append_tenant(&sql, place->source->relid, "o");
	if (run_query(sql.data) == 0)
		raise_row_error(&opportunity_missing, place->move->target.rel, text, argument);
	ereport(ERROR,
			(errcode(ERRCODE_CONFLICT),
			 errmsg("opportunity %s is not there any more", id_in_message(text)),
			 errdetail("%s", detail), errhint("Read the board anew and try again."),
			 errtable(place->move->target.rel), err_code("neighbour_moved"), err_field(argument)));
}

/* The position of a card, if it has one; on a condition, if there is one, that must be met. */
static bool
card_position(const MappedPlace *place, Datum id, const char *condition, const char *argument,
			  Datum *position)
{
	StringInfoData sql;
	bool found;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT o.position::%s FROM %s AS o WHERE %s AND ",
					 sql_type(place->type), place->source->sql, condition);
	append_is(&sql, place->source, "id", id_as_text(&place->move->id_type, id));
	append_tenant(&sql, place->source->relid, "o");
	found = query_value(sql.data, position);
	if (argument != NULL && SPI_processed == 0)
		refuse_place(place, id, argument, "It is in another column now.");
	if (found && place->type == NUMERICOID)
		*position = NumericGetDatum(DatumGetNumericCopy(*position));
	return found;
}

/* The next position of the column from one on; without one, its largest. */
static bool
next_position(const MappedPlace *place, bool up, const Datum *from, Datum *position)
{
	const char *type = sql_type(place->type);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pg_catalog.%s(o.position::%s) FROM %s AS o WHERE %s",
					 up ? "min" : "max", type, place->source->sql, place->column);
	if (from != NULL)
	{
		appendStringInfo(&sql, " AND o.position::%s OPERATOR(pg_catalog.%s) ", type,
						 up ? ">" : "<");
		append_literal(&sql, literal_text(place->type, *from), place->type);
	}
	if (!query_value(sql.data, position))
		return false;
	if (place->type == NUMERICOID)
		*position = NumericGetDatum(DatumGetNumericCopy(*position));
	return true;
}

static bool
is_less(Oid type, Datum a, Datum b)
{
	if (type == INT8OID)
		return DatumGetInt64(a) < DatumGetInt64(b);
	if (type == FLOAT8OID)
		return DatumGetFloat8(a) < DatumGetFloat8(b);
	return DatumGetBool(DirectFunctionCall2(numeric_lt, a, b));
}

/* The position of the first card that gets one. */
static Datum
first_position(Oid type)
{
	if (type == INT8OID)
		return Int64GetDatum(0);
	return type == FLOAT8OID ? Float8GetDatum(0) : NumericGetDatum(int64_to_numeric(0));
}

/* A position one above another, or one below. */
static Datum
position_beside(Oid type, Datum position, int64 step)
{
	if (type == INT8OID)
		return DirectFunctionCall2(int8pl, position, Int64GetDatum(step));
	if (type == FLOAT8OID)
		return DirectFunctionCall2(float8pl, position, Float8GetDatum(step));
	return DirectFunctionCall2(numeric_add, position, NumericGetDatum(int64_to_numeric(step)));
}

/* The number halfway between two. */
static Datum
halfway(Oid type, Datum lower, Datum upper)
{
	if (type == INT8OID)
	{
		int128 sum = (int128) DatumGetInt64(lower) + DatumGetInt64(upper);

		return Int64GetDatum((int64) (sum >= 0 ? sum / 2 : (sum - 1) / 2));
	}
	if (type == FLOAT8OID)
		return Float8GetDatum(DatumGetFloat8(lower) / 2 + DatumGetFloat8(upper) / 2);
	return DirectFunctionCall2(numeric_mul, DirectFunctionCall2(numeric_add, lower, upper),
							   DirectFunctionCall3(numeric_in, CStringGetDatum("0.5"),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
}

/* A position as its column holds it, which may have fewer digits. */
static Datum
held_position(const MappedPlace *place, Datum position)
{
	const SourceColumn *column = source_column(place->source, "position");

	if (column->base_type == FLOAT4OID)
		return Float8GetDatum((float4) DatumGetFloat8(position));
	if (place->type == NUMERICOID && column->typmod >= 0)
		return DirectFunctionCall2(numeric, position, Int32GetDatum(column->typmod));
	return position;
}

/* The position halfway between the neighbours, if there is one. */
static bool
position_between_two(const MappedPlace *place, Datum *middle)
{
	*middle = held_position(place, halfway(place->type, place->lower, place->upper));
	return is_less(place->type, place->lower, *middle) &&
		   is_less(place->type, *middle, place->upper);
}

/* Move the cards of the column from a position on up by one, as far as the user may. */
static void
move_up(const MappedPlace *place, Datum from)
{
	const char *type = sql_type(place->type);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "UPDATE %s AS o SET position = o.position::%s OPERATOR(pg_catalog.+) 1::%s "
					 "WHERE %s AND o.position::%s OPERATOR(pg_catalog.>=) ",
					 place->source->sql, type, type, place->column, type);
	append_literal(&sql, literal_text(place->type, from), place->type);
	(void) run_sql(own_statement(sql.data));
}

/* The neighbours stand the other way round, or in one place. */
pg_noreturn static void
refuse_mapped_order(const Move *move)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFLICT),
			 errmsg("opportunity %s doesn't stand above opportunity %s",
					id_in_message(id_as_text(&move->id_type, move->below)),
					id_in_message(id_as_text(&move->id_type, move->above))),
			 errdetail("The column's own order has them the other way round."),
			 errhint("Read the board anew, and give neighbours only where own_order is true."),
			 errtable(move->target.rel), err_code("neighbours_reversed"), err_field("below")));
}

/* Find the positions that the card comes between: NULL, no position, is below all of them. */
static void
find_gap(MappedPlace *place)
{
	const Move *move = place->move;

	place->has_lower =
		move->has_above && card_position(place, move->above, place->column, "above", &place->lower);
	place->has_upper =
		move->has_below && card_position(place, move->below, place->column, "below", &place->upper);
	if (move->has_below && !place->has_upper)
		refuse_place(place, move->below, "below", "It has no position.");
	if (place->has_lower && place->has_upper && is_less(place->type, place->upper, place->lower))
		refuse_mapped_order(move);

	if (move->has_above)
		place->has_upper =
			next_position(place, true, place->has_lower ? &place->lower : NULL, &place->upper);
	else
		place->has_lower =
			next_position(place, false, place->has_upper ? &place->upper : NULL, &place->lower);
}

/* Find the position that is asked for. False: the card's own will do, since no other has one. */
static bool
find_mapped_position(MappedPlace *place, Datum *position)
{
	int64 step = place->move->target.own ? POSITION_GAP : 1;
	Datum own;

	find_gap(place);
	if (!place->has_lower && !place->has_upper)
	{
		*position = first_position(place->type);
		return !card_position(place, place->move->id, "true", NULL, &own);
	}
	if (!place->has_upper)
		*position = position_beside(place->type, place->lower, step);
	else if (!place->has_lower)
		*position = position_beside(place->type, place->upper, -step);
	else if (!position_between_two(place, position))
	{
		move_up(place, place->upper);
		*position = place->upper;
	}
	return true;
}

/* Add the place to what is changed, where rows have a number for it that the user can write. */
static void
place_card(const Move *move, Changes *changes)
{
	const Source *source = move->target.source;
	const SourceColumn *column = source_column(source, "position");
	MappedPlace place = {.move = move, .source = source};
	Datum position;

	if (column == NULL || !OidIsValid(place.type = position_type(column)) ||
		!is_written(source, column, CMD_UPDATE) ||
		!may_write_through(source->relid, column->number, ACL_UPDATE) || !is_open_column(move))
		return;
	if (move->target.own && !move->has_above && !move->has_below)
	{
		add_change(changes, column->name, place.type, (Datum) 0, true); /* the trigger's: on top */
		return;
	}
	place.column = column_condition(move);
	if (find_mapped_position(&place, &position))
		add_change(changes, column->name, place.type, position, false);
}

/*
 * Write a card of a table or view of others by one UPDATE. Returns it, if the relation still shows
 * it; or, where a board is shown, the place that it left. Needs a connection to SPI.
 */
Jsonb *
write_mapped_card(const Move *move, CardPlace *left, MemoryContext context)
{
	const Source *source = move->target.source;
	Changes changes = *move->changes;
	RowEdit edit = {.target = &move->target,
					.id_type = move->id_type,
					.id = move->id,
					.expected = move->expected,
					.changes = &changes,
					.names = move->board != NULL ? list_make1("id") : move->fields};

	need_writable(source, CMD_UPDATE, move->stage_type.column, "stage_id");
	changes.columns = list_copy(changes.columns);
	add_change(&changes, "stage_id", move->stage_type.type->type_id, move->stage_id, !move->staged);
	need_change_rights(move->target.rel, &changes, ACL_UPDATE);
	place_card(move, &changes);
	if (move->board != NULL)
		(void) lock_card(move->board, move->id, left);
	return edit_by_id(&edit, context);
}
