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

static const WhereaboutsColumns stage_columns = {PIPELINE_ID, STAGE_ID, STAGE_ENTERED_AT};

/* Remember the row that an UPDATE leaves. */
void
note_leaving(const Row *row)
{
	MemoryContext caller = begin_keeping(&leaving);

	for (int i = 0; i < COLUMNS; i++)
	{
		Form_pg_attribute att;

		leaving_nulls[i] = is_null(row, i);
		if (leaving_nulls[i])
			continue;
		att = TupleDescAttr(RelationGetDescr(row->rel), row->at[i]);
		leaving_values[i] = datumCopy(value_of(row, i), att->attbyval, att->attlen);
	}
	leaving_from = whereabouts(row, &stage_columns, true);
	leaving_partition = RelationGetRelid(row->rel);
	end_keeping(&leaving, caller);
}

/* Whether an INSERT into a partition is the second half of an UPDATE that moves the row there. */
bool
is_arriving(const Row *row)
{
	if (!row->insert || !row->rel->rd_rel->relispartition || !is_kept(&leaving) ||
		leaving_partition == RelationGetRelid(row->rel))
		return false;

	for (int i = 0; i < COLUMNS; i++)
	{
		if (is_null(row, i) != leaving_nulls[i])
			return false;
		if (!is_null(row, i) && !same_value(TupleDescAttr(RelationGetDescr(row->rel), row->at[i]),
											value_of(row, i), false, leaving_values[i], false))
			return false;
	}
	return true;
}

/* No trigger after UPDATE fires for a row that goes to another partition. */
void
arrive(const Row *row)
{
	Whereabouts to = whereabouts(row, &stage_columns, false);

	stop_keeping(&leaving);
	record_stage_change(row->trigger, DatumGetInt64(value_of(row, ID)), &leaving_from, &to);
}
