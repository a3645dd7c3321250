/* The stages from which each can be entered, by the transitions beside a relation. */
#include "postgres.h"

#include "query/entered_from.h"

#include "base/limits.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "settings/crm_version.h"
#include "settings/settings.h"
#include "settings/tenant.h"

/* A way to a stage, or that there is none. */
typedef struct Way
{
	char *stage;
	char *from; /* NULL: none */
	bool allowed;
} Way;

/*
 * The query for the stages of pipelines that have transitions: a row for each that leads to one, or
 * one of NULLs, in the order of the stages.
 */
static char *
transitions_query(const Source *stages, const Source *transitions)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT s.id::pg_catalog.text, t.from_stage_id::pg_catalog.text, "
					 "t.role::pg_catalog.text, t.to_stage_id::pg_catalog.text "
					 "FROM %s AS s LEFT JOIN %s AS t ON t.to_stage_id::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) s.id::pg_catalog.text",
					 stages->sql, transitions->sql);
	append_tenant(&sql, transitions->relid, "t");
	appendStringInfo(&sql,
					 " WHERE EXISTS (SELECT FROM %s AS p WHERE p.pipeline_id::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) s.pipeline_id::pg_catalog.text",
					 transitions->sql);
	append_tenant(&sql, transitions->relid, "p");
	appendStringInfoChar(&sql, ')');
	append_tenant(&sql, stages->relid, "s");
	appendStringInfo(&sql, " ORDER BY 1, 2 LIMIT %d", MAX_IDS + 1);
	return sql.data;
}

/* Read the ways to the stages, those of roles that the caller has not as NULLs. */
static List *
read_ways(const char *sql)
{
	MemoryContext caller = CurrentMemoryContext;
	List *ways = NIL;

	SPI_connect();
	(void) run_query(sql);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		MemoryContext inner = MemoryContextSwitchTo(caller);
		Way *way = palloc(sizeof(Way));
		char *role = copy_value(caller, row, 3);

		CHECK_FOR_INTERRUPTS();
		way->stage = copy_value(caller, row, 1);
		way->from = copy_value(caller, row, 2);
		way->allowed = copy_value(caller, row, 4) != NULL && (role == NULL || is_of_role(role));
		ways = lappend(ways, way);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return ways;
}

/* Whether a way is the same as another: for another role. */
static bool
is_same(const Way *way, const Way *other)
{
	return other != NULL && strcmp(way->stage, other->stage) == 0 &&
		   (way->from == NULL ? other->from == NULL
							  : other->from != NULL && strcmp(way->from, other->from) == 0);
}

/* Push them as an object of the stages: {"5": ["1", null]}. */
static void
push_ways(JsonbInState *state, List *ways)
{
	const Way *last = NULL; /* that was pushed */
	const char *stage = NULL;
	ListCell *cell;

	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	foreach (cell, ways)
	{
		const Way *way = lfirst(cell);

		if (stage == NULL || strcmp(stage, way->stage) != 0)
		{
			if (stage != NULL)
				pushJsonbValue(state, WJB_END_ARRAY, NULL);
			push_key(state, way->stage);
			pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
		}
		stage = way->stage;
		if (!way->allowed || is_same(way, last))
			continue;
		push_element(state, way->from);
		last = way;
	}
	if (stage != NULL)
		pushJsonbValue(state, WJB_END_ARRAY, NULL);
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/*
 * Push from which stages the caller may enter each, as far as the transitions beside a relation say
 * so to the caller; NULL among them is none, or one of another pipeline.
 */
void
push_entered_from(JsonbInState *state, const Source *source)
{
	static const char *const transition_needs[] = {"pipeline_id", "from_stage_id", "to_stage_id",
												   "role"};
	static const char *const stage_needs[] = {"id", "pipeline_id"};
	Source *transitions =
		is_made_before(source->schema, VERSION_0_2)
			? NULL
			: open_beside(source, "stage_transition", lengthof(transition_needs), transition_needs);
	Source *stages = open_beside(source, "stage", lengthof(stage_needs), stage_needs);
	List *ways = transitions == NULL || stages == NULL
					 ? NIL
					 : read_ways(transitions_query(stages, transitions));

	if (ways == NIL || list_length(ways) > MAX_IDS)
		return;
	push_key(state, "entered_from");
	push_ways(state, ways);
}
