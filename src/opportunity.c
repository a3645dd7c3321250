#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "belonging.h"
#include "catalog/pg_type.h"
#include "choice.h"
#include "common/int.h"
#include "compat.h"
#include "custom_rule.h"
#include "errors.h"
#include "fmgr.h"
#include "last_activity.h"
#include "opportunity_line.h"
#include "owner_query.h"
#include "place.h"
#include "realized.h"
#include "row.h"
#include "rule.h"
#include "settings.h"
#include "stage.h"
#include "stage_change.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(opportunity_rules);

/* The columns that the rules touch, in the order of the table that create_crm makes. */
enum
{
	ID,
	PIPELINE_ID,
	STAGE_ID,
	TYPE,
	SOURCE,
	CAMPAIGN,
	BUYING_PROCESS,
	COMPETITORS,
	TAGS,
	CURRENCY,
	AMOUNT,
	AMOUNT_MODE,
	PROBABILITY,
	PROBABILITY_MODE,
	REALIZED_AMOUNT,
	CLOSED_AT,
	CLOSED_ON,
	CLOSE_REASON,
	POSITION,
	CUSTOM,
	VERSION,
	CREATED_AT,
	CREATED_BY,
	UPDATED_AT,
	UPDATED_BY,
	STAGE_ENTERED_AT,
	STAGE_ENTERED_BY,
	LAST_ACTIVITY_AT,
	COLUMNS
};

static const RuleColumn columns[COLUMNS] = {
	[ID] = {"id", INT8OID},
	[PIPELINE_ID] = {"pipeline_id", INT8OID},
	[STAGE_ID] = {"stage_id", INT8OID},
	[TYPE] = {"type", TEXTOID, true},
	[SOURCE] = {"source", TEXTOID, true},
	[CAMPAIGN] = {"campaign", TEXTOID, true},
	[BUYING_PROCESS] = {"buying_process", TEXTOID, true},
	[COMPETITORS] = {"competitors", TEXTARRAYOID, true},
	[TAGS] = {"tags", TEXTARRAYOID, true},
	[CURRENCY] = {"currency", TEXTOID},
	[AMOUNT] = {"amount", NUMERICOID},
	[AMOUNT_MODE] = {"amount_mode", TEXTOID},
	[PROBABILITY] = {"probability", NUMERICOID},
	[PROBABILITY_MODE] = {"probability_mode", TEXTOID},
	[REALIZED_AMOUNT] = {"realized_amount", NUMERICOID},
	[CLOSED_AT] = {"closed_at", TIMESTAMPTZOID},
	[CLOSED_ON] = {"closed_on", DATEOID},
	[CLOSE_REASON] = {"close_reason", TEXTOID},
	[POSITION] = {"position", INT8OID},
	[CUSTOM] = {"custom", JSONBOID, true},
	[VERSION] = {"version", INT8OID},
	[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[CREATED_BY] = {"created_by", TEXTOID},
	[UPDATED_AT] = {"updated_at", TIMESTAMPTZOID},
	[UPDATED_BY] = {"updated_by", TEXTOID},
	[STAGE_ENTERED_AT] = {"stage_entered_at", TIMESTAMPTZOID},
	[STAGE_ENTERED_BY] = {"stage_entered_by", TEXTOID},
	[LAST_ACTIVITY_AT] = {"last_activity_at", TIMESTAMPTZOID},
};

/* What a change of the row or of its stage sets; an UPDATE keeps them whatever the client sends. */
static const int kept_by_update[] = {CREATED_AT, CREATED_BY,	   CLOSED_AT,
									 CLOSED_ON,	 STAGE_ENTERED_AT, STAGE_ENTERED_BY,
									 VERSION,	 UPDATED_AT,	   UPDATED_BY};

/* What can have choices; custom can as well, key by key. */
static const int choosing[] = {TYPE,		SOURCE, CAMPAIGN,	 BUYING_PROCESS,
							   COMPETITORS, TAGS,	CLOSE_REASON};

/* The order by every column of the index makes it the index's, also where stage_id is null. */
static const OwnerQuery top_of_stage = {
	.sql = "SELECT position FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "AND stage_id OPERATOR(pg_catalog.=) $2 "
		   "ORDER BY pipeline_id, stage_id, position DESC, id DESC LIMIT 1",
	.nargs = 2,
	.args = {INT8OID, INT8OID},
	.nresults = 1,
	.results = {INT8OID},
};

static const OwnerQuery top_without_stage = {
	.sql = "SELECT position FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "AND stage_id IS NULL "
		   "ORDER BY pipeline_id, stage_id, position DESC, id DESC LIMIT 1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {INT8OID},
};

/* Conflicts with the lock that a row of another table takes on the opportunity that it is of. */
static const OwnerQuery lock_currency = {
	.sql = "SELECT true FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED",
	.nargs = 1,
	.args = {INT8OID},
};

/* What holds amounts in the opportunity's currency, so that it stays. */
static const struct
{
	const char *what;
	OwnerQuery any;
} currency_holders[] = {
	{"lines",
	 {
		 .table = "opportunity_line",
		 .sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		 .latest = true,
		 .nargs = 1,
		 .args = {INT8OID},
	 }},
	{"documents",
	 {
		 .table = "document",
		 .sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		 .latest = true,
		 .nargs = 1,
		 .args = {INT8OID},
	 }},
	{"payments",
	 {
		 .table = "payment",
		 .sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		 .latest = true,
		 .nargs = 1,
		 .args = {INT8OID},
	 }},
};

/* The row that a trigger works on, by columns of the enum. */
typedef struct Card
{
	TriggerData *trigger;
	Relation rel;
	bool insert;
	bool touched; /* a rule set something */
	int at[COLUMNS];
	Datum *values;
	bool *nulls;
	Datum *old_values;
	bool *old_nulls;
	const char *stage_kind;
	TimestampTz now;
} Card;

/*
 * What the last UPDATE in a partition left. Where the row then belongs to another partition, the
 * server inserts it there, with INSERT triggers: the row on its way is known by having it all.
 */
static MemoryContext leaving_context;
static LocalTransactionId leaving_transaction;
static Oid leaving_partition;
static Whereabouts leaving_from;
static Datum leaving_values[COLUMNS];
static bool leaving_nulls[COLUMNS];

static inline bool
is_null(const Card *card, int column)
{
	return card->nulls[card->at[column]];
}

static inline Datum
value_of(const Card *card, int column)
{
	return card->values[card->at[column]];
}

static inline bool
was_null(const Card *card, int column)
{
	return card->old_nulls[card->at[column]];
}

static inline Datum
old_value_of(const Card *card, int column)
{
	return card->old_values[card->at[column]];
}

static void
set_value(Card *card, int column, Datum value)
{
	card->values[card->at[column]] = value;
	card->nulls[card->at[column]] = false;
	card->touched = true;
}

static void
set_null(Card *card, int column)
{
	card->values[card->at[column]] = (Datum) 0;
	card->nulls[card->at[column]] = true;
	card->touched = true;
}

static void
set_text(Card *card, int column, const char *value)
{
	set_value(card, column, CStringGetTextDatum(value));
}

/* Whether an UPDATE gives a column another value than it has. */
static bool
differs(const Card *card, int index)
{
	return !same_value(TupleDescAttr(RelationGetDescr(card->rel), index), card->values[index],
					   card->nulls[index], card->old_values[index], card->old_nulls[index]);
}

/* Whether a column is new: always on INSERT, on UPDATE where the value differs. */
static bool
changed(const Card *card, int column)
{
	return card->insert || differs(card, card->at[column]);
}

/* Put the old value of a column back. */
static void
keep_old(Card *card, int column)
{
	int index = card->at[column];

	if (!differs(card, index))
		return;
	card->values[index] = card->old_values[index];
	card->nulls[index] = card->old_nulls[index];
	card->touched = true;
}

/* Whether a text is missing or blank. */
static bool
is_blank(const Card *card, int column)
{
	char *string;

	if (is_null(card, column))
		return true;
	string = TextDatumGetCString(value_of(card, column));
	return string[strspn(string, " ")] == '\0';
}

/* The stage that the row shall be in, checked where the row enters it. */
static void
check_stage(Card *card, int64 stage_id, Stage *stage, bool entering)
{
	int64 pipeline_id = DatumGetInt64(value_of(card, PIPELINE_ID));

	if (!read_stage(card->trigger, stage_id, stage))
		ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
						errmsg("stage %lld does not exist", (long long) stage_id),
						errhint("Choose a stage of pipeline %lld.", (long long) pipeline_id),
						errtable(card->rel), err_code("stage_missing"), err_field("stage_id")));
	if (stage->pipeline_id != pipeline_id && !is_null(card, PIPELINE_ID))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("stage \"%s\" is not a stage of the opportunity's pipeline", stage->name),
				 errdetail("Stage %lld is of pipeline %lld, the opportunity of pipeline %lld.",
						   (long long) stage_id, (long long) stage->pipeline_id,
						   (long long) pipeline_id),
				 errhint("Set pipeline_id and stage_id together, to a pipeline and one of its "
						 "stages."),
				 errtable(card->rel), err_code("stage_of_another_pipeline"),
				 err_field("stage_id")));
	if (entering && !stage->active)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("stage \"%s\" is not active", stage->name),
						errhint("Choose an active stage of the pipeline."), errtable(card->rel),
						err_code("stage_inactive"), err_field("stage_id")));
}

/* An open opportunity, or one with no stage, has neither a closing day nor a reason. */
static void
apply_open(Card *card, bool entering)
{
	if (card->insert)
	{
		if (!is_null(card, CLOSED_AT) || !is_null(card, CLOSED_ON))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("an opportunity in an open stage has no closing day"),
							errhint("Give a final stage, or leave out closed_at and closed_on."),
							errtable(card->rel), err_code("closed_in_open_stage"),
							err_field(is_null(card, CLOSED_AT) ? "closed_on" : "closed_at")));
	}
	else if (entering)
	{
		set_null(card, CLOSED_AT);
		set_null(card, CLOSED_ON);
		if (!changed(card, CLOSE_REASON))
			set_null(card, CLOSE_REASON);
	}

	if (!is_null(card, CLOSE_REASON) && (entering || changed(card, CLOSE_REASON)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("an opportunity in an open stage has no close reason"),
				 errhint("Give the reason together with a won or lost stage."), errtable(card->rel),
				 err_code("close_reason_open"), err_field("close_reason")));
}

/* A closed opportunity has the moment and the day of its closing, and a reason where asked for. */
static void
apply_final(Card *card, const Stage *stage, bool entering)
{
	if (entering && card->insert)
	{
		if (is_null(card, CLOSED_AT))
			set_value(card, CLOSED_AT,
					  TimestampTzGetDatum(
						  is_null(card, CLOSED_ON)
							  ? card->now
							  : business_day_start(DatumGetDateADT(value_of(card, CLOSED_ON)))));
		if (is_null(card, CLOSED_ON))
			set_value(
				card, CLOSED_ON,
				DateADTGetDatum(business_day(DatumGetTimestampTz(value_of(card, CLOSED_AT)))));
	}
	else if (entering)
	{
		set_value(card, CLOSED_AT, TimestampTzGetDatum(card->now));
		set_value(card, CLOSED_ON, DateADTGetDatum(business_day(card->now)));

		/* The reason of an earlier closing is not the reason of this one. */
		if (!changed(card, CLOSE_REASON))
			set_null(card, CLOSE_REASON);
	}

	if (stage->reason_required && (entering || changed(card, CLOSE_REASON)) &&
		is_blank(card, CLOSE_REASON))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("stage \"%s\" requires a close reason", stage->name),
						errhint("Set close_reason together with the stage."), errtable(card->rel),
						err_code("close_reason_required"), err_field("close_reason")));
}

/* Fill a mode that isn't given, and say whether it is auto. */
static bool
apply_mode(Card *card, int mode, int column)
{
	if (is_null(card, mode))
	{
		if (card->insert || was_null(card, mode))
			set_text(card, mode, is_null(card, column) ? "auto" : "manual");
		else
			set_value(card, mode, old_value_of(card, mode));
	}
	return strcmp(TextDatumGetCString(value_of(card, mode)), "auto") == 0;
}

/* Whether two numbers are the same, or both missing; 10.0 and 10.00 are. */
static bool
same_number(Datum a, bool a_null, Datum b, bool b_null)
{
	if (a_null || b_null)
		return a_null == b_null;
	return DatumGetBool(DirectFunctionCall2(numeric_eq, a, b));
}

/* Whether an UPDATE gives a number of another size. */
static bool
number_changed(const Card *card, int column)
{
	return changed(card, column) &&
		   !same_number(value_of(card, column), is_null(card, column), old_value_of(card, column),
						was_null(card, column));
}

/*
 * In auto the amount is that of the lines; a row that is new has none. An amount that is sent is
 * set by hand unless it is just that: so it can follow lines that changed, or be put right.
 */
static void
apply_amount(Card *card)
{
	Datum amount;
	bool any;

	if (!apply_mode(card, AMOUNT_MODE, AMOUNT))
		return;
	if (card->insert)
	{
		set_null(card, AMOUNT);
		return;
	}
	if (!changed(card, AMOUNT_MODE) && !number_changed(card, AMOUNT))
	{
		keep_old(card, AMOUNT);
		return;
	}

	any = amount_of_lines(card->trigger, DatumGetInt64(value_of(card, ID)), &amount);
	if (!changed(card, AMOUNT_MODE) &&
		!same_number(value_of(card, AMOUNT), is_null(card, AMOUNT), amount, !any))
		set_text(card, AMOUNT_MODE, "manual");
	else if (any)
		set_value(card, AMOUNT, amount);
	else
		set_null(card, AMOUNT);
}

/* Whether the probability follows the stage; one that is set by hand doesn't from then on. */
static bool
apply_probability_mode(Card *card)
{
	if (!apply_mode(card, PROBABILITY_MODE, PROBABILITY))
		return false;
	if (card->insert)
		return true;
	if (!changed(card, PROBABILITY_MODE) && number_changed(card, PROBABILITY))
	{
		set_text(card, PROBABILITY_MODE, "manual");
		return false;
	}
	keep_old(card, PROBABILITY);
	return true;
}

/* A probability is a percentage. */
static void
check_probability(Card *card)
{
	Datum value = value_of(card, PROBABILITY);

	if (is_null(card, PROBABILITY) ||
		(DatumGetBool(
			 DirectFunctionCall2(numeric_ge, value, NumericGetDatum(int64_to_numeric(0)))) &&
		 DatumGetBool(
			 DirectFunctionCall2(numeric_le, value, NumericGetDatum(int64_to_numeric(100))))))
		return;

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("probability must be from 0 to 100"),
			 errdetail("It would be %s.", DatumGetCString(DirectFunctionCall1(numeric_out, value))),
			 errhint("Give a percentage: 50 is one half."), errtable(card->rel),
			 err_code("probability_range"), err_field("probability")));
}

/* One opportunity, one currency: amounts that are there already would become others. */
static void
check_currency(const Card *card)
{
	Datum id = value_of(card, ID);

	if (card->insert || !changed(card, CURRENCY))
		return;

	/* Waiting here for somebody who waits for this row would be a deadlock. */
	if (!owner_query(card->trigger, &lock_currency, &id, NULL, NULL))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("the currency of opportunity %lld cannot change now",
							   (long long) DatumGetInt64(id)),
						errdetail("Another transaction writes something that belongs to it."),
						errhint("Try again."), errtable(card->rel), err_code("currency_busy"),
						err_field("currency")));

	for (int i = 0; i < lengthof(currency_holders); i++)
		if (owner_query(card->trigger, &currency_holders[i].any, &id, NULL, NULL))
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("the currency of opportunity %lld cannot change: it has %s",
							(long long) DatumGetInt64(id), currency_holders[i].what),
					 errhint("Delete them first, or enter another opportunity."),
					 errtable(card->rel), err_code("currency_fixed"), err_field("currency")));
}

/* What a client sends back may be old by now: it is the latest of the activities that there are. */
static void
apply_last_activity(Card *card)
{
	Datum moment;

	if (!changed(card, LAST_ACTIVITY_AT) || (card->insert && is_null(card, LAST_ACTIVITY_AT)))
		return;
	if (!card->insert && last_activity(card->trigger, value_of(card, ID), &moment))
		set_value(card, LAST_ACTIVITY_AT, moment);
	else
		set_null(card, LAST_ACTIVITY_AT);
}

/* Put the card on top of its column. At the end of the range the latest of equals is on top. */
static void
put_on_top(Card *card)
{
	Datum args[2];
	Datum top;
	bool null;
	int64 position = 0;

	args[0] = value_of(card, PIPELINE_ID);
	args[1] = value_of(card, STAGE_ID);
	if (owner_query(card->trigger, is_null(card, STAGE_ID) ? &top_without_stage : &top_of_stage,
					args, &top, &null) &&
		!null)
		position = DatumGetInt64(top);
	if (pg_add_s64_overflow(position, POSITION_GAP, &position))
		position = PG_INT64_MAX;
	set_value(card, POSITION, Int64GetDatum(position));
}

/* Everything that follows from the stage: closing, probability, place, stamps of the stage. */
static void
apply_stage(Card *card)
{
	bool staged = !is_null(card, STAGE_ID);
	bool entering = changed(card, STAGE_ID);
	bool moving = entering || changed(card, PIPELINE_ID);
	bool derive = apply_probability_mode(card) && (moving || changed(card, PROBABILITY_MODE));
	Stage stage;
	bool read;

	if (!card->insert && !staged && !was_null(card, STAGE_ID))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("an opportunity that has a stage cannot go back to none"),
						errhint("Choose another stage of the pipeline."), errtable(card->rel),
						err_code("stage_required"), err_field("stage_id")));

	read = staged && (moving || derive || changed(card, CLOSE_REASON));
	if (read)
	{
		check_stage(card, DatumGetInt64(value_of(card, STAGE_ID)), &stage, moving);
		card->stage_kind = stage.kind;
	}

	if (read && stage.final)
		apply_final(card, &stage, entering);
	else if (read || !staged)
		apply_open(card, entering);

	/* In auto the probability is that of the stage, as of entering one that has any. */
	if (read && derive && stage.has_probability)
		set_value(card, PROBABILITY, stage.probability);

	if (is_null(card, POSITION) || (!card->insert && moving && !changed(card, POSITION)))
		put_on_top(card);

	if (entering)
	{
		if (!card->insert || is_null(card, STAGE_ENTERED_AT))
			set_value(card, STAGE_ENTERED_AT, TimestampTzGetDatum(card->now));
		set_text(card, STAGE_ENTERED_BY, current_user_name());
	}
}

/* What the row takes anew must be of its type, and among the choices of its field. */
static void
check_values(Card *card)
{
	List *chosen = NIL;

	for (int i = 0; i < lengthof(choosing); i++)
	{
		int column = choosing[i];

		if (is_null(card, column) || !changed(card, column))
			continue;
		if (columns[column].type == TEXTOID)
			chosen = choose_text(chosen, columns[column].name,
								 TextDatumGetCString(value_of(card, column)));
		else
			chosen = choose_elements(
				chosen, columns[column].name, value_of(card, column),
				card->insert || was_null(card, column) ? (Datum) 0 : old_value_of(card, column));
	}
	if (!is_null(card, CUSTOM) && changed(card, CUSTOM))
		chosen = check_custom(card->trigger, value_of(card, PIPELINE_ID), value_of(card, CUSTOM),
							  card->insert || was_null(card, CUSTOM) ? (Datum) 0
																	 : old_value_of(card, CUSTOM),
							  chosen);
	check_choices(card->trigger, chosen, card->stage_kind);
}

/* Stamp a new row. */
static void
stamp_insert(Card *card)
{
	char *user = current_user_name();

	if (is_null(card, CREATED_AT))
		set_value(card, CREATED_AT, TimestampTzGetDatum(card->now));
	set_text(card, CREATED_BY, user);
	set_value(card, UPDATED_AT, TimestampTzGetDatum(card->now));
	set_text(card, UPDATED_BY, user);
	set_value(card, VERSION, Int64GetDatum(1));
}

/* Count and stamp a change that people make; what is derived or only a place is none. */
static void
stamp_update(Card *card)
{
	TupleDesc desc = RelationGetDescr(card->rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated || i == card->at[POSITION] ||
			i == card->at[REALIZED_AMOUNT] || i == card->at[LAST_ACTIVITY_AT] || !differs(card, i))
			continue;

		set_value(card, VERSION, Int64GetDatum(DatumGetInt64(old_value_of(card, VERSION)) + 1));
		set_value(card, UPDATED_AT, TimestampTzGetDatum(card->now));
		set_text(card, UPDATED_BY, current_user_name());
		return;
	}
}

/* Where the row is, or was before an UPDATE. */
static Whereabouts
whereabouts(const Card *card, const Datum *values, const bool *nulls)
{
	return (Whereabouts){
		.pipeline_id = DatumGetInt64(values[card->at[PIPELINE_ID]]),
		.stage_id = DatumGetInt64(values[card->at[STAGE_ID]]),
		.staged = !nulls[card->at[STAGE_ID]],
		.since = DatumGetTimestampTz(values[card->at[STAGE_ENTERED_AT]]),
	};
}

/* Remember the row that an UPDATE leaves. */
static void
note_leaving(const Card *card)
{
	MemoryContext old;

	leaving_transaction = InvalidLocalTransactionId;
	if (leaving_context == NULL)
		leaving_context = AllocSetContextCreate(TopMemoryContext, "opportunities: leaving row",
												ALLOCSET_SMALL_SIZES);
	MemoryContextReset(leaving_context);

	old = MemoryContextSwitchTo(leaving_context);
	for (int i = 0; i < COLUMNS; i++)
	{
		Form_pg_attribute att;

		leaving_nulls[i] = is_null(card, i);
		if (leaving_nulls[i])
			continue;
		att = TupleDescAttr(RelationGetDescr(card->rel), card->at[i]);
		leaving_values[i] = datumCopy(value_of(card, i), att->attbyval, att->attlen);
	}
	MemoryContextSwitchTo(old);
	leaving_from = whereabouts(card, card->old_values, card->old_nulls);
	leaving_partition = RelationGetRelid(card->rel);
	leaving_transaction = current_local_transaction();
}

/* Whether an INSERT into a partition is the second half of an UPDATE that moves the row there. */
static bool
is_arriving(const Card *card)
{
	if (!card->insert || !card->rel->rd_rel->relispartition ||
		leaving_transaction != current_local_transaction() ||
		leaving_partition == RelationGetRelid(card->rel))
		return false;

	for (int i = 0; i < COLUMNS; i++)
	{
		Form_pg_attribute att;

		if (is_null(card, i) != leaving_nulls[i])
			return false;
		if (leaving_nulls[i])
			continue;
		att = TupleDescAttr(RelationGetDescr(card->rel), card->at[i]);
		if (!datum_image_eq(value_of(card, i), leaving_values[i], att->attbyval, att->attlen))
			return false;
	}
	return true;
}

/* No trigger after UPDATE fires for a row that goes to another partition. */
static void
arrive(const Card *card)
{
	Whereabouts to = whereabouts(card, card->values, card->nulls);

	leaving_transaction = InvalidLocalTransactionId;
	if (to.staged != leaving_from.staged || to.stage_id != leaving_from.stage_id)
		record_stage_change(card->trigger, DatumGetInt64(value_of(card, ID)), &leaving_from, &to);
}

/* The values of a row, and a NULL past the last for columns that are not there. */
static void
take_apart(TupleDesc desc, HeapTuple tuple, Datum **values, bool **nulls)
{
	*values = palloc((desc->natts + 1) * sizeof(Datum));
	*nulls = palloc((desc->natts + 1) * sizeof(bool));
	heap_deform_tuple(tuple, desc, *values, *nulls);
	(*values)[desc->natts] = (Datum) 0;
	(*nulls)[desc->natts] = true;
}

/* The rows of the trigger, taken apart. */
static Card
card_of(TriggerData *trigger)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	Card card = {0};
	HeapTuple tuple;

	card.trigger = trigger;
	card.rel = trigger->tg_relation;
	card.insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	card.stage_kind = "open"; /* unless its stage is read and says otherwise */
	card.now = GetCurrentTransactionStartTimestamp();
	find_columns(card.rel, columns, COLUMNS, card.at);

	tuple = card.insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	take_apart(desc, tuple, &card.values, &card.nulls);
	if (!card.insert)
		take_apart(desc, trigger->tg_trigtuple, &card.old_values, &card.old_nulls);
	return card;
}

/* opportunity_rules() -> trigger */
Datum
opportunity_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_BEFORE, "opportunity_rules");
	HeapTuple tuple;
	Card card;

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		lock_belongings(trigger);
		PG_RETURN_POINTER(trigger->tg_trigtuple);
	}

	card = card_of(trigger);
	tuple = card.insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	if (is_arriving(&card))
	{
		arrive(&card);
		PG_RETURN_POINTER(tuple);
	}

	if (!card.insert)
		for (int i = 0; i < lengthof(kept_by_update); i++)
			keep_old(&card, kept_by_update[i]);

	check_currency(&card);
	apply_amount(&card);
	if (!card.insert && number_changed(&card, REALIZED_AMOUNT))
		check_realized(trigger, DatumGetInt64(value_of(&card, ID)),
					   value_of(&card, REALIZED_AMOUNT), is_null(&card, REALIZED_AMOUNT));
	apply_last_activity(&card);
	apply_stage(&card);
	if (changed(&card, PROBABILITY))
		check_probability(&card);
	check_values(&card);
	if (card.insert)
		stamp_insert(&card);
	else
		stamp_update(&card);
	if (!card.insert && card.rel->rd_rel->relispartition)
		note_leaving(&card);

	if (card.touched)
		tuple = heap_form_tuple(RelationGetDescr(card.rel), card.values, card.nulls);
	PG_RETURN_POINTER(tuple);
}
