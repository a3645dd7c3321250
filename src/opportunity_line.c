#include "postgres.h"

#include "opportunity_line.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "errors.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "line.h"
#include "miscadmin.h"
#include "owner_query.h"
#include "rule.h"
#include "tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(opportunity_line_rules);
PG_FUNCTION_INFO_V1(opportunity_line_amounts);

/*
 * The lock is the one that a foreign key takes. Whoever changes the currency takes the lock that
 * conflicts with it, and finds the line, or is found by it.
 */
static const OwnerQuery currency_of_opportunity = {
	.table = "opportunity",
	.sql = "SELECT currency FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {TEXTOID},
};

/*
 * In the order of the ids: the subquery, which a lock keeps apart, is asked for one after the
 * other. By the transaction's own snapshot: one that doesn't see the latest row can't go on from
 * it.
 */
static const OwnerQuery lock_opportunities = {
	.table = "opportunity",
	.sql = "SELECT o.id FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) "
		   "AS t (id, tenant_id) CROSS JOIN LATERAL (SELECT o.id FROM %s AS o "
		   "WHERE {o=t}o.id OPERATOR(pg_catalog.=) t.id FOR NO KEY UPDATE) AS o",
	.nargs = 2,
	.args = {INT8ARRAYOID, TEXTARRAYOID},
};

/* One at a time: a plan for many might read all lines for each of them. */
static const OwnerQuery update_amount = {
	.table = "opportunity",
	.second = "opportunity_line",
	.sql = "UPDATE %1$s AS o SET amount = s.net FROM (SELECT $1 AS id, $2 AS tenant_id) AS t "
		   "CROSS JOIN LATERAL (SELECT pg_catalog.sum(l.net) AS net FROM %2$s AS l "
		   "WHERE {l=t}l.opportunity_id OPERATOR(pg_catalog.=) t.id) AS s "
		   "WHERE {o=t}o.id OPERATOR(pg_catalog.=) t.id "
		   "AND o.amount_mode OPERATOR(pg_catalog.=) 'auto' "
		   "AND (o.amount OPERATOR(pg_catalog.=) s.net) IS NOT TRUE "
		   "AND (o.amount IS NOT NULL OR s.net IS NOT NULL)",
	.latest = true,
	.nargs = 2,
	.args = {INT8OID, TEXTOID},
};

static const OwnerQuery sum_of_lines = {
	.table = "opportunity_line",
	.sql = "SELECT pg_catalog.sum(net) FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {NUMERICOID},
};

/* An opportunity whose lines a statement wrote. */
typedef struct Touched
{
	int64 id;
	char *tenant; /* NULL where there are none */
} Touched;

typedef struct TouchedList
{
	Touched *items;
	int count;
	int room;
} TouchedList;

/* The sum of an opportunity's lines, whose row is locked; false where there are none. */
bool
amount_of_lines(TriggerData *trigger, int64 opportunity_id, Datum *amount)
{
	Datum arg = Int64GetDatum(opportunity_id);
	bool null;

	return owner_query(trigger, &sum_of_lines, &arg, amount, &null) && !null;
}

/* The currency of an opportunity, NULL the unnamed one, which stays so from now on. */
static char *
read_currency(TriggerData *trigger, Datum opportunity_id)
{
	Datum currency;
	bool null;

	if (!owner_query(trigger, &currency_of_opportunity, &opportunity_id, &currency, &null))
		ereport(
			ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("opportunity %lld does not exist", (long long) DatumGetInt64(opportunity_id)),
			 errhint("Enter the opportunity before its lines."), errtable(trigger->tg_relation),
			 err_code("opportunity_missing"), err_field("opportunity_id")));
	return null ? NULL : TextDatumGetCString(currency);
}

/* A price is of the currency that it was entered in: it doesn't move to another one. */
static void
check_moved(const Line *line, const char *currency)
{
	char *old_currency = read_currency(line->trigger, line->old_values[LINE_PARENT]);

	if ((currency == NULL && old_currency == NULL) ||
		(currency != NULL && old_currency != NULL && strcmp(currency, old_currency) == 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("the line moves to an opportunity in another currency with its old price"),
			 errdetail("The price is in %s, the opportunity in %s.", currency_label(old_currency),
					   currency_label(currency)),
			 errhint("Give unit_price together with opportunity_id."), errtable(line->rel),
			 err_code("price_currency"), err_field("unit_price")));
}

/* opportunity_line_rules() -> trigger */
Datum
opportunity_line_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_BEFORE, "opportunity_line_rules");
	Line line;
	char *currency;

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		PG_RETURN_POINTER(trigger->tg_trigtuple);

	line = line_of(trigger, "opportunity_id");
	if (line.nulls[LINE_PARENT])
		PG_RETURN_POINTER(line.tuple); /* NOT NULL says what is wrong */

	if (line_is_recomputed(&line))
	{
		currency = read_currency(trigger, line.values[LINE_PARENT]);
		if (!line.insert && line_changed(&line, LINE_PARENT) &&
			!line_changed(&line, LINE_UNIT_PRICE))
			check_moved(&line, currency);
		derive_line(&line, currency);
	}
	else
	{
		line.values[LINE_NET] = line.old_values[LINE_NET];
		line.values[LINE_TAX] = line.old_values[LINE_TAX];
		line.nulls[LINE_NET] = line.old_nulls[LINE_NET];
		line.nulls[LINE_TAX] = line.old_nulls[LINE_TAX];
	}
	PG_RETURN_POINTER(line_tuple(&line));
}

/* Lines of one opportunity mostly come together: note it where the last one is another. */
static void
note_touched(TouchedList *touched, int64 id, Datum tenant, bool has_tenant)
{
	Touched *last = touched->count == 0 ? NULL : &touched->items[touched->count - 1];
	char *name = has_tenant ? TextDatumGetCString(tenant) : NULL;

	if (last != NULL && last->id == id && (!has_tenant || strcmp(last->tenant, name) == 0))
	{
		if (has_tenant)
			pfree(name);
		return;
	}
	if (touched->count == touched->room)
	{
		touched->room = Max(2 * touched->room, 16);
		touched->items =
			touched->items == NULL
				? palloc(touched->room * sizeof(Touched))
				: repalloc_huge(touched->items, (Size) touched->room * sizeof(Touched));
	}
	touched->items[touched->count++] = (Touched){id, name};
}

/* Note the opportunities of the rows in a transition table. */
static void
note_rows(TouchedList *touched, Relation rel, Tuplestorestate *rows)
{
	static const RuleColumn column = {"opportunity_id", INT8OID};
	AttrNumber tenant = tenant_column(RelationGetRelid(rel));
	TupleTableSlot *slot;
	int at;

	if (rows == NULL)
		return;

	find_columns(rel, &column, 1, &at);
	slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		bool null;
		int64 id = DatumGetInt64(slot_getattr(slot, at + 1, &null));
		Datum name = (Datum) 0;

		CHECK_FOR_INTERRUPTS();
		if (tenant != InvalidAttrNumber)
			name = slot_getattr(slot, tenant, &null);
		note_touched(touched, id, name, tenant != InvalidAttrNumber);
	}
	ExecDropSingleTupleTableSlot(slot);
}

static int
compare_touched(const void *a, const void *b)
{
	const Touched *left = a;
	const Touched *right = b;

	if (left->id != right->id)
		return left->id > right->id ? 1 : -1;
	return left->tenant == NULL ? 0 : strcmp(left->tenant, right->tenant);
}

/* Each opportunity once, in the order of the ids. */
static void
sort_touched(TouchedList *touched)
{
	int count = 1;

	qsort(touched->items, touched->count, sizeof(Touched), compare_touched);
	for (int i = 1; i < touched->count; i++)
		if (compare_touched(&touched->items[i], &touched->items[count - 1]) != 0)
			touched->items[count++] = touched->items[i];
	touched->count = count;
}

/* Lock the opportunities: how many there are. */
static uint64
lock_touched(TriggerData *trigger, const TouchedList *touched)
{
	Datum *ids = palloc(touched->count * sizeof(Datum));
	Datum *tenants = palloc(touched->count * sizeof(Datum));
	bool *nulls = palloc(touched->count * sizeof(bool));
	int count = touched->count;
	int lower = 1;
	Datum args[2];

	for (int i = 0; i < count; i++)
	{
		ids[i] = Int64GetDatum(touched->items[i].id);
		nulls[i] = touched->items[i].tenant == NULL;
		tenants[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(touched->items[i].tenant);
	}
	args[0] = PointerGetDatum(
		construct_array(ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	args[1] = PointerGetDatum(
		construct_md_array(tenants, nulls, 1, &count, &lower, TEXTOID, -1, false, TYPALIGN_INT));
	return owner_execute(trigger, &lock_opportunities, args, NULL);
}

/* Let the amount of an opportunity follow its lines. */
static void
follow_lines(TriggerData *trigger, const Touched *touched)
{
	Datum args[2];
	char nulls[2] = {' ', touched->tenant == NULL ? 'n' : ' '};

	args[0] = Int64GetDatum(touched->id);
	args[1] = touched->tenant == NULL ? (Datum) 0 : CStringGetTextDatum(touched->tenant);
	(void) owner_execute(trigger, &update_amount, args, nulls);
}

/* opportunity_line_amounts() -> trigger */
Datum
opportunity_line_amounts(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = rule_trigger(fcinfo, TRIGGER_EVENT_AFTER, "opportunity_line_amounts");
	TouchedList touched = {0};

	note_rows(&touched, trigger->tg_relation, trigger->tg_oldtable);
	note_rows(&touched, trigger->tg_relation, trigger->tg_newtable);
	if (touched.count == 0)
		PG_RETURN_POINTER(NULL);

	/* Where they are deleted, and their lines with them, there is nothing to lock. */
	sort_touched(&touched);
	if (lock_touched(trigger, &touched) > 0)
		for (int i = 0; i < touched.count; i++)
		{
			CHECK_FOR_INTERRUPTS();
			follow_lines(trigger, &touched.items[i]);
		}
	PG_RETURN_POINTER(NULL);
}
