/* check_rollup: rollups against the rows that they sum up. */
#include "postgres.h"

#include "rollup/rollup_check.h"

#include "base/compat.h"
#include "base/errors.h"
#include "lib/stringinfo.h"
#include "rollup/rollup.h"
#include "rollup/rollup_fill.h"
#include "rollup/rollup_pending.h"
#include "rollup/rollup_state.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

/* Who is told of the rollup that is being checked. */
typedef struct RollupTelling
{
	RollupProblem tell;
	void *arg;
	Oid table;
} RollupTelling;

/* A group as people read it: the columns and their values. */
static char *
rollup_group_text(const RollupGroups *groups, const RollupGroup *group, Oid table)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < groups->count; i++)
	{
		Oid output;
		bool varlena;

		getTypeOutputInfo(groups->columns[i].type, &output, &varlena);
		appendStringInfo(&text, "%s%s %s", i == 0 ? "" : ", ",
						 quote_identifier(get_attname(table, i + 1, false)),
						 group->key.nulls[i] ? "null"
											 : quote_literal_cstr(OidOutputFunctionCall(
												   output, group->key.values[i])));
	}
	return text.data;
}

/* Tell that a group differs. */
static void
tell_group(const RollupGroups *groups, RollupGroup *group, void *arg)
{
	RollupTelling *check = arg;
	Oid output;
	bool varlena;

	getTypeOutputInfo(get_atttype(check->table, groups->count + 1), &output, &varlena);
	check->tell(check->arg, check->table, rollup_group_text(groups, group, check->table),
				psprintf("the rows are more than it says by %s",
						 OidOutputFunctionCall(output, item_pack(&group->item))));
}

/* Check the rollups of a table under the active snapshot. */
void
check_rollups(Relation home, RollupProblem tell, void *arg)
{
	List *rollups;
	RollupShapes *shapes = copy_rollup_shapes(home);
	ListCell *cell;

	refuse_while_writing("check_rollup");
	rollups = relation_rollups(RelationGetRelid(home));
	foreach (cell, rollups)
	{
		Rollup *rollup = lfirst(cell);
		RollupTelling check = {tell, arg, rollup->relid};

		if (rollup->obstacle != NULL)
			tell(arg, rollup->relid, NULL, psprintf("it isn't used: %s", rollup->obstacle));
		else
			compare_rollup(home, shapes, find_rollup_shape(shapes, rollup->relid),
						   GetActiveSnapshot(), tell_group, &check);
	}
}
