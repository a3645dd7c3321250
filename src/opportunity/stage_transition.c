/* The ways from stage to stage that a pipeline allows: rows of stage_transition. */
#include "postgres.h"

#include "opportunity/stage_transition.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "opportunity/opportunity_row.h"
#include "settings/settings.h"
#include "triggers/owner_query.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(stage_transition_trigger);

/* More are no hint. */
#define MAX_NAMED_STAGES 20

enum
{
	TRANSITION_ROLE,
	TRANSITION_COLUMNS
};

static const TriggerColumn columns[TRANSITION_COLUMNS] = {
	[TRANSITION_ROLE] = {"role", TEXTOID},
};

/* Where a row comes from in its pipeline: a stage of it, or from outside. */
typedef struct Departure
{
	bool staged;
	int64 stage_id;
} Departure;

/* That a transition begins there, which $2 and $3 are. */
#define BEGINS_THERE \
	"CASE WHEN $2 THEN t.from_stage_id OPERATOR(pg_catalog.=) $3 ELSE t.from_stage_id IS NULL END"

static const OwnerQuery roles_of_transition = {
	.table = TRANSITION_TABLE,
	.sql = "SELECT pg_catalog.array_agg(t.role) AS roles FROM %s AS t "
		   "WHERE {=}t.pipeline_id OPERATOR(pg_catalog.=) $1 AND " BEGINS_THERE
		   " AND t.to_stage_id OPERATOR(pg_catalog.=) $4 AND t.role IS NOT NULL",
	.nargs = 4,
	.args = {INT8OID, BOOLOID, INT8OID, INT8OID},
	.nresults = 1,
	.results = {{TEXTARRAYOID, NULLABLE}},
};

/* The stages to which one can go, each with the role that it takes; an empty one is anybody's. */
static const OwnerQuery ways = {
	.table = "stage",
	.second = TRANSITION_TABLE,
	.sql = "SELECT pg_catalog.array_agg(s.name ORDER BY s.id) AS names, "
		   "pg_catalog.array_agg(COALESCE(t.role, '') ORDER BY s.id) AS roles "
		   "FROM %1$s AS s JOIN %2$s AS t ON {t=s}t.to_stage_id OPERATOR(pg_catalog.=) s.id "
		   "WHERE {t=}t.pipeline_id OPERATOR(pg_catalog.=) $1 AND " BEGINS_THERE " AND s.active",
	.nargs = 3,
	.args = {INT8OID, BOOLOID, INT8OID},
	.nresults = 2,
	.results = {{TEXTARRAYOID, NULLABLE}, {TEXTARRAYOID, NULLABLE}},
};

static const Disclosure transition_disclosure =
	DISCLOSURE(TRANSITION_TABLE, "pipeline_id", INT8OID, "from_stage_id", "to_stage_id", "role");

static const StageRetirement *retirements;

/* Begin to let the rows of a stage go to its replacement, until the end is told. */
void
begin_retirement(StageRetirement *retirement)
{
	retirement->outer = retirements;
	retirements = retirement;
}

/* End it, also where it failed. */
void
end_retirement(const StageRetirement *retirement)
{
	retirements = retirement->outer;
}

/* Whether a row goes where retire_stage takes it. */
static bool
is_retired(const Row *row, const Departure *from, int64 to)
{
	for (const StageRetirement *at = retirements; at != NULL; at = at->outer)
		if (at->table == home_table(row->rel) && from->staged && at->stage_id == from->stage_id &&
			at->replacement_id == to)
			return true;
	return false;
}

/* Where a row comes from: another pipeline is as good as no stage. */
static Departure
departure_of(const Row *row)
{
	Departure from = {.staged = !was_null(row, OPPORTUNITY_STAGE_ID) &&
								!differs(row, OPPORTUNITY_PIPELINE_ID)};

	if (from.staged)
		from.stage_id = DatumGetInt64(old_value_of(row, OPPORTUNITY_STAGE_ID));
	return from;
}

/* Whether a stage is among those from which anybody may come. */
static bool
is_among(const Departure *from, Datum entered_from)
{
	Datum *stages;
	bool *nulls;
	int count;

	deconstruct_array(DatumGetArrayTypeP(entered_from), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &stages, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (nulls[i] ? !from->staged : from->staged && DatumGetInt64(stages[i]) == from->stage_id)
			return true;
	return false;
}

/* Whether a way is one of a role of the writer's. */
static bool
is_way_of_role(const Row *row, const Datum *args)
{
	Datum roles;
	bool none;
	ListCell *cell;

	if (!owner_query(row->trigger, &roles_of_transition, args, &roles, &none) || none)
		return false;
	foreach (cell, text_array(DatumGetArrayTypeP(roles), TRANSITION_TABLE, INT_MAX))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_of_role(lfirst(cell)))
			return true;
	}
	return false;
}

/* A hint with the stages to which the writer may go, as far as they may be told. */
static const char *
other_stages(const Row *row, const Datum *args)
{
	List *allowed = NIL;
	StringInfoData text;
	Datum values[2];
	bool nulls[2];
	ListCell *name;
	ListCell *role;

	if (!may_read(row->trigger, &transition_disclosure) ||
		!may_read(row->trigger, &stage_disclosure) ||
		!writer_query(row->trigger, &ways, args, values, nulls))
		return "Choose another stage.";
	if (!nulls[0])
		forboth(name, text_array(DatumGetArrayTypeP(values[0]), TRANSITION_TABLE, INT_MAX), role,
				text_array(DatumGetArrayTypeP(values[1]), TRANSITION_TABLE, INT_MAX))
		{
			CHECK_FOR_INTERRUPTS();
			if ((*(char *) lfirst(role) == '\0' || is_of_role(lfirst(role))) &&
				list_length(allowed) < MAX_NAMED_STAGES && !has_string(allowed, lfirst(name)))
				allowed = lappend(allowed, lfirst(name));
		}
	if (allowed == NIL)
		return "None that you see can be entered from there.";
	initStringInfo(&text);
	foreach (name, allowed)
		appendStringInfo(
			&text, "%s\"%s\"",
			foreach_current_index(name) == 0 ? "Stages that can be entered from there: " : ", ",
			(char *) lfirst(name));
	appendStringInfoChar(&text, '.');
	return text.data;
}

/* Refuse a way that isn't there, with those that are: what the writer may not see isn't told. */
pg_noreturn static void
refuse_transition(const Row *row, const Stage *stage, const Departure *from, const Datum *args)
{
	Stage old = {0};
	const char *hint;

	refuse_hidden_stage(row);
	hint = other_stages(row, args);
	if (from->staged && may_tell(row->trigger, &stage_disclosure, args[2]))
		(void) read_stage(row, from->stage_id, false, &old);
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 old.name != NULL
				 ? errmsg("stage \"%s\" cannot be entered from stage \"%s\"", stage->name, old.name)
				 : errmsg("stage \"%s\" cannot be entered from %s", stage->name,
						  from->staged							? "the stage of the opportunity"
						  : was_null(row, OPPORTUNITY_STAGE_ID) ? "no stage"
																: "another pipeline"),
			 errhint("%s", hint), errtable(row->rel), err_code("transition_not_allowed"),
			 err_field("stage_id")));
}

/* A row that enters a stage must come by a way that its pipeline allows, where it names any. */
void
check_transition(const Row *row, const Stage *stage)
{
	Departure from = departure_of(row);
	Datum args[4];

	if (stage->entered_from == (Datum) 0 || is_among(&from, stage->entered_from))
		return;
	args[0] = Int64GetDatum(stage->pipeline_id);
	args[1] = BoolGetDatum(from.staged);
	args[2] = Int64GetDatum(from.stage_id);
	args[3] = value_of(row, OPPORTUNITY_STAGE_ID);
	if (!is_retired(row, &from, DatumGetInt64(args[3])) && !is_way_of_role(row, args))
		refuse_transition(row, stage, &from, args);
}

/* stage_transition_trigger() -> trigger */
Datum
stage_transition_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"stage_transition_trigger", BEFORE_ROW, ON_INSERT | ON_UPDATE,
								   columns, TRANSITION_COLUMNS};
	Row row = open_row(fcinfo, &use);
	char *role = is_null(&row, TRANSITION_ROLE) || !changed(&row, TRANSITION_ROLE)
					 ? NULL
					 : TextDatumGetCString(value_of(&row, TRANSITION_ROLE));

	if (role != NULL && !OidIsValid(get_role_oid(role, true)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("role \"%s\" does not exist", role),
				 errhint("Name a role of the server, or leave it empty: the transition is "
						 "everybody's then."),
				 errtable(row.rel), err_code("unknown_role"), err_field("role")));
	PG_RETURN_POINTER(close_row(&row));
}
