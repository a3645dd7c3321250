/* Fields that are computed: state, forecast category, days in stage, next activity, balance. */
#include "postgres.h"

#include "fields/computed.h"

#include "access/relation.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/value_reader.h"
#include "settings/crm_version.h"
#include "settings/tenant.h"

/* A column of the stage of the row, as an expression; NULL where stages have no such column. */
static char *
stage_column(FromClause *from, const char *name)
{
	Link *link = source_link(from->source, "stage");
	FieldJoin *join;

	if (link == NULL)
		return NULL;
	if (from->use_subselects)
	{
		FromClause *stages = open_inner_from(from, open_source(link->relid));

		if (source_column(stages->source, name) == NULL)
			return NULL;
		return linked_select(from, link, stages, sql_column(stages->alias, name), "");
	}
	join = join_link(from, "stage", from->alias, link);
	if (source_column(join->source, name) == NULL)
		return NULL;
	return sql_column(join->alias, name);
}

/* Whether our trigger keeps the rows of a relation. */
static bool
keeps_state(const Source *source)
{
	Relation relation;
	bool result;

	if (!OidIsValid(source->relid))
		return false;
	relation = relation_open(source->relid, AccessShareLock);
	result = has_opportunity_trigger(relation);
	relation_close(relation, NoLock);
	return result;
}

/*
 * Whether rows with a stage say themselves whether they are open, won or lost. Where our trigger
 * keeps the stage it tells, and a column of that name is of something else.
 */
bool
has_own_state(const Source *source)
{
	return source_column(source, "state") != NULL && source_column(source, "stage_id") != NULL &&
		   !keeps_state(source);
}

/* The condition that a row says so of one of some kinds, which are written as an array. */
char *
own_state_is(FromClause *from, const char *kinds)
{
	return psprintf("%s::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{%s}'::pg_catalog.text[])",
					own_column(from, from->alias, "state"), kinds);
}

/*
 * The column that tells whether a row is open, where our trigger keeps it: it has an
 * index and statistics. Where a stage may be hidden, its rows count as open, which it doesn't tell.
 */
static char *
closing_column(FromClause *from, const Link *stage)
{
	static const char *const name = "closed_on";
	const Source *source = from->source;

	if ((from->use_subselects && !from->stored) || source_column(source, name) == NULL ||
		!may_select(source, name) ||
		(open_source(stage->relid)->row_security && !has_tenants(stage->relid)))
		return NULL;
	return keeps_state(source) ? own_column(from, from->alias, name) : NULL;
}

/* The condition that a row is open, or that it is closed, by the column that tells. */
char *
closing_condition(const Field *state, bool open)
{
	return psprintf("(%s IS %sNULL)", state->closed_on, open ? "" : "NOT ");
}

/* The state of a row that says itself whether it is open; one that says neither is. */
static char *
own_state(FromClause *from)
{
	return psprintf("CASE WHEN %s THEN %s::pg_catalog.text ELSE 'open'::pg_catalog.text END",
					own_state_is(from, "won,lost"), own_column(from, from->alias, "state"));
}

/* open, won or lost; a row without a stage is open, and so is one whose own state is neither. */
static Field *
state(FromClause *from, const char *name)
{
	static const char *const words[] = {"open", "won", "lost", NULL};
	char *sql;
	char *kind;
	char *closed_on = NULL;
	const Link *stage = NULL;
	Field *field;

	if (has_own_state(from->source))
		sql = own_state(from);
	else
	{
		kind = stage_column(from, "kind");
		if (kind == NULL)
			return NULL;
		sql = psprintf("COALESCE(%s::pg_catalog.text, 'open'::pg_catalog.text)", kind);
		stage = source_link(from->source, "stage");
		closed_on = closing_column(from, stage);
	}
	field = make_field(name, sql, TEXTOID);
	if (stage != NULL)
		field->collation = foreign_collation(source_column(open_source(stage->relid), "kind"));
	field->closed_on = closed_on;
	field->choices = name;
	field->words = words;
	return field;
}

/* An argument of forecast_category: a column cast to its type, or NULL where there is none. */
static char *
category_argument(const Source *stage, const char *alias, const char *name, const char *type)
{
	const char *value = source_column(stage, name) == NULL ? "NULL" : sql_column(alias, name);

	return psprintf("%s::pg_catalog.%s", value, type);
}

/* The category of a row as an expression, of its own, its kind and the row of stages of an alias.
 */
static char *
category_by_stage(const char *own, const char *kind, const Source *stage, const char *alias)
{
	return psprintf("opportunities_internal.forecast_category(%s, %s, %s, %s)", own,
					kind != NULL ? kind : category_argument(stage, alias, "kind", "text"),
					category_argument(stage, alias, "forecast_category", "text"),
					category_argument(stage, alias, "probability", "numeric"));
}

/* pipeline, best_case, commit, omitted or closed, where rows or stages have categories. */
static Field *
forecast_category(FromClause *from, const char *name)
{
	static const char *const column = "forecast_override";
	static const char *const words[] = {"pipeline", "best_case", "commit",
										"omitted",	"closed",	 NULL};
	const Source *source = from->source;
	Link *link = source_link(source, "stage");
	Source *stage = link == NULL ? NULL : open_source(link->relid);
	bool has_own = source_column(source, column) != NULL;
	char *kind = has_own_state(source) ? own_state(from) : NULL;
	FromClause *stages;
	char *own;
	Field *field;

	if (stage == NULL || is_made_before(source->schema, VERSION_0_2) ||
		(kind == NULL && source_column(stage, "kind") == NULL) ||
		(!has_own && source_column(stage, "forecast_category") == NULL))
		return NULL;
	own = psprintf("%s::pg_catalog.text", has_own ? own_column(from, from->alias, column) : "NULL");
	if (from->use_subselects)
	{
		stages = open_inner_from(from, stage);
		own = psprintf("COALESCE(%s, opportunities_internal.forecast_category(%s, %s, NULL, NULL))",
					   linked_select(from, link, stages,
									 category_by_stage(own, kind, stage, stages->alias), ""),
					   own, kind != NULL ? kind : "NULL");
		field = make_field(name, own, TEXTOID);
	}
	else
		field = make_field(
			name,
			category_by_stage(own, kind, stage, join_link(from, "stage", from->alias, link)->alias),
			TEXTOID);
	field->words = words;
	field->choices = name;
	return field;
}

/* Whole days since the row entered its stage; a closed one isn't waiting for anything there. */
static Field *
days_in_stage(FromClause *from, const char *name)
{
	char *days;

	if (source_column(from->source, "stage_entered_at") == NULL)
		return NULL;
	days = psprintf("opportunities_internal.days_between(opportunities.business_date(%s), "
					"opportunities.business_date(pg_catalog.now()))",
					own_column(from, from->alias, "stage_entered_at"));
	if (source_column(from->source, "closed_at") != NULL)
		days = psprintf("CASE WHEN %s IS NULL THEN %s END",
						own_column(from, from->alias, "closed_at"), days);
	return make_field(name, days, INT4OID);
}

/* Whether those are more than the stage's max_days. */
static Field *
stale(FromClause *from, const char *name)
{
	Field *days = days_in_stage(from, name);
	char *max_days = days == NULL ? NULL : stage_column(from, "max_days");

	if (max_days == NULL)
		return NULL;
	return make_field(
		name, psprintf("COALESCE(%s OPERATOR(pg_catalog.>) %s, false)", days->sql, max_days),
		BOOLOID);
}

/* Whether the last day of a confirmed quote has passed. */
static Field *
expired(FromClause *from, const char *name)
{
	const SourceColumn *last_day = source_column(from->source, "valid_until");

	if (last_day == NULL || last_day->base_type != DATEOID ||
		is_made_before(from->source->schema, VERSION_0_2) ||
		source_column(from->source, "status") == NULL)
		return NULL;
	return make_field(
		name,
		psprintf("COALESCE(%s OPERATOR(pg_catalog.<) opportunities.business_date(pg_catalog.now()) "
				 "AND %s::pg_catalog.text OPERATOR(pg_catalog.=) 'confirmed', false)",
				 own_column(from, from->alias, "valid_until"),
				 own_column(from, from->alias, "status")),
		BOOLOID);
}

/* The columns that activities must have, so that one of a row's is known to be the next. */
static const char *const activity_needs[] = {"id", "kind", "subject", "due_at", "done_at"};

/*
 * A sub-select of what the next activity of a row has: of those that are not done the one that is
 * due first, those without a day last.
 */
static char *
next_activity_select(FromClause *from, const Link *link, const FromClause *activities,
					 const char *what)
{
	return linked_select(from, link, activities, what,
						 psprintf(" AND %1$s.done_at IS NULL ORDER BY %1$s.due_at, %1$s.id LIMIT 1",
								  activities->alias));
}

/* The day that is so many days from today, as its first moment if need be: once for a query. */
static char *
day_from_today(int days, bool as_moment)
{
	char *day =
		psprintf("opportunities.business_date(pg_catalog.now()) OPERATOR(pg_catalog.+) %d", days);

	return as_moment
			   ? psprintf("(SELECT opportunities.business_moment((%s)::pg_catalog.timestamp))", day)
			   : psprintf("(SELECT %s)", day);
}

/*
 * The words for when an activity is due: on a day that has passed, today, or later or on no day.
 * Else there is none to be done.
 */
static char *
due_word(const char *alias, const SourceColumn *due_at)
{
	bool as_moment = due_at->base_type == TIMESTAMPTZOID;
	char *due = sql_column(alias, due_at->name);

	if (!as_moment)
		due = field_day(make_field(due_at->name, due, due_at->type));
	return psprintf("CASE WHEN %1$s.id IS NULL THEN 'none'::pg_catalog.text "
					"WHEN %2$s OPERATOR(pg_catalog.<) %3$s THEN 'overdue'::pg_catalog.text "
					"WHEN %2$s OPERATOR(pg_catalog.<) %4$s THEN 'today'::pg_catalog.text "
					"ELSE 'planned'::pg_catalog.text END",
					alias, due, day_from_today(0, as_moment), day_from_today(1, as_moment));
}

/* What is computed of an activity for a field of that name, as an expression over an alias. */
static char *
activity_value(const char *name, const char *alias, const Source *activities)
{
	if (strcmp(name, "activity_state") == 0)
		return due_word(alias, source_column(activities, "due_at"));
	if (strcmp(name, "next_activity_at") == 0)
		return sql_column(alias, "due_at");
	if (strcmp(name, "next_activity_kind") == 0)
		return sql_column(alias, "kind");
	return psprintf("COALESCE(%s.subject::pg_catalog.text, %s.kind::pg_catalog.text)", alias,
					alias);
}

/* The activities of a relation's rows, if the next one of a row can be told. */
static Link *
activity_link(Source *source)
{
	Link *link = many_link(source, "activity");

	for (int i = 0; link != NULL && i < lengthof(activity_needs); i++)
		if (source_column(open_source(link->relid), activity_needs[i]) == NULL)
			return NULL;
	return link;
}

/*
 * An expression over the next activity: all of them come from one look at the index of what is not
 * done, in one join.
 */
static char *
of_next_activity(FromClause *from, const Link *link, const char *name)
{
	static const char *const path = "next_activity()"; /* which no dotted name is */
	Source *source = open_source(link->relid);
	FieldJoin *join = find_join(from, path);
	FromClause *activities;

	if (from->use_subselects)
	{
		activities = open_inner_from(from, source);
		return next_activity_select(from, link, activities,
									activity_value(name, activities->alias, source));
	}
	if (join == NULL)
	{
		activities = open_inner_from(from, source);
		join = add_join(from, path, source->relid);
		appendStringInfo(
			&from->joins, " LEFT JOIN LATERAL %s AS %s ON true",
			next_activity_select(
				from, link, activities,
				psprintf("%1$s.id, %1$s.kind, %1$s.subject, %1$s.due_at", activities->alias)),
			join->alias);
	}
	return activity_value(name, join->alias, source);
}

/* What is to be done next: its subject (or kind), its kind, when it is due. */
static Field *
next_activity(FromClause *from, const char *name)
{
	Link *link = activity_link(from->source);
	Oid type = TEXTOID;

	if (link == NULL)
		return NULL;
	if (strcmp(name, "next_activity_at") == 0)
		type = source_column(open_source(link->relid), "due_at")->type;
	if (strcmp(name, "next_activity_kind") == 0)
		type = source_column(open_source(link->relid), "kind")->type;
	return make_field(name, of_next_activity(from, link, name), type);
}

/* Whether that is overdue, to be done today or planned; or nothing is to be done. */
static Field *
activity_state(FromClause *from, const char *name)
{
	static const char *const words[] = {"overdue", "today", "planned", "none", NULL};
	Link *link = activity_link(from->source);
	Field *field;

	if (link == NULL || !is_moment(source_column(open_source(link->relid), "due_at")->base_type))
		return NULL;
	field = make_field(
		name, psprintf("COALESCE(%s, 'none'::pg_catalog.text)", of_next_activity(from, link, name)),
		TEXTOID);
	field->choices = name;
	field->words = words;
	return field;
}

/* Whether a relation has columns, one of them a number, as sums need them. */
static bool
can_be_summed(const Source *source, const char *amount, const char *const *needs, int count)
{
	SourceColumn *column = source_column(source, amount);

	for (int i = 0; i < count; i++)
		if (source_column(source, needs[i]) == NULL)
			return false;
	return column != NULL && column->base_type == NUMERICOID;
}

/* A sub-select of a sum over the rows of a linked relation, whose alias is %1$s in it. */
static char *
sum_select(FromClause *from, const Link *link, const char *what, const char *rows)
{
	FromClause *inner = open_inner_from(from, open_source(link->relid));

	return linked_select(
		from, link, inner,
		psprintf("COALESCE(pg_catalog.sum(%s), 0.00)", psprintf(what, inner->alias)),
		psprintf(rows, inner->alias));
}

/* What is still to be paid: invoices less returns and less payments received, and payments made. */
static Field *
balance(FromClause *from, const char *name)
{
	static const char *const document_needs[] = {"kind", "status"};
	static const char *const payment_needs[] = {"direction"};
	Link *documents = many_link(from->source, "document");
	Link *payments = many_link(from->source, "payment");
	char *invoiced;
	char *paid;

	if (documents == NULL || payments == NULL ||
		!can_be_summed(open_source(documents->relid), "total", document_needs,
					   lengthof(document_needs)) ||
		!can_be_summed(open_source(payments->relid), "amount", payment_needs,
					   lengthof(payment_needs)))
		return NULL;

	invoiced = sum_select(from, documents,
						  "CASE WHEN %1$s.kind::pg_catalog.text OPERATOR(pg_catalog.=) 'invoice' "
						  "THEN %1$s.total "
						  "WHEN %1$s.kind::pg_catalog.text OPERATOR(pg_catalog.=) 'return' "
						  "THEN OPERATOR(pg_catalog.-) %1$s.total END",
						  " AND %1$s.status::pg_catalog.text OPERATOR(pg_catalog.=) 'confirmed'");
	paid = sum_select(from, payments,
					  "CASE WHEN %1$s.direction::pg_catalog.text OPERATOR(pg_catalog.=) 'in' "
					  "THEN %1$s.amount "
					  "WHEN %1$s.direction::pg_catalog.text OPERATOR(pg_catalog.=) 'out' "
					  "THEN OPERATOR(pg_catalog.-) %1$s.amount END",
					  "");
	return make_field(name, psprintf("(%s OPERATOR(pg_catalog.-) %s)", invoiced, paid), NUMERICOID);
}

static const struct
{
	const char *name;
	Field *(*make)(FromClause *from, const char *name);
	bool by_reader; /* the days are those of the reader's zone */
} computed[] = {
	{"state", state},
	{"forecast_category", forecast_category},
	{"days_in_stage", days_in_stage, true},
	{"stale", stale, true},
	{"expired", expired, true},
	{"balance", balance},
	{"next_activity", next_activity},
	{"next_activity_kind", next_activity},
	{"next_activity_at", next_activity},
	{"activity_state", activity_state, true},
};

/* The computed field of a name; NULL where there is none, or what it is computed of is not there.
 */
Field *
computed_field(FromClause *from, const char *name)
{
	for (int i = 0; i < lengthof(computed); i++)
	{
		Field *field;

		if (strcmp(computed[i].name, name) != 0)
			continue;
		field = computed[i].make(from, name);
		if (field != NULL)
			field->by_reader = computed[i].by_reader;
		return field;
	}
	return NULL;
}

/* The names of those that the rows of a relation have, for hints. */
List *
computed_names(Source *source)
{
	FromClause *from = open_from(source);
	List *names = NIL;

	for (int i = 0; i < lengthof(computed); i++)
		if (computed[i].make(from, computed[i].name) != NULL)
			names = lappend(names, unconstify(char *, computed[i].name));
	return names;
}
