/* The lanes of a board, and what its cells count and total. */
#include "postgres.h"

#include "query/lanes.h"

#include "base/errors.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "common/string.h"
#include "fields/value_label.h"
#include "filter/filter_advice.h"
#include "miscadmin.h"
#include "query/measure.h"
#include "rollup/rollup_answer.h"
#include "settings/tenant.h"
#include "tcop/dest.h"
#include "totals/totals.h"
#include "utils/builtins.h"
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

/* What people call the value of a lane, whose text is given: the name that it has, else that. */
static const char *
lane_label(const BoardArgs *args, const Field *lane, bool named, const char *text)
{
	const char *other =
		named ? psprintf("COALESCE(l.label, %s)", stand_in(lane->column, text)) : text;
	StringInfoData sql;
	char *translation;

	if (lane->unit == NULL)
	{
		/* groups of one lane have one label, or its rows would not stand together */
		translation = needs_one_text(lane) && lane->plain
						  ? NULL
						  : translated(args->selection.source, lane,
									   named ? psprintf("COALESCE(%s, %s)",
														stand_in(lane->column, group_text(lane)),
														field_text(lane, "l.value"))
											 : group_text(lane));
		return translation == NULL ? other : psprintf("COALESCE(%s, %s)", translation, other);
	}
	initStringInfo(&sql);
	appendStringInfoString(&sql, "COALESCE(opportunities.period_label(");
	append_text_literal(&sql, lane->unit);
	appendStringInfo(&sql, ", g.lane), %s)", other);
	return sql.data;
}

/* Append the columns of groups of rows: totals, any measures, and them converted. */
static void
append_lane_figures(StringInfo sql, const BoardArgs *args, FromClause *from, bool by_day)
{
	append_rows_totals(sql, args->selection.source, args->with_totals);
	appendStringInfoString(sql, " AS totals");
	if (args->measures != NIL)
		appendStringInfo(sql, ", %s AS measures",
						 measures_object(open_measures(from, args->measures, args->conversion)));
	if (args->conversion != NULL && !by_day)
		appendStringInfo(sql, ", %s AS converted", converted_rows(args->conversion, from));
}

/*
 * Append what is read of each group of rows, by pipeline, stage, state and lane, as g. To convert
 * totals rows are grouped by the day of closing, too, and these groups added up.
 */
static void
append_lane_groups(StringInfo sql, const BoardArgs *args, Selection *selection,
				   const Stages *stages, const Field *lane)
{
	static const char *const none = "NULL::pg_catalog.text";
	Field *stage = column_stage(selection, stages);
	Field *state = column_state(selection, stages);
	bool has_text = lane != NULL && needs_one_text(lane);
	bool by_day = args->conversion != NULL && args->measures == NIL;

	append_day_limit(selection, stages, stage);
	if (by_day)
		appendStringInfo(
			sql,
			"(SELECT c.pipeline, c.stage, c.state, c.lane, %sopportunities.sum(c.totals) "
			"AS totals, %s AS converted FROM ",
			has_text ? "pg_catalog.min(c.text) AS text, " : "",
			converted_sum(args->conversion, "c.totals", "c.day"));
	appendStringInfo(sql, "(SELECT %s AS pipeline, %s AS stage, %s AS state, %s AS lane, ",
					 stages->by_pipeline ? "o.pipeline_id" : none, stage->sql,
					 state != NULL ? state->sql : none, lane != NULL ? lane->sql : none);
	if (by_day)
		appendStringInfo(sql, "%s AS day, ", closing_day(selection->from));
	if (has_text)
		appendStringInfo(sql, "%s COLLATE pg_catalog.\"default\" AS text, ", one_text(lane));
	append_lane_figures(sql, args, selection->from, by_day);
	append_from(sql, selection);
	/* constants would be hashed for each row */
	appendStringInfo(sql, " GROUP BY 2%s%s%s%s) AS %s", stages->by_pipeline ? ", 1" : "",
					 state != NULL ? ", 3" : "", lane != NULL ? ", 4" : "", by_day ? ", 5" : "",
					 by_day ? "c GROUP BY 1, 2, 3, 4) AS g" : "g");
}

/*
 * A query for the groups, lane by lane: pipeline, stage, state, lane, label and totals, then any
 * measures and converted totals.
 */
static char *
groups_query(const BoardArgs *args, Selection *selection, const Stages *stages)
{
	Field *lane = board_lane(args, selection->from);
	ValueNames names;
	bool named = lane != NULL && value_names(args->selection.source, lane, &names);
	const char *text = lane == NULL ? NULL : lane_text(lane);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT g.pipeline::pg_catalog.text AS pipeline_id, "
								 "g.stage::pg_catalog.text AS stage_id, "
								 "g.state::pg_catalog.text, ");
	if (named)
		text =
			psprintf("COALESCE(%s, %s)", stand_in(lane->column, text), field_text(lane, "l.value"));
	if (lane == NULL)
		appendStringInfoString(&sql, "NULL::pg_catalog.text AS lane, NULL::pg_catalog.text");
	else
		appendStringInfo(&sql, "%s AS lane, %s", text, lane_label(args, lane, named, text));
	appendStringInfo(&sql, " AS lane_label, g.totals%s%s FROM ",
					 args->measures != NIL ? ", g.measures" : "",
					 args->conversion != NULL ? ", g.converted" : "");
	append_lane_groups(&sql, args, selection, stages, lane);
	if (named)
	{
		/* with all lanes there is a row for each value that can be, though no group has it */
		appendStringInfoString(&sql, args->all_lanes ? " FULL JOIN " : " LEFT JOIN ");
		append_names(&sql, &names, "l", "g.lane", group_text(lane));
	}
	if (named && args->all_lanes)
		appendStringInfoString(&sql,
							   " WHERE g.totals IS NOT NULL OR l.active AND l.value IS NOT NULL");
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
	bool measures;	/* whether there are any */
	bool converted; /* likewise */
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

/* Add totals to others; 0: there are none. */
static Datum
add_totals(Datum sum, Datum totals)
{
	if (totals == 0)
		return sum;
	return PointerGetDatum(sum == 0 ? totals_from_datum(totals, true)
									: totals_add((Totals *) DatumGetPointer(sum),
												 totals_from_datum(totals, false), 1));
}

/* Add a group to a column. */
static void
add_to_lane(Lane *lane, const BoardColumn *column, const LaneCell *group)
{
	LaneCell *cell;

	if (column->index >= lane->room)
	{
		int room = Max(column->index + 8, 2 * lane->room);
		LaneCell *larger = palloc0(sizeof(LaneCell) * room);

		if (lane->room > 0)
			memcpy(larger, lane->cells, sizeof(LaneCell) * lane->room);
		lane->cells = larger;
		lane->room = room;
	}
	cell = &lane->cells[column->index];
	if (cell->totals != 0 && group->measures != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("different values of the board's lanes read alike"),
						errdetail("Both read \"%s\", and their measures can't be put together.",
								  lane->value != NULL ? lane->value : ""),
						errhint("Cast the field of the lanes to text in a view."),
						err_code("alike_lanes"), err_field("lane_by")));
	cell->totals = add_totals(cell->totals, group->totals);
	cell->converted = add_totals(cell->converted, group->converted);
	cell->measures = group->measures;
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
		add_to_lane(
			lane, column,
			&(LaneCell){
				.totals = slot->tts_values[5],
				.measures = receiver->measures ? DatumGetJsonbPCopy(slot->tts_values[6]) : NULL,
				.converted = receiver->converted ? slot->tts_values[6 + receiver->measures] : 0,
			});
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
	Selection *selection = open_figures(&args->selection, &params);
	LaneReceiver receiver = {.pub = row_receiver(receive_lane_group),
							 .context = CurrentMemoryContext,
							 .stages = stages,
							 .measures = args->measures != NIL,
							 .converted = args->conversion != NULL};

	(void) run_figures(groups_query(args, selection, stages), selection, PLAN_IN_TIME,
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

/* What a column of a lane holds. */
LaneCell
held_in_lane(const Lane *lane, const BoardColumn *column)
{
	return column->index < lane->room ? lane->cells[column->index] : (LaneCell){0};
}

/* The measures of all rows of a board together: those of its columns don't tell. */
Jsonb *
read_board_measures(const BoardArgs *args, const Stages *stages)
{
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	List *measures = open_measures(selection->from, args->measures, args->conversion);
	StringInfoData sql;
	bool isnull;

	append_day_limit(selection, stages, column_stage(selection, stages));
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", measures_object(measures));
	append_from(&sql, selection);
	(void) run_selection(sql.data, selection, PLAN_IN_TIME, NULL);
	return DatumGetJsonbPCopy(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* The query that read the lanes, with literals in place of parameters. */
char *
lanes_sql(const BoardArgs *args, const Stages *stages)
{
	return psprintf("%s%s", rollup_mark(args->selection.source->relid),
					groups_query(args, open_selection(&args->selection, NULL), stages));
}
