/* saved_filter: its trigger, save_filter and filter_rules. */
#include "postgres.h"

#include "filter/saved_filter.h"

#include "base/errors.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "filter/filter.h"
#include "fmgr.h"
#include "triggers/owner_query.h"
#include "triggers/saved.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(saved_filter_trigger);
PG_FUNCTION_INFO_V1(save_filter);
PG_FUNCTION_INFO_V1(filter_rules);

#define DEFINITION SAVED_COLUMNS

static const TriggerColumn columns[] = {SAVED_TABLE, [DEFINITION] = {"definition", JSONBOID}};
static const SavedKind filters = {
	"saved_filter",
	"filter",
	"unknown_filter",
	{"saved_filter_trigger", BEFORE_ROW, ON_WRITE, columns, lengthof(columns)},
	DISCLOSURE("saved_filter", "name", TEXTOID, "owner"),
};

/* The table saved_filter beside a relation, or InvalidOid. */
Oid
filter_table(const Source *source)
{
	return saved_table(&filters, source);
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

	if (!OidIsValid(table))
		return NULL;

	SPI_connect();
	if (run_query(psprintf("SELECT f.definition::pg_catalog.jsonb FROM %s AS f "
						   "WHERE f.definition IS NOT NULL AND %s ORDER BY f.shared LIMIT 1",
						   sql_relation(table), saved_condition(table, name, private_too))) > 0)
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
		unknown_saved(&filters, source, name, private_too);
	return definition;
}

/* Make sure that a definition can be applied to the rows of a relation, in whatever way. */
static void
check_definition(Source *source, Jsonb *definition)
{
	FilterContext context = {.source = source, .alias = "o", .exact = true};

	(void) compile_filter(&context, definition);
}

/* A row's definition must be one. */
static void
check_saved_filter(const Row *row)
{
	if (changed(row, DEFINITION))
		check_definition(open_sibling(open_source(home_table(row->rel)), "opportunity", "A filter"),
						 DatumGetJsonbP(value_of(row, DEFINITION)));
}

/* saved_filter_trigger() -> trigger */
Datum
saved_filter_trigger(PG_FUNCTION_ARGS)
{
	return saved_trigger(fcinfo, &filters, check_saved_filter);
}

/* save_filter(name text, rules jsonb, shared boolean, relation regclass) -> bigint */
Datum
save_filter(PG_FUNCTION_ARGS)
{
	SavedValue definition = {"definition", JSONBOID};
	Source *source;

	need_argument(fcinfo, 0, "name");
	need_argument(fcinfo, 1, "rules");
	source = source_argument(fcinfo, 3);
	check_definition(source, PG_GETARG_JSONB_P(1));
	definition.value.value = PG_GETARG_DATUM(1);
	PG_RETURN_INT64(save_row(&filters, source, PG_GETARG_DATUM(0),
							 !PG_ARGISNULL(2) && PG_GETARG_BOOL(2), &definition, 1));
}

/* filter_rules(name text, relation regclass) -> jsonb */
Datum
filter_rules(PG_FUNCTION_ARGS)
{
	need_argument(fcinfo, 0, "name");
	PG_RETURN_JSONB_P(
		find_filter(source_argument(fcinfo, 1), text_to_cstring(PG_GETARG_TEXT_PP(0)), true));
}
