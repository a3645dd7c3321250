/* The tables and triggers of a rollup, made and dropped. */
#include "postgres.h"

#include "rollup/rollup_make.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "rollup/rollup.h"
#include "rollup/rollup_shape.h"
#include "rollup/rollup_state.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* The names of the triggers of a table that has rollups: behind others. */
static const char *const trigger_names[] = {
	[ROLLUP_ROW] = "zz_rollup", [ROLLUP_BEGIN] = "zz_rollup_begin", [ROLLUP_END] = "zz_rollup_end"};

/* What an index of sums may take; a row of one has some 2,700 bytes at most. */
#define MAX_INDEXED_BYTES 2000

/* Run DDL of ours: a format and what it names. */
#define run_rollup_ddl(...) ((void) run_sql(psprintf(__VA_ARGS__)))

/* A name that the schema doesn't have yet. */
static char *
free_name(const RollupHome *home, const char *name, const char *label)
{
	return ChooseRelationName(name, NULL, label, home->schema, false);
}

/* The same, quoted and in the schema. */
static char *
beside(const RollupHome *home, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(home->schema), name);
}

/* Nobody but the triggers writes a table of a rollup, and nobody but the owner reads it as such. */
static void
guard_table(const char *table, const char *comment)
{
	static const char *const guards[][2] = {
		{"zz_rollup_guard", "INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW"},
		{"zz_rollup_refuse", "UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT"}};

	for (int i = 0; i < lengthof(guards); i++)
	{
		run_rollup_ddl(
			"CREATE TRIGGER %s BEFORE %s EXECUTE FUNCTION opportunities_internal.rollup_guard()",
			guards[i][0], psprintf(guards[i][1], table));
		run_rollup_ddl("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", table, guards[i][0]);
	}
	run_rollup_ddl("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", table);
	run_rollup_ddl("COMMENT ON TABLE %s IS %s", table, quote_literal_cstr(comment));
}

/* A column that a rollup can be of: what is in it changes by writes alone, and can be compared. */
static AttrNumber
find_rollup_column(const RollupHome *home, const char *name)
{
	AttrNumber number = get_attnum(home->relid, name);
	Form_pg_attribute column;

	if (number <= 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("table \"%s\" has no column \"%s\"", home->name, name),
						errhint("A rollup is by columns of the table itself."),
						err_code("column_missing"), err_field(name)));
	column = TupleDescAttr(home->desc, number - 1);
	if (column->attgenerated != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("column \"%s\" is generated", name),
				 errdetail("What it is could change without a row being written."),
				 err_code("column_type"), err_field(name)));
	return number;
}

/* A column that a rollup is by. */
static void
check_by(const RollupHome *home, const char *name)
{
	AttrNumber number = find_rollup_column(home, name);
	Oid type = getBaseType(TupleDescAttr(home->desc, number - 1)->atttypid);

	if (get_typtype(type) == TYPTYPE_COMPOSITE || type == RECORDOID ||
		!OidIsValid(lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" is of type %s, which a rollup cannot be by", name,
							   format_type_be(type)),
						err_code("column_type"), err_field(name)));
	if (strcmp(name, TOTALS_COLUMN) == 0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
						errmsg("a rollup has a column \"%s\" of its own", name),
						err_code("column_taken"), err_field(name)));
}

/* The columns that are summed up, of those that there are. */
static List *
find_measures(const RollupHome *home)
{
	List *measures = NIL;

	for (int i = 0; i < ROLLUP_MEASURES; i++)
	{
		const char *name = rollup_measure_names[i];
		bool needed = i == ROLLUP_AMOUNT || i == ROLLUP_PROBABILITY;
		Oid function;
		AttrNumber number;

		if (!needed && get_attnum(home->relid, name) <= 0)
			continue;
		number = find_rollup_column(home, name);
		if (measure_path(i, TupleDescAttr(home->desc, number - 1)->atttypid, &function) ==
			COERCION_PATH_NONE)
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("\"%s\" of \"%s\" is not an exact number", name, home->name),
							err_code("column_type"), err_field(name)));
		measures = lappend(measures, unconstify(char *, name));
	}
	return measures;
}

/* How many bytes a column takes in an index at most; 0: nobody knows. */
static int
most_bytes(const RollupHome *home, Form_pg_attribute column)
{
	Oid type = getBaseType(column->atttypid);

	if (!OidIsValid(GetDefaultOpClass(type, BTREE_AM_OID)))
		return 0;
	if (column->attlen > 0)
		return column->attlen;
	if ((type == VARCHAROID || type == BPCHAROID) && column->atttypmod > VARHDRSZ)
		return (column->atttypmod - VARHDRSZ) * pg_database_encoding_max_length();
	if (column->attnum == tenant_column(home->relid))
		return MAX_NAME_BYTES;
	return 0;
}

/* The columns of an index, those first by which boards of all pipelines limit what they read. */
static List *
index_order(List *by)
{
	static const char *const first[] = {"closed_on", "stage_id", TENANT_COLUMN};
	List *columns = list_copy(by);

	for (int i = 0; i < lengthof(first); i++)
	{
		ListCell *cell;

		foreach (cell, by)
		{
			if (strcmp(lfirst(cell), first[i]) == 0)
				columns = lcons(lfirst(cell), list_delete_ptr(columns, lfirst(cell)));
		}
	}
	return columns;
}

/* The index of the sums: by columns of which it is known that they fit. */
static void
index_sums(const RollupHome *home, const char *table, List *by)
{
	StringInfoData columns;
	int bytes = 0;
	ListCell *cell;

	initStringInfo(&columns);
	foreach (cell, index_order(by))
	{
		AttrNumber number = get_attnum(home->relid, lfirst(cell));
		int most = most_bytes(home, TupleDescAttr(home->desc, number - 1));

		if (most == 0 || bytes + most > MAX_INDEXED_BYTES)
			continue;
		bytes += most;
		appendStringInfo(&columns, "%s%s", columns.len == 0 ? "" : ", ",
						 quote_identifier(lfirst(cell)));
	}
	if (columns.len > 0)
		run_rollup_ddl("CREATE INDEX ON %s (%s)", table, columns.data);
}

/* The triggers by which a rollup is found never fire, so they cost nothing. This one is the
 * table's. */
static void
make_link(const RollupHome *home, const char *table, int number)
{
	run_rollup_ddl("CREATE CONSTRAINT TRIGGER zz_rollup_of AFTER INSERT ON %s FROM %s FOR EACH ROW "
				   "EXECUTE FUNCTION opportunities_internal.rollup_of('%d')",
				   table, home->sql, number);
	run_rollup_ddl("ALTER TABLE %s DISABLE TRIGGER zz_rollup_of", table);
}

/* This one is of the relation, and says of which columns the rollup is. */
static void
make_columns_trigger(const RollupHome *home, const char *sums, List *by, int number)
{
	char *name = makeObjectName("zz", sums, NULL);
	List *measures = find_measures(home);
	StringInfoData columns;
	StringInfoData arguments;
	ListCell *cell;

	for (int i = 1; OidIsValid(get_trigger_oid(home->relid, name, true)); i++)
		name = makeObjectName("zz", sums, psprintf("%d", i));
	initStringInfo(&columns);
	initStringInfo(&arguments);
	foreach (cell, by)
	{
		bool measure = has_string(measures, lfirst(cell));

		appendStringInfo(&columns, "%s, ", quote_identifier(lfirst(cell)));
		appendStringInfo(&arguments, ",by%s%s", measure ? " " : "",
						 measure ? (char *) lfirst(cell) : "");
	}
	foreach (cell, measures)
	{
		if (has_string(by, lfirst(cell)))
			continue;
		appendStringInfo(&columns, "%s, ", quote_identifier(lfirst(cell)));
		appendStringInfo(&arguments, ",%s", (char *) lfirst(cell));
	}
	run_rollup_ddl("CREATE TRIGGER %s AFTER UPDATE OF %.*s ON %s FOR EACH STATEMENT "
				   "EXECUTE FUNCTION opportunities_internal.rollup_columns('%d', '%s')",
				   quote_identifier(name), columns.len - 2, columns.data, home->sql, number,
				   arguments.data + 1);
	run_rollup_ddl("ALTER TABLE %s DISABLE TRIGGER %s", home->sql, quote_identifier(name));
}

/* Note the number that a trigger says. */
static void
note_number(HeapTuple tuple, RollupFunction function, void *arg)
{
	int count;
	List **numbers = arg;
	char **arguments;

	if (function == ROLLUP_COLUMNS)
		*numbers = lappend_int(*numbers, trigger_number(tuple, &arguments, &count));
}

/*
 * Make the deltas of new rollups. Each has them in the same rows: the columns are those of the last
 * one, which has all of them. By inheritance whoever reads sums reads their deltas, too.
 */
void
make_deltas(const RollupHome *home, List *sums)
{
	char *table = beside(home, free_name(home, get_rel_name(linitial_oid(sums)), "deltas"));
	StringInfoData parents;
	int level = NewGUCNestLevel();

	/* the server would tell of each column that they have several of these */
	if (client_min_messages < WARNING)
		(void) set_config_option("client_min_messages", "warning", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	initStringInfo(&parents);
	for (int i = list_length(sums) - 1; i >= 0; i--)
		appendStringInfo(&parents, "%s%s", sql_relation(list_nth_oid(sums, i)), i == 0 ? "" : ", ");
	/* to give room back would lock out, or cancel, who reads on a standby */
	run_rollup_ddl("CREATE TABLE %s () INHERITS (%s) USING heap WITH (autovacuum_enabled, "
				   "vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0, "
				   "autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)",
				   table, parents.data);
	AtEOXact_GUC(true, level);
	guard_table(table,
				psprintf("Rollups of %s: what is not yet folded into their totals", home->sql));
}

/* Make the sums of a rollup, and the triggers by which it is found. They still lack deltas. */
Oid
make_sums(const RollupHome *home, List *by)
{
	List *numbers = NIL;
	int number = 1;
	char *sums = free_name(home, home->name, "rollup");
	char *table = beside(home, sums);
	StringInfoData columns;
	ListCell *cell;

	initStringInfo(&columns);
	foreach (cell, by)
	{
		check_by(home, lfirst(cell));
		appendStringInfo(&columns, "o.%s, ", quote_identifier(lfirst(cell)));
	}
	run_rollup_ddl("CREATE TABLE %s USING heap WITH (autovacuum_enabled, "
				   "autovacuum_vacuum_scale_factor = 0.1, "
				   "autovacuum_vacuum_cost_delay = 0) AS SELECT %s"
				   "NULL::opportunities.totals AS " TOTALS_COLUMN " FROM %s AS o WITH NO DATA",
				   table, columns.data, home->sql);
	run_rollup_ddl("ALTER TABLE %s ALTER COLUMN " TOTALS_COLUMN " SET NOT NULL", table);
	index_sums(home, table, by);
	guard_table(table, psprintf("Rollup of %s: its totals, kept by triggers", home->sql));
	visit_rollup_triggers(home->relid, note_number, &numbers);
	while (list_member_int(numbers, number))
		number++;
	make_link(home, table, number);
	make_columns_trigger(home, sums, by, number);
	return get_relname_relid(sums, home->schema);
}

/* The names of a table's own triggers of a function. */
typedef struct FunctionTriggers
{
	RollupFunction function;
	List *names;
} FunctionTriggers;

/* Note the name of a trigger, unless it goes with one of a topmost table. */
static void
note_trigger_name(HeapTuple tuple, RollupFunction function, void *arg)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	FunctionTriggers *triggers = arg;

	if (function == triggers->function && !OidIsValid(trigger->tgparentid))
		triggers->names = lappend(triggers->names, pstrdup(NameStr(trigger->tgname)));
}

/* Drop the triggers of a function that a table has, whatever they are called by now. */
static void
drop_rollup_trigger(Oid relid, RollupFunction function)
{
	FunctionTriggers triggers = {.function = function};
	ListCell *cell;

	visit_rollup_triggers(relid, note_trigger_name, &triggers);
	foreach (cell, triggers.names)
		run_rollup_ddl("DROP TRIGGER %s ON %s", quote_identifier(lfirst(cell)),
					   sql_relation(relid));
}

/* Make a trigger of a table anew. */
static void
remake_trigger(Oid relid, RollupFunction function, const char *definition)
{
	drop_rollup_trigger(relid, function);
	run_rollup_ddl("%s", definition);
	run_rollup_ddl("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", sql_relation(relid),
				   trigger_names[function]);
}

/* The table that says which rollups of a table are filled, or InvalidOid. */
static Oid
state_table(const RollupHome *home)
{
	Relation rel = table_open(home->relid, NoLock);
	Oid state = rollup_shapes(rel)->state;

	table_close(rel, NoLock);
	return state;
}

/* Make that table. */
static void
make_state_table(const RollupHome *home)
{
	char *table = beside(home, free_name(home, home->name, "rollups"));

	run_rollup_ddl("CREATE TABLE %s (rollup pg_catalog.regclass NOT NULL, "
				   "mark opportunities_internal.rollup_mark NOT NULL) USING heap",
				   table);
	guard_table(table, psprintf("Which rollups of %s are filled", home->sql));
	make_link(home, table, 0);
}

/* Make the trigger for rows, which partitions get as well, where one of them isn't whole or alone.
 */
static void
make_row_trigger(const RollupHome *home, List *tables)
{
	bool settled = true;
	ListCell *cell;

	foreach (cell, tables)
		settled = settled && has_settled_trigger(lfirst_oid(cell), ROLLUP_ROW);
	if (settled)
		return;
	foreach (cell, tables)
		drop_rollup_trigger(lfirst_oid(cell), ROLLUP_ROW);
	remake_trigger(home->relid, ROLLUP_ROW,
				   psprintf("CREATE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s "
							"FOR EACH ROW EXECUTE FUNCTION opportunities_internal.rollup_row()",
							trigger_names[ROLLUP_ROW], home->sql));
}

/*
 * Make what is missing of the triggers that keep the rollups of a table. In a subtransaction, whose
 * number none that changes them later has.
 */
void
make_rollup_triggers(const RollupHome *home)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	List *tables = find_all_inheritors(home->relid, ShareRowExclusiveLock, NULL);
	ListCell *cell;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	if (!OidIsValid(state_table(home)))
		make_state_table(home);
	make_row_trigger(home, tables);
	foreach (cell, tables)
	{
		Oid relid = lfirst_oid(cell);
		const char *table = sql_relation(relid);

		if (!has_settled_trigger(relid, ROLLUP_BEGIN))
			remake_trigger(
				relid, ROLLUP_BEGIN,
				psprintf("CREATE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE "
						 "ON %s FOR EACH STATEMENT EXECUTE FUNCTION "
						 "opportunities_internal.rollup_begin()",
						 trigger_names[ROLLUP_BEGIN], table));
		if (!has_settled_trigger(relid, ROLLUP_END))
			remake_trigger(relid, ROLLUP_END,
						   psprintf("CREATE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s "
									"FOR EACH STATEMENT EXECUTE FUNCTION "
									"opportunities_internal.rollup_end()",
									trigger_names[ROLLUP_END], table));
	}
	note_maker();
	ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	CacheInvalidateRelcacheByRelid(home->relid);
	CommandCounterIncrement();
}

/* Drop the tables of a rollup, and the trigger that says of what columns it is. */
void
drop_rollup_tables(const RollupHome *home, const RollupShape *shape)
{
	List *children = find_inheritance_children(shape->relid, AccessExclusiveLock);
	StringInfoData tables;
	ListCell *cell;

	run_rollup_ddl("DROP TRIGGER %s ON %s", quote_identifier(shape->name), home->sql);
	initStringInfo(&tables);
	appendStringInfoString(&tables, sql_relation(shape->relid));
	foreach (cell, children)
		appendStringInfo(&tables, ", %s", sql_relation(lfirst_oid(cell)));
	run_rollup_ddl("DROP TABLE %s", tables.data);
}

/* Drop the triggers of a table that has no rollup any more, with the table that says which are
 * filled.
 */
void
drop_rollup_triggers(const RollupHome *home)
{
	List *tables = find_all_inheritors(home->relid, AccessExclusiveLock, NULL);
	Oid state = state_table(home);
	ListCell *cell;

	foreach (cell, tables)
		for (RollupFunction i = ROLLUP_ROW; i <= ROLLUP_END; i++)
			drop_rollup_trigger(lfirst_oid(cell), i);
	if (OidIsValid(state))
		run_rollup_ddl("DROP TABLE %s", sql_relation(state));
}
