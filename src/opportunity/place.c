/* A card's place in its column. */
#include "postgres.h"

#include "opportunity/place.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "triggers/owner_query.h"
#include "utils/array.h"

/*
 * The place of a card in its column. It is a matter of the whole column, whatever part of it the
 * user sees or may change: cards are read, locked and moved aside as the owner of the table.
 *
 * Each gap between two cards belongs to the lower one, that below the last card to that. Whoever
 * puts a card into a gap locks its owner and the neighbours that are given, and whoever moves cards
 * aside locks them and the owner of the gap beneath them: so what was read of a gap holds until the
 * end of the transaction. Locks are waited for in the order of ids alone; others are had at once or
 * not at all.
 */

#define COLUMN(stage) "{=}pipeline_id OPERATOR(pg_catalog.=) $1 AND stage_id " stage " "
#define STAGED COLUMN("OPERATOR(pg_catalog.=) $2")
#define UNSTAGED COLUMN("IS NULL")

/*
 * The cards of a column from one of them on in one direction, but for the one that is placed. The
 * order by every column of the index makes it the index's.
 */
#define RUN(column, comparison, direction, position)                                            \
	{                                                                                           \
		.sql = "SELECT id, position FROM %s WHERE " column "AND id OPERATOR(pg_catalog.<>) $3 " \
			   "AND ROW(position, id) OPERATOR(pg_catalog." comparison ") ROW($4, $5) "         \
			   "ORDER BY pipeline_id " direction ", stage_id " direction ", position " position \
			   ", id " position,                                                                \
		.latest = true, .nargs = 5, .args = {INT8OID, INT8OID, INT8OID, INT8OID, INT8OID},      \
		.nresults = 2, .results = {{INT8OID}, {INT8OID}},                                       \
	}

static const OwnerQuery run_up = RUN(STAGED, ">=", "DESC", "ASC");
static const OwnerQuery run_down = RUN(STAGED, "<=", "ASC", "DESC");
static const OwnerQuery run_up_unstaged = RUN(UNSTAGED, ">=", "DESC", "ASC");
static const OwnerQuery run_down_unstaged = RUN(UNSTAGED, "<=", "ASC", "DESC");

/* Lock cards, waiting for them in the order of their ids. */
static const OwnerQuery lock_cards = {
	.sql = "SELECT id, position, pipeline_id, stage_id FROM %s "
		   "WHERE {=}id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY id FOR NO KEY UPDATE",
	.latest = true,
	.nargs = 1,
	.args = {INT8ARRAYOID},
	.nresults = 4,
	.results = {{INT8OID}, {INT8OID}, {INT8OID}, {INT8OID, NULLABLE}},
};

/* Lock cards that are where they were, if that takes no waiting. */
static const OwnerQuery lock_at_once = {
	.sql = "SELECT FROM %s AS o, "
		   "ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS w (id, position) "
		   "WHERE {=}o.id OPERATOR(pg_catalog.=) w.id "
		   "AND o.position OPERATOR(pg_catalog.=) w.position "
		   "AND o.pipeline_id OPERATOR(pg_catalog.=) $3 AND CASE WHEN $5 "
		   "THEN o.stage_id OPERATOR(pg_catalog.=) $4 ELSE o.stage_id IS NULL END "
		   "FOR NO KEY UPDATE OF o SKIP LOCKED",
	.latest = true,
	.nargs = 5,
	.args = {INT8ARRAYOID, INT8ARRAYOID, INT8OID, INT8OID, BOOLOID},
};

#define TOP(column)                                                                     \
	{                                                                                   \
		.sql = "SELECT id FROM %s WHERE " column "AND id OPERATOR(pg_catalog.<>) $3 "   \
			   "ORDER BY pipeline_id, stage_id, position DESC, id DESC LIMIT 1",        \
		.latest = true, .nargs = 3, .args = {INT8OID, INT8OID, INT8OID}, .nresults = 1, \
		.results = {{INT8OID}},                                                         \
	}

static const OwnerQuery top_card = TOP(STAGED);
static const OwnerQuery top_card_unstaged = TOP(UNSTAGED);

static const OwnerQuery move_aside = {
	.sql = "UPDATE %s AS o SET position = w.position "
		   "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS w (id, position) "
		   "WHERE {=}o.id OPERATOR(pg_catalog.=) w.id",
	.latest = true,
	.nargs = 2,
	.args = {INT8ARRAYOID, INT8ARRAYOID},
};

/* Cards next to each other. */
typedef struct Run
{
	int count;
	int64 *ids;
	int64 *positions;
} Run;

/* Where a card is that is locked. */
typedef struct Spot
{
	bool in_column;
	int64 position;
} Spot;

/* The work on a place. */
typedef struct Placing
{
	TriggerData *command;
	const Place *place;
	bool above;	 /* the neighbour below the gap is given … */
	int64 known; /* … and this is it; else the one above the gap */
	Spot card;
	Spot lower;
	Spot upper;
} Placing;

/* Some cards, beginning with the known neighbour at its position. */
static Run
read_run(const Placing *placing, int64 position, bool up, int count)
{
	const Place *place = placing->place;
	const OwnerQuery *query =
		place->staged ? (up ? &run_up : &run_down) : (up ? &run_up_unstaged : &run_down_unstaged);
	Datum args[] = {Int64GetDatum(place->pipeline_id), Int64GetDatum(place->stage_id),
					Int64GetDatum(place->card), Int64GetDatum(position),
					Int64GetDatum(placing->known)};
	Datum(*rows)[2] = palloc(sizeof(*rows) * count);
	Run run;

	run.count = owner_rows(placing->command, query, args, count, *rows, NULL);
	run.ids = palloc(sizeof(int64) * count);
	run.positions = palloc(sizeof(int64) * count);
	for (int i = 0; i < run.count; i++)
	{
		run.ids[i] = DatumGetInt64(rows[i][0]);
		run.positions[i] = DatumGetInt64(rows[i][1]);
	}
	return run;
}

/* Where the known neighbour is, once it is locked. */
static int64
known_position(const Placing *placing)
{
	return placing->above ? placing->lower.position : placing->upper.position;
}

/* The cards on one side of the gap, from there on. */
static Run
read_side(const Placing *placing, bool up, int count)
{
	bool beyond = up == placing->above; /* the known neighbour is on the other side */
	Run run = read_run(placing, known_position(placing), up, count + beyond);

	if (beyond)
	{
		run.count--;
		run.ids++;
		run.positions++;
	}
	return run;
}

/* Where a row of lock_cards is. */
static Spot
spot_of(const Place *place, const Datum *row, const bool *nulls)
{
	return (Spot){
		.in_column = DatumGetInt64(row[2]) == place->pipeline_id && nulls[3] != place->staged &&
					 (nulls[3] || DatumGetInt64(row[3]) == place->stage_id),
		.position = DatumGetInt64(row[1]),
	};
}

/* Lock the card, the neighbours that are given and the owner of the gap: where they are. */
static void
lock_first(Placing *placing, int64 owner)
{
	const Place *place = placing->place;
	const int64 *above = place->above;
	const int64 *below = place->below;
	int64 ids[] = {place->card, owner, above != NULL ? *above : owner,
				   below != NULL ? *below : owner};
	Datum args[] = {int8_array(ids, lengthof(ids))};
	Datum rows[lengthof(ids)][4];
	bool nulls[lengthof(ids)][4];
	int count = owner_rows(placing->command, &lock_cards, args, lengthof(ids), *rows, *nulls);

	for (int i = 0; i < count; i++)
	{
		int64 id = DatumGetInt64(rows[i][0]);
		Spot spot = spot_of(place, rows[i], nulls[i]);

		if (id == place->card)
			placing->card = spot;
		if (above != NULL && id == *above)
			placing->lower = spot;
		if (below != NULL && id == *below)
			placing->upper = spot;
	}
}

/* Lock more cards, where nobody else has them or moved them meanwhile. */
static bool
lock_more(const Placing *placing, const int64 *ids, const int64 *positions, int count)
{
	const Place *place = placing->place;
	Datum args[] = {int8_array(ids, count), int8_array(positions, count),
					Int64GetDatum(place->pipeline_id), Int64GetDatum(place->stage_id),
					BoolGetDatum(place->staged)};

	return owner_execute(placing->command, &lock_at_once, args, NULL) == count;
}

/* The neighbours are not, or no longer, as the user saw them. */
static void
refuse_neighbour(const Placing *placing, bool above, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_CONFLICT),
					errmsg("opportunity %lld is not there any more",
						   (long long) (above ? *placing->place->above : *placing->place->below)),
					errdetail("%s", detail), errhint("Read the board anew and try again."),
					errtable(placing->command->tg_relation), err_code("neighbour_moved"),
					err_field(above ? "above" : "below")));
}

/* The neighbours stand the other way round: the user saw another order than the column's own. */
static void
refuse_order(const Placing *placing)
{
	const Place *place = placing->place;

	ereport(ERROR,
			(errcode(ERRCODE_CONFLICT),
			 errmsg("opportunity %lld doesn't stand above opportunity %lld",
					(long long) *place->below, (long long) *place->above),
			 errdetail("The column's own order has them the other way round."),
			 errhint("Read the board anew, and give neighbours only where own_order is true."),
			 errtable(placing->command->tg_relation), err_code("neighbours_reversed"),
			 err_field("below")));
}

/* Cards near the place are being moved by somebody else, who may wait for ours. */
static void
refuse_busy_cards(const Placing *placing)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("cards beside opportunity %lld are being moved", (long long) placing->known),
			 errhint("Try again."), errtable(placing->command->tg_relation), err_code("row_busy"),
			 err_field(placing->above ? "above" : "below")));
}

/* The cards that the gap is between. */
static void
read_gap(const Placing *placing, Run *up, Run *down)
{
	Run run = read_run(placing, known_position(placing), placing->above, 2);
	Run *near = placing->above ? down : up;
	Run *far = placing->above ? up : down;

	if (run.count == 0)
		elog(ERROR, "opportunity %lld is not in its column", (long long) placing->known);
	*near = *far = run;
	near->count = 1;
	far->count--;
	far->ids++;
	far->positions++;
}

/*
 * The card that the gap belongs to. Where the one above it is given it is found by where the user
 * saw that, and found again once it can't change any more.
 */
static int64
find_owner(const Placing *placing)
{
	Run run;

	if (placing->above)
		return placing->known;
	run = read_run(placing, placing->place->seen, false, 2);
	for (int i = 0; i < run.count; i++)
	{
		if (run.ids[i] != placing->known)
			return run.ids[i];
	}
	return placing->known;
}

/* The given neighbours must be in the column, in their order. */
static void
check_neighbours(const Placing *placing)
{
	const Place *place = placing->place;

	if (place->above != NULL && !placing->lower.in_column)
		refuse_neighbour(placing, true, "It is in another column now.");
	if (place->below != NULL && !placing->upper.in_column)
		refuse_neighbour(placing, false, "It is in another column now.");
	if (place->above != NULL && place->below != NULL &&
		(placing->upper.position < placing->lower.position ||
		 (placing->upper.position == placing->lower.position && *place->below < *place->above)))
		refuse_order(placing);
}

/* Lock the gap. Where both neighbours are given it is the one directly above the lower. */
static void
lock_gap(Placing *placing, Run *up, Run *down)
{
	int64 owner = find_owner(placing);

	lock_first(placing, owner);
	check_neighbours(placing);
	for (;;)
	{
		const Run *owning;

		CHECK_FOR_INTERRUPTS();
		read_gap(placing, up, down);
		owning = down->count > 0 ? down : up;
		if (owning->ids[0] == owner)
			return;
		if (!lock_more(placing, owning->ids, owning->positions, 1))
			refuse_busy_cards(placing);
		owner = owning->ids[0];
	}
}

/* A position between two, of which one may be open. */
static bool
position_between(const Placing *placing, const Run *up, const Run *down, int64 *position)
{
	int128 low;
	int128 high;
	int128 middle;

	if (up->count > 0 && down->count > 0)
	{
		low = down->positions[0];
		high = up->positions[0];
	}
	else if (down->count > 0)
	{
		/* Below whatever else is put on top at the same time. */
		low = down->positions[0];
		high = low + POSITION_GAP;
	}
	else
	{
		high = up->positions[0];
		low = high - 2 * (int128) POSITION_GAP;
	}

	middle = low + (high - low) / 2;
	if (!placing->card.in_column && middle == placing->card.position)
		middle += middle + 1 < high ? 1 : -1;
	*position = (int64) middle;
	return middle > low && middle < high && middle > PG_INT64_MIN && middle < PG_INT64_MAX;
}

/*
 * Spread some cards of both sides and the placed one evenly over the room between those beyond
 * them, if there is a spacing at least.
 */
static bool
spread(const Placing *placing, const Run *up, int ups, const Run *down, int downs, int64 spacing,
	   int64 *position)
{
	int count = ups + downs + 1;
	int64 *ids = palloc(sizeof(int64) * (count + 1));
	int64 *positions = palloc(sizeof(int64) * (count + 1));
	int64 *places = palloc(sizeof(int64) * (count + 1));
	bool open_low = downs == down->count;
	bool open_high = ups == up->count;
	int128 span = (int128) POSITION_GAP * (count + 1);
	int128 low = open_low ? PG_INT64_MIN : down->positions[downs];
	int128 high = open_high ? PG_INT64_MAX : up->positions[ups];
	int128 step;
	int n = 0;
	Datum args[2];

	if (open_high && !open_low)
		high = Min(high, low + span);
	if (open_low && !open_high)
		low = Max(low, high - span);
	step = (high - low) / (count + 1);
	if (step < spacing)
		return false;

	for (int i = downs - 1; i >= 0; i--)
	{
		ids[n] = down->ids[i];
		positions[n] = down->positions[i];
		places[n++] = (int64) (low + step * (downs - i));
	}
	for (int i = 0; i < ups; i++)
	{
		ids[n] = up->ids[i];
		positions[n] = up->positions[i];
		places[n++] = (int64) (low + step * (downs + 2 + i));
	}
	if (!open_low)
	{
		ids[n] = down->ids[downs];
		positions[n++] = down->positions[downs];
	}
	if (!lock_more(placing, ids, positions, n))
		return false;

	args[0] = int8_array(ids, ups + downs);
	args[1] = int8_array(places, ups + downs);
	(void) owner_execute(placing->command, &move_aside, args, NULL);

	*position = (int64) (low + step * (downs + 1));
	if (!placing->card.in_column && *position == placing->card.position)
		(*position)++;
	return true;
}

/*
 * Make room by moving cards aside: as few as will do, above the gap, below it or on both sides. The
 * more there are the more room they must get, so that it lasts.
 */
static int64
make_gap(const Placing *placing)
{
	int64 spacing = 2;
	int64 position;

	for (int count = 1;; count *= 2)
	{
		Run up = read_side(placing, true, count + 1);
		Run down = read_side(placing, false, count + 1);
		int ups = Min(count, up.count);
		int downs = Min(count, down.count);

		CHECK_FOR_INTERRUPTS();
		if ((ups > 0 && spread(placing, &up, ups, &down, 0, spacing, &position)) ||
			(downs > 0 && spread(placing, &up, 0, &down, downs, spacing, &position)) ||
			(ups > 0 && downs > 0 && spread(placing, &up, ups, &down, downs, spacing, &position)))
			return position;
		if (up.count <= count && down.count <= count)
			refuse_busy_cards(placing);
		spacing += spacing / 4 + 1;
	}
}

/*
 * The position by which a card gets a place, locked until the end of the transaction. It differs
 * from the one that a card of another column has.
 */
int64
make_place(TriggerData *command, const Place *place)
{
	Placing placing = {.command = command, .place = place};
	int64 position;
	Run up;
	Run down;

	placing.above = place->above != NULL;
	placing.known = placing.above ? *place->above : *place->below;
	lock_gap(&placing, &up, &down);
	if (!position_between(&placing, &up, &down, &position))
		position = make_gap(&placing);
	return position;
}

/*
 * The position of a card on top of its column where nothing is left above the others: they are
 * moved aside.
 */
int64
make_top(TriggerData *command, const Place *place)
{
	Place on_top = *place;
	Datum args[] = {Int64GetDatum(place->pipeline_id), Int64GetDatum(place->stage_id),
					Int64GetDatum(place->card)};
	Datum top;
	int64 id;

	if (!owner_query(command, place->staged ? &top_card : &top_card_unstaged, args, &top, NULL))
		return 0;
	id = DatumGetInt64(top);
	on_top.above = &id;
	return make_place(command, &on_top);
}
