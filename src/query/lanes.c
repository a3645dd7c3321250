/* The lanes of a board, and what its cells count and total. */
#include "postgres.h"

#include "query/field_choices.h"
#include "query/lanes.h"

#include "base/errors.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/namespace.h"
#include "common/string.h"
#include "filter/filter_advice.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "tcop/dest.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* The text form of the value of a group. */
static const char *
group_text(const Field *lane)
{
	return needs_one_text(lane) ? "g.text" : field_text(lane, "g.lane");
}

/* The text form of the value of a lane. */
static const char *
lane_text(const Field *lane)
{
	return needs_one_text(lane) ? "pg_catalog.min(g.text) OVER (PARTITION BY g.lane)"
								: group_text(lane);
}

/* Append the labels of values that are keys of another relation. */
static bool
append_key_names(StringInfo sql, const Source *source, const Field *lane)
{
	const char *name = lane->name;
	int length = strlen(name);
	Link *link;
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

	if (length > 3 && strcmp(name + length - 3, "_id") == 0)
		name = pnstrdup(name, length - 3);
	link = lane->column == NULL ? NULL : source_link(source, name);
	if (link == NULL || source_column(open_source(link->relid), "name") == NULL)
		return false;
	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		if (((SourceColumn *) lfirst(local))->number != lane->column->number)
			continue;
		appendStringInfo(sql,
						 "(SELECT %s AS value, l.name::pg_catalog.text AS label, true AS active "
						 "FROM %s AS l WHERE true",
						 sql_column("l", lfirst(foreign)), sql_relation(link->relid));
		append_tenant(sql, link->relid, "l");
		appendStringInfoString(sql, ") AS l ON l.value");
		append_operator(sql, lfirst_oid(operator_cell));
		appendStringInfoString(sql, "g.lane");
		return true;
	}
	return false;
}

/* Append the labels of choices. */
static bool
append_choice_names(StringInfo sql, const Source *source, const Field *lane)
{
	static const char *const needs[] = {"field", "value", "label", "active"};
	Source *choices = open_beside(source, "choice", lengthof(needs), needs);

	if (choices == NULL)
		return false;
	appendStringInfo(sql,
					 "(SELECT l.value::pg_catalog.text AS value, "
					 "COALESCE(l.label::pg_catalog.text, l.value::pg_catalog.text) AS label, "
					 "l.active FROM %s AS l WHERE l.field::pg_catalog.text OPERATOR(pg_catalog.=) ",
					 choices->sql);
	append_text_literal(sql, lane->name);
	append_tenant(sql, choices->relid, "l");
	appendStringInfo(sql, ") AS l ON l.value OPERATOR(pg_catalog.=) %s", group_text(lane));
	return true;
}

/* Append the names of users. */
static bool
append_user_names(StringInfo sql, const Source *source, const Field *lane)
{
	static const char *const needs[] = {"login", "name", "active"};
	Source *users =
		is_user_field(lane->name) ? open_beside(source, "app_user", lengthof(needs), needs) : NULL;

	if (users == NULL)
		return false;
	appendStringInfo(sql,
					 "(SELECT l.login::pg_catalog.text AS value, "
					 "l.name::pg_catalog.text AS label, l.active FROM %s AS l WHERE true",
					 users->sql);
	append_tenant(sql, users->relid, "l");
	appendStringInfo(sql, ") AS l ON l.value OPERATOR(pg_catalog.=) %s", group_text(lane));
	return true;
}

/*
 * Append the names that the values of a lane have, if somebody gave them any, as l beside the
 * groups g. With all, there is a row for each value that can be, though no group has it.
 */
static bool
append_names(StringInfo sql, const BoardArgs *args, const Field *lane)
{
	const Source *source = args->selection.source;
	int start = sql->len;

	appendStringInfoString(sql, args->all_lanes ? " FULL JOIN " : " LEFT JOIN ");
	if (append_key_names(sql, source, lane) || append_user_names(sql, source, lane) ||
		append_choice_names(sql, source, lane))
		return true;
	sql->len = start;
	sql->data[start] = '\0';
	return false;
}

/* The label of a lane: the name of its value, else the value. */
static const char *
lane_label(const Field *lane, bool named)
{
	StringInfoData sql;

	if (lane->unit == NULL)
		return named ? psprintf("COALESCE(l.label, %s)", lane_text(lane)) : lane_text(lane);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "COALESCE(opportunities.period_label(");
	append_text_literal(&sql, lane->unit);
	appendStringInfo(&sql, ", g.lane), %s)", lane_text(lane));
	return sql.data;
}

/* Append the totals of each group of rows, by pipeline, stage, state and lane, as g. */
static void
append_lane_groups(StringInfo sql, const BoardArgs *args, Selection *selection,
				   const Stages *stages, const Field *lane)
{
	static const char *const none = "NULL::pg_catalog.text";
	Field *stage = column_stage(selection, stages);
	Field *state = column_state(selection, stages);

	append_day_limit(selection, stages, stage);
	appendStringInfo(sql, "(SELECT %s AS pipeline, %s AS stage, %s AS state, %s AS lane, ",
					 stages->by_pipeline ? "o.pipeline_id" : none, stage->sql,
					 state != NULL ? state->sql : none, lane != NULL ? lane->sql : none);
	if (lane != NULL && needs_one_text(lane))
		appendStringInfo(sql, "%s AS text, ", one_text(lane));
	if (args->with_totals)
		append_totals(sql, args->selection.source);
	else
		append_count(sql);
	appendStringInfoString(sql, " AS totals");
	append_from(sql, selection);
	/* constants would be hashed for each row */
	appendStringInfo(sql, " GROUP BY 2%s%s%s) AS g", stages->by_pipeline ? ", 1" : "",
					 state != NULL ? ", 3" : "", lane != NULL ? ", 4" : "");
}

/* A query for the groups: pipeline, stage, state, lane, label and totals, lane by lane. */
static char *
groups_query(const BoardArgs *args, Selection *selection, const Stages *stages)
{
	Field *lane = board_lane(args, selection->from);
	StringInfoData names;
	StringInfoData sql;
	bool named = false;

	initStringInfo(&names);
	initStringInfo(&sql);
	if (lane != NULL)
		named = append_names(&names, args, lane);
	appendStringInfoString(&sql, "SELECT g.pipeline::pg_catalog.text, g.stage::pg_catalog.text, "
								 "g.state::pg_catalog.text, ");
	if (lane == NULL)
		appendStringInfoString(&sql, "NULL::pg_catalog.text, NULL::pg_catalog.text");
	else if (!named)
		appendStringInfo(&sql, "%s, %s", lane_text(lane), lane_label(lane, named));
	else
		appendStringInfo(&sql, "COALESCE(%s, %s), %s", lane_text(lane), field_text(lane, "l.value"),
						 lane_label(lane, named));
	appendStringInfoString(&sql, ", g.totals FROM ");
	append_lane_groups(&sql, args, selection, stages, lane);
	appendStringInfoString(&sql, names.data);
	if (named && args->all_lanes)
		appendStringInfoString(&sql, " WHERE g.totals IS NOT NULL OR l.active");
	/* columns that only rows know of are added as they come */
	appendStringInfo(&sql, " ORDER BY %s%s1, 2",
					 lane != NULL && lane->unit == NULL ? "5 NULLS LAST, " : "",
					 lane != NULL ? "4 NULLS LAST, " : "");
	return sql.data;
}

/* The receiver of the groups, which are ordered by lane. */
typedef struct LaneReceiver
{
	DestReceiver pub;
	MemoryContext context;
	Stages *stages;
	List *lanes;
	Lane last;	 /* the one that came last; beyond the limit it is only counted */
	int64 count; /* of lanes */
	int cells;	 /* that hold rows */
} LaneReceiver;

/* The lane of a group, the last one or a new one; NULL: there are too many. */
static Lane *
find_lane(LaneReceiver *receiver, const TupleTableSlot *slot)
{
	char *value = slot_text(slot, 3);

	if (receiver->count == 0 || compare_texts(value, receiver->last.value) != 0)
	{
		if (receiver->count > MAX_LANES && receiver->last.value != NULL)
			pfree(receiver->last.value);
		receiver->last.value = value;
		if (++receiver->count <= MAX_LANES)
		{
			Lane *lane = palloc0(sizeof(Lane));

			lane->value = value;
			lane->label = slot_text(slot, 4);
			receiver->lanes = lappend(receiver->lanes, lane);
		}
	}
	else if (value != NULL)
		pfree(value);
	return receiver->count <= MAX_LANES ? llast(receiver->lanes) : NULL;
}

/* Refuse a board that is too large to be shown. */
void
too_many_cells(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("the columns of the board's lanes are more than %d in all", MAX_CELLS),
					errhint("Choose a field of fewer values, or limit the rows, or the board to a "
							"pipeline by scope."),
					err_code("too_many_cells"), err_field("lane_by")));
}

/* Add to the totals of a column. */
static void
add_to_lane(Lane *lane, const BoardColumn *column, Datum totals)
{
	if (column->index >= lane->room)
	{
		int room = Max(column->index + 8, 2 * lane->room);
		Datum *larger = palloc0(sizeof(Datum) * room);

		if (lane->room > 0)
			memcpy(larger, lane->totals, sizeof(Datum) * lane->room);
		lane->totals = larger;
		lane->room = room;
	}
	if (lane->totals[column->index] == 0)
		lane->totals[column->index] = datumCopy(totals, false, -1);
	else
		lane->totals[column->index] =
			PointerGetDatum(totals_add((Totals *) DatumGetPointer(lane->totals[column->index]),
									   totals_from_datum(totals, false), 1));
}

static bool
receive_lane_group(TupleTableSlot *slot, DestReceiver *self)
{
	LaneReceiver *receiver = (LaneReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	Lane *lane;

	slot_getallattrs(slot);
	lane = find_lane(receiver, slot);
	if (lane != NULL && !slot->tts_isnull[5])
	{
		BoardColumn *column = find_board_column(receiver->stages, slot_text(slot, 0),
												slot_text(slot, 1), slot_text(slot, 2));

		column->hidden = false;
		column->idle = false;
		if (++receiver->cells > MAX_CELLS)
			too_many_cells();
		add_to_lane(lane, column, slot->tts_values[5]);
	}
	MemoryContextSwitchTo(old);
	return true;
}

/* Say by a notice that a lane's value is no choice, but reads like one: it is a lane apart. */
static void
notice_lanes(const BoardArgs *args, List *lanes)
{
	FilterContext context = {.source = args->selection.source};
	const Field *lane =
		args->lane == NULL ? NULL : board_lane(args, open_from(args->selection.source));
	ListCell *cell;

	if (lane == NULL)
		return;
	foreach (cell, lanes)
	{
		const char *value = ((Lane *) lfirst(cell))->value;

		if (value != NULL && !pg_is_ascii(value))
			notice_alike(&context, lane, value);
	}
}

/*
 * Read the lanes, in order of their labels, with the totals of all rows, and add the columns that
 * only rows know of.
 */
List *
read_lanes(const BoardArgs *args, Stages *stages)
{
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	LaneReceiver receiver = {
		.pub = row_receiver(receive_lane_group), .context = CurrentMemoryContext, .stages = stages};

	(void) run_selection(groups_query(args, selection, stages), selection, PLAN_IN_TIME,
						 &receiver.pub);
	if (receiver.count > MAX_LANES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a board by \"%s\" has more than %d lanes", args->lane, MAX_LANES),
						errdetail("There are %lld.", (long long) receiver.count),
						errhint("Choose a field of fewer values, or limit the rows."),
						err_code("too_many_lanes"), err_field("lane_by")));
	notice_lanes(args, receiver.lanes);
	if (stages->columns == NIL)
		open_pipeline(stages, stages->pipeline);
	return receiver.lanes != NIL ? receiver.lanes : list_make1(palloc0(sizeof(Lane)));
}

/* The totals of a column of a lane; 0: it has no rows. */
Datum
lane_total(const Lane *lane, const BoardColumn *column)
{
	return column->index < lane->room ? lane->totals[column->index] : 0;
}
