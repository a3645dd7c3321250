#include "postgres.h"

#include "opportunity/opportunity_row.h"
#include "opportunity/stage_change.h"
#include "rules/moved_row.h"
#include "utils/datum.h"

/*
 * What the last UPDATE in a partition left. Where the row then belongs to another partition, the
 * server inserts it there, with INSERT triggers: the row on its way is known by having it all.
 */
static KeptRow leaving;
static Oid leaving_partition;
static Whereabouts leaving_from;
static Datum leaving_values[COLUMNS];
static bool leaving_nulls[COLUMNS];

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
void
note_leaving(const Card *card)
{
	MemoryContext caller = begin_keeping(&leaving);

	for (int i = 0; i < COLUMNS; i++)
	{
		Form_pg_attribute att;

		leaving_nulls[i] = is_null(card, i);
		if (leaving_nulls[i])
			continue;
		att = TupleDescAttr(RelationGetDescr(card->row.rel), card->at[i]);
		leaving_values[i] = datumCopy(value_of(card, i), att->attbyval, att->attlen);
	}
	leaving_from = whereabouts(card, card->row.old_values, card->row.old_nulls);
	leaving_partition = RelationGetRelid(card->row.rel);
	end_keeping(&leaving, caller);
}

/* Whether an INSERT into a partition is the second half of an UPDATE that moves the row there. */
bool
is_arriving(const Card *card)
{
	if (!card->row.insert || !card->row.rel->rd_rel->relispartition || !is_kept(&leaving) ||
		leaving_partition == RelationGetRelid(card->row.rel))
		return false;

	for (int i = 0; i < COLUMNS; i++)
		if (!same_value(TupleDescAttr(RelationGetDescr(card->row.rel), card->at[i]),
						value_of(card, i), is_null(card, i), leaving_values[i], leaving_nulls[i]))
			return false;
	return true;
}

/* No trigger after UPDATE fires for a row that goes to another partition. */
void
arrive(const Card *card)
{
	Whereabouts to = whereabouts(card, card->row.values, card->row.nulls);

	stop_keeping(&leaving);
	if (to.staged != leaving_from.staged || to.stage_id != leaving_from.stage_id)
		record_stage_change(card->trigger, DatumGetInt64(value_of(card, ID)), &leaving_from, &to);
}
