#include "postgres.h"

#include "saved_filter.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "errors.h"
#include "executor/spi.h"
#include "filter.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "owner_query.h"
#include "rule.h"
#include "settings.h"
#include "sqltext.h"
#include "tenant.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(saved_filter_rules);
PG_FUNCTION_INFO_V1(save_filter);
PG_FUNCTION_INFO_V1(filter_rules);

enum
{
	OWNER,
	NAME,
	DEFINITION,
	CREATED_AT,
	UPDATED_AT,
	COLUMNS
};

static const RuleColumn columns[COLUMNS] = {
	[OWNER] = {"owner", TEXTOID},
	[NAME] = {"name", TEXTOID},
	[DEFINITION] = {"definition", JSONBOID},
	[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[UPDATED_AT] = {"updated_at", TIMESTAMPTZOID},
};

/*
 * The table saved_filter beside a relation, or InvalidOid. A view in its place is none: writes to
 * what it shows would reach no plan, and its functions would run as whoever looks up a name.
 */
Oid
filter_table(const Source *source)
{
	Oid relid = get_relname_relid("saved_filter", source->schema);
	char kind = OidIsValid(relid) ? get_rel_relkind(relid) : '\0';

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ? relid : InvalidOid;
}

/* The condition on a row f of the table that the user can mean it by its name. */
static char *
visible_filters(Oid table, bool private_too)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(f.shared");
	if (private_too)
	{
		appendStringInfoString(&sql, " OR NOT f.shared AND f.owner OPERATOR(pg_catalog.=) ");
		append_text_literal(&sql, current_user_name());
	}
	appendStringInfoChar(&sql, ')');
	append_tenant(&sql, table, "f");
	return sql.data;
}

/* There is no filter of that name: say which is meant, or that there is no table. */
pg_noreturn static void
unknown_filter(const Source *source, const char *name, bool private_too)
{
	Oid table = filter_table(source);
	List *names = NIL;

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("filter \"%s\" does not exist", name),
				 errdetail("There is no table \"saved_filter\" beside \"%s\".", source->name),
				 errhint("create_crm with parts => '{filters}' makes it."),
				 err_code("unknown_filter"), err_field("filter")));

	SPI_connect();
	(void) run_query(psprintf("SELECT f.name FROM %s AS f WHERE f.name IS NOT NULL AND %s",
							  sql_relation(table), visible_filters(table, private_too)));
	for (uint64 row = 0; row < SPI_processed; row++)
		names = lappend(names, copy_value(CurrentMemoryContext, row, 1));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("filter \"%s\" does not exist", name),
			 errhint_nearest(name, names), err_code("unknown_filter"), err_field("filter")));
}

/*
 * The definition that a name has: the user's own private one where those count too, else a shared
 * one. NULL: none.
 */
Jsonb *
look_up_filter(const Source *source, const char *name, bool private_too)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid table = filter_table(source);
	Jsonb *definition = NULL;
	StringInfoData sql;

	if (!OidIsValid(table))
		return NULL;

	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT f.definition::pg_catalog.jsonb FROM %s AS f "
					 "WHERE f.definition IS NOT NULL AND f.name OPERATOR(pg_catalog.=) ",
					 sql_relation(table));
	append_text_literal(&sql, name);
	appendStringInfo(&sql, " AND %s ORDER BY f.shared LIMIT 1",
					 visible_filters(table, private_too));
	if (run_query(sql.data) > 0)
	{
		bool isnull;

		definition =
			DatumGetJsonbP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		definition = memcpy(MemoryContextAlloc(caller, VARSIZE(definition)), definition,
							VARSIZE(definition));
	}
	SPI_finish();
	return definition;
}

/* The definition that a name has, which must be there. */
Jsonb *
find_filter(const Source *source, const char *name, bool private_too)
{
	Jsonb *definition = look_up_filter(source, name, private_too);

	if (definition == NULL)
		unknown_filter(source, name, private_too);
	return definition;
}

/* Make sure that a definition can be applied to the rows of a relation. */
static void
check_definition(Source *source, Jsonb *definition)
{
	FilterContext context = {.source = source, .alias = "o"};

	(void) compile_filter(&context, definition);
}

/* A row of saved_filter, taken apart. */
typedef struct FilterRow
{
	Datum *values;
	bool *nulls;
} FilterRow;

static FilterRow
take_apart(TupleDesc desc, HeapTuple tuple)
{
	FilterRow row;

	row.values = palloc(desc->natts * sizeof(Datum));
	row.nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, desc, row.values, row.nulls);
	return row;
}

/* Whether a column of two rows differs. */
static bool
differs(TupleDesc desc, const FilterRow *old, const FilterRow *new, int column)
{
	Form_pg_attribute att = TupleDescAttr(desc, column);

	if (old->nulls[column] || new->nulls[column])
		return old->nulls[column] != new->nulls[column];
	return !datum_image_eq(old->values[column], new->values[column], att->attbyval, att->attlen);
}

/* Keep when a row was written first, and move when it was last where anything else changed. */
static void
stamp(TupleDesc desc, const int *at, const FilterRow *old, FilterRow *new)
{
	new->values[at[CREATED_AT]] = old->values[at[CREATED_AT]];
	new->nulls[at[CREATED_AT]] = old->nulls[at[CREATED_AT]];
	new->values[at[UPDATED_AT]] = old->values[at[UPDATED_AT]];
	new->nulls[at[UPDATED_AT]] = old->nulls[at[UPDATED_AT]];
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated || !differs(desc, old, new, i))
			continue;
		new->values[at[UPDATED_AT]] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
		new->nulls[at[UPDATED_AT]] = false;
		return;
	}
}

/* A row must be the user's own, unless the user may do anything with the table. */
static void
check_owner(Relation rel, const int *at, const FilterRow *row, bool written)
{
	const char *name = row->nulls[at[NAME]] ? "" : TextDatumGetCString(row->values[at[NAME]]);

	if ((!row->nulls[at[OWNER]] &&
		 strcmp(TextDatumGetCString(row->values[at[OWNER]]), current_user_name()) == 0) ||
		has_privs_of_role(GetUserId(), rel->rd_rel->relowner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 written ? errmsg("filter \"%s\" would be another user's", name)
					 : errmsg("filter \"%s\" is another user's", name),
			 written ? errhint("A filter's owner is who saves it: leave the column owner out.")
					 : errhint("Only its owner changes and deletes it."),
			 err_code("not_owner"), err_field("owner")));
}

/* saved_filter_rules() -> trigger */
Datum
saved_filter_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_BEFORE, "saved_filter_rules");
	bool insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	Relation rel = trigger->tg_relation;
	TupleDesc desc = RelationGetDescr(rel);
	HeapTuple tuple = trigger->tg_trigtuple;
	FilterRow old;
	FilterRow new;
	int at[COLUMNS];

	find_columns(rel, columns, COLUMNS, at);
	old = new = take_apart(desc, tuple);
	if (!insert)
		check_owner(rel, at, &old, false);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		PG_RETURN_POINTER(tuple);

	if (!insert)
	{
		new = take_apart(desc, trigger->tg_newtuple);
		stamp(desc, at, &old, &new);
		tuple = heap_form_tuple(desc, new.values, new.nulls);
	}
	check_owner(rel, at, &new, true);

	/* A NULL is left to the column's own constraint. */
	if (!new.nulls[at[DEFINITION]] && (insert || differs(desc, &old, &new, at[DEFINITION])))
		check_definition(open_sibling(open_source(home_table(rel)), "opportunity", "A filter"),
						 DatumGetJsonbP(new.values[at[DEFINITION]]));
	PG_RETURN_POINTER(tuple);
}

/* Run one of save_filter's commands; whether it wrote a row. */
static bool
write_row(const char *sql, Datum *args)
{
	int code = SPI_execute_with_args(sql, 4, (Oid[]){TEXTOID, TEXTOID, BOOLOID, JSONBOID}, args,
									 NULL, false, 0);

	if (code < 0)
		elog(ERROR, "could not save a filter: %s", SPI_result_code_string(code));
	return SPI_processed > 0;
}

/*
 * Write a filter, in the place of the user's own of that name; the result has its id. False: the
 * name is another user's. A row that row security hides is never met by an update of ours, whose
 * error would then be the policy's.
 */
static bool
write_filter(Oid table, bool shared, Datum *args)
{
	StringInfoData update;
	char *insert;

	initStringInfo(&update);
	appendStringInfo(&update,
					 "UPDATE %s AS f SET definition = $4 WHERE f.owner OPERATOR(pg_catalog.=) $1 "
					 "AND f.name OPERATOR(pg_catalog.=) $2 AND f.shared OPERATOR(pg_catalog.=) $3",
					 sql_relation(table));
	append_tenant(&update, table, "f");
	appendStringInfoString(&update, " RETURNING f.id::pg_catalog.int8");
	insert = psprintf("INSERT INTO %s AS f (owner, name, shared, definition) "
					  "VALUES ($1, $2, $3, $4) ON CONFLICT (%s%s DO NOTHING "
					  "RETURNING f.id::pg_catalog.int8",
					  sql_relation(table), has_tenants(table) ? "tenant_id, " : "",
					  shared ? "name) WHERE shared" : "owner, name) WHERE NOT shared");

	/* The second update meets what the insert found there: a row that is new since the first. */
	return write_row(update.data, args) || write_row(insert, args) || write_row(update.data, args);
}

/* save_filter(name text, rules jsonb, shared boolean, relation regclass) -> bigint */
Datum
save_filter(PG_FUNCTION_ARGS)
{
	bool shared = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	Source *source;
	Datum args[4];
	Oid table;
	int64 id;
	bool isnull;

	need_argument(fcinfo, 0, "name");
	need_argument(fcinfo, 1, "rules");
	source = open_source(PG_ARGISNULL(3) ? default_relation() : PG_GETARG_OID(3));
	check_definition(source, PG_GETARG_JSONB_P(1));
	table = filter_table(source);
	if (!OidIsValid(table))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("there is no table \"saved_filter\" beside \"%s\"", source->name),
						errhint("create_crm with parts => '{filters}' makes it."),
						err_code("missing_relation")));

	args[0] = CStringGetTextDatum(current_user_name());
	args[1] = PG_GETARG_DATUM(0);
	args[2] = BoolGetDatum(shared);
	args[3] = PG_GETARG_DATUM(1);
	SPI_connect();
	if (!write_filter(table, shared, args))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("filter \"%s\" is another user's", TextDatumGetCString(args[1])),
						errhint("Save it under another name, or as a private one."),
						err_code("not_owner"), err_field("owner")));
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	PG_RETURN_INT64(id);
}

/* filter_rules(name text, relation regclass) -> jsonb */
Datum
filter_rules(PG_FUNCTION_ARGS)
{
	need_argument(fcinfo, 0, "name");
	PG_RETURN_JSONB_P(
		find_filter(open_source(PG_ARGISNULL(1) ? default_relation() : PG_GETARG_OID(1)),
					text_to_cstring(PG_GETARG_TEXT_PP(0)), true));
}
