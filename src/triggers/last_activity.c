/* When an opportunity's last activity was. */
#include "postgres.h"

#include "triggers/last_activity.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/derivation.h"
#include "triggers/owner_query.h"
#include "triggers/trigger_use.h"

PG_FUNCTION_INFO_V1(keep_last_activity);

static Derivation latest = {
	.locks = true,
	.update =
		{
			.table = "opportunity",
			.second = "activity",
			.sql = "UPDATE %1$s AS o SET last_activity_at = s.done_at "
				   "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS t (id, "
				   "tenant_id) "
				   "CROSS JOIN LATERAL (SELECT pg_catalog.max(a.done_at) AS done_at FROM %2$s AS a "
				   "WHERE {a=t}a.opportunity_id OPERATOR(pg_catalog.=) t.id) AS s "
				   "WHERE {o=t}o.id OPERATOR(pg_catalog.=) t.id "
				   "AND (o.last_activity_at OPERATOR(pg_catalog.=) s.done_at) IS NOT TRUE "
				   "AND (o.last_activity_at IS NOT NULL OR s.done_at IS NOT NULL)",
			.latest = true,
			.by_keys = true,
			.nargs = 2,
			.args = {INT8ARRAYOID, TEXTARRAYOID},
		},
};

static const OwnerQuery latest_of_opportunity = {
	.table = "activity",
	.sql = "SELECT pg_catalog.max(done_at) AS done_at FROM %s "
		   "WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TIMESTAMPTZOID, NULLABLE}},
};

/* When an opportunity, whose row is locked, had its last activity; false where it had none. */
bool
last_activity(TriggerData *trigger, Datum opportunity_id, Datum *moment)
{
	bool null;

	return owner_query(trigger, &latest_of_opportunity, &opportunity_id, moment, &null) && !null;
}

/* The opportunities whose last activity is another one by what becomes of an activity. */
void
note_activity(const Row *activity, int opportunity_id, int done_at)
{
	bool counted = !activity->is_insert && !was_null(activity, done_at);
	bool counts = !activity->is_delete && !is_null(activity, done_at);

	if (counted && counts && !differs(activity, opportunity_id) && !differs(activity, done_at))
		return;
	if (counted)
		note_parent(activity, opportunity_id, true, &latest);
	if (counts)
		note_parent(activity, opportunity_id, false, &latest);
}

/* keep_last_activity() -> trigger */
Datum
keep_last_activity(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"keep_last_activity", AFTER_ROW, ON_WRITE};

	derive_parents(fcinfo, &use, &latest);
	PG_RETURN_POINTER(NULL);
}
