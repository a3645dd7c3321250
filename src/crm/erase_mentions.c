/* What texts of a schema have the names of whom an erasure is for. */
#include "postgres.h"

#include <ctype.h>

#include "crm/erase.h"

#include "base/compat.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/query.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(mentions);
PG_FUNCTION_INFO_V1(without_names);

/* The character that "\\uXXXX" stands for, and how long that is; 0 for none. */
static pg_wchar
escaped_character(const char *text, int *length)
{
	pg_wchar c = 0;

	for (int i = 2; i < 6; i++)
	{
		if (!isxdigit((unsigned char) text[i]))
			return 0;
		c = c << 4 |
			(isdigit((unsigned char) text[i]) ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10);
	}
	*length = 6;
	if (is_utf16_surrogate_first(c) && text[6] == '\\' && text[7] == 'u')
	{
		pg_wchar second = escaped_character(text + 6, length);

		*length = 12;
		c = is_utf16_surrogate_second(second) ? surrogate_pair_to_codepoint(c, second) : 0;
	}
	return c;
}

/*
 * Folded text without what JSON, lists and rows put around and before characters, and without such
 * characters themselves, so that it doesn't matter how often they were put there.
 */
static char *
fold_bare(const char *text)
{
	StringInfoData bare;

	initStringInfo(&bare);
	while (*text != '\0')
	{
		int length = 1;

		if (text[0] == '\\' && text[1] == 'u')
		{
			unsigned char buffer[MAX_UNICODE_EQUIVALENT_STRING + 1] = "";
			pg_wchar c = escaped_character(text, &length);

			if (is_valid_unicode_codepoint(c) && (c < 0x80 || GetDatabaseEncoding() == PG_UTF8))
				pg_unicode_to_server(c, buffer);
			appendStringInfoString(&bare, (char *) buffer);
		}
		else if (text[0] == '\\' && text[1] != '\0' && strchr("\\\"bfnrt", text[1]) != NULL)
			length = 2;
		else if (text[0] != '\\' && text[0] != '"' && !iscntrl((unsigned char) text[0]))
			appendStringInfoChar(&bare, *text);
		text += length;
	}
	return fold_string(bare.data);
}

/* mentions(value text, names text[]) -> boolean; names are folded already */
Datum
mentions(PG_FUNCTION_ARGS)
{
	char *written = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *value = fold_string(written);
	bool escapes = strchr(written, '\\') != NULL || strstr(written, "\"\"") != NULL;
	char *bare = escapes ? fold_bare(written) : NULL;
	Datum *names;
	bool *nulls;
	int count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, 'i', &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char *name = nulls[i] ? NULL : TextDatumGetCString(names[i]);

		if (name == NULL)
			continue;
		if (strstr(value, name) != NULL)
			PG_RETURN_BOOL(true);
		if (bare != NULL && *(name = fold_bare(name)) != '\0' && strstr(bare, name) != NULL)
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}

/* Put a string of a JSON value without what a pattern finds in its place. */
static void
replace_in_string(JsonbValue *value, text *pattern)
{
	text *source = cstring_to_text_with_len(value->val.string.val, value->val.string.len);
	text *result = DatumGetTextPP(DirectFunctionCall4Coll(
		textregexreplace, DEFAULT_COLLATION_OID, PointerGetDatum(source), PointerGetDatum(pattern),
		CStringGetTextDatum("Erased"), CStringGetTextDatum("gi")));

	set_string(value, VARDATA_ANY(result), VARSIZE_ANY_EXHDR(result));
}

/* Whether a key of a filter has a word of the language of filters. */
static bool
is_filter_word(const JsonbValue *key)
{
	char *name = pnstrdup(key->val.string.val, key->val.string.len);

	return strcmp(name, "field") == 0 || strcmp(name, "operator") == 0 ||
		   strcmp(name, "combinator") == 0;
}

/* without_names(value jsonb, pattern text) -> jsonb; keys stay, and what makes a filter one */
Datum
without_names(PG_FUNCTION_ARGS)
{
	Jsonb *json = PG_GETARG_JSONB_P(0);
	text *pattern = PG_GETARG_TEXT_PP(1);
	JsonbInState result = {0};
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	bool is_scalar = iterator->isScalar;
	bool is_filter = false;
	bool stays = false;
	JsonbIteratorToken token;
	JsonbValue value;

	set_string(&value, "rules", strlen("rules"));
	if (JB_ROOT_IS_OBJECT(json))
		is_filter = findJsonbValueFromContainer(&json->root, JB_FOBJECT, &value) != NULL;
	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			stays = is_filter && is_filter_word(&value);
		else if ((token == WJB_VALUE || token == WJB_ELEM) && value.type == jbvString && !stays)
			replace_in_string(&value, pattern);
		pushJsonbValue(&result, token, token < WJB_BEGIN_ARRAY ? &value : NULL);
	}
	if (result.result->type == jbvArray)
		result.result->val.array.rawScalar = is_scalar;
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result.result));
}

/* Append a name to a pattern, where it is one. */
static void
append_name(StringInfo pattern, const char *name)
{
	appendStringInfoString(pattern, pattern->len == 0 ? "" : "|");
	for (const char *c = name; *c != '\0'; c++)
	{
		if (!IS_HIGHBIT_SET(*c) && !isalnum((unsigned char) *c))
			appendStringInfoChar(pattern, '\\');
		appendStringInfoChar(pattern, *c);
	}
}

/* The regular expression that finds names as words, and nothing where there are none. */
char *
pattern_of(List *names)
{
	StringInfoData words;
	ListCell *cell;

	initStringInfo(&words);
	foreach (cell, names)
		append_name(&words, lfirst(cell));
	return words.len == 0 ? pstrdup("(?!)")
						  : psprintf("(?<![[:alnum:]])(?:%s)(?![[:alnum:]])", words.data);
}

/*
 * A table of the schema that holds texts: for each of its columns, whether it has a name, whether
 * the pattern finds one, and what it is without.
 */
typedef struct SearchedTable
{
	Oid relid;
	char *name;
	char *key;
	char *has_name;
	char *is_found; /* and the next: NULL where nothing can be replaced */
	char *sets;
} SearchedTable;

/*
 * What is replaced is in texts, lists of them and JSON: not what a view, other columns or, in a
 * rollup, the rows give, nor logins, what must be unique, or kinds, modes and currencies.
 */
static const char *const texts =
	"SELECT c.oid, c.relname, pg_catalog.quote_ident((SELECT k.attname "
	"FROM pg_catalog.pg_attribute AS k LEFT JOIN pg_catalog.pg_index AS i "
	"ON i.indrelid OPERATOR(pg_catalog.=) k.attrelid AND i.indisprimary "
	"AND k.attnum OPERATOR(pg_catalog.=) ANY (i.indkey) "
	"WHERE k.attrelid OPERATOR(pg_catalog.=) c.oid AND k.attnum OPERATOR(pg_catalog.>) 0 "
	"AND NOT k.attisdropped AND k.attname OPERATOR(pg_catalog.<>) %2$s "
	"ORDER BY k.attname OPERATOR(pg_catalog.=) 'id' DESC, i.indrelid IS NULL, k.attnum LIMIT 1)), "
	"pg_catalog.string_agg(pg_catalog.concat('CASE WHEN opportunities_internal.mentions(r.', "
	"x.name, '::pg_catalog.text, $2) THEN ', x.value, ' END'), ', ' ORDER BY a.attnum), "
	"pg_catalog.string_agg(pg_catalog.concat('CASE WHEN ', x.without, "
	"' OPERATOR(pg_catalog.<>) r.', x.name, x.as_text, ' THEN ', x.value, ' END'), ', ' "
	"ORDER BY a.attnum) FILTER (WHERE x.without IS NOT NULL), "
	"pg_catalog.string_agg(pg_catalog.concat(x.name, ' = CASE WHEN ', x.without, "
	"' OPERATOR(pg_catalog.<>) r.', x.name, x.as_text, ' THEN ', x.without, ' ELSE r.', x.name, "
	"' END'), ', ' ORDER BY a.attnum) FILTER (WHERE x.without IS NOT NULL) "
	"FROM pg_catalog.pg_class AS c "
	"JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid "
	"JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) a.atttypid, "
	"LATERAL (SELECT pg_catalog.quote_ident(a.attname), pg_catalog.quote_literal(a.attname), "
	"CASE WHEN t.typcategory OPERATOR(pg_catalog.=) 'S' THEN '::pg_catalog.text "
	"COLLATE pg_catalog.\"default\"' END, "
	"CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'm' "
	"OR a.attgenerated OPERATOR(pg_catalog.<>) '' OR EXISTS (SELECT FROM pg_catalog.pg_index AS i "
	"WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisunique "
	"AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey)) "
	"OR EXISTS (SELECT FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_proc AS p "
	"ON p.oid OPERATOR(pg_catalog.=) g.tgfoid WHERE g.tgrelid OPERATOR(pg_catalog.=) c.oid "
	"AND p.proname OPERATOR(pg_catalog.=) 'rollup_guard') "
	"OR EXISTS (SELECT FROM opportunities_internal.erasures() AS e "
	"WHERE e.relation OPERATOR(pg_catalog.=) c.relname "
	"AND a.attname::pg_catalog.text OPERATOR(pg_catalog.=) "
	"ANY (e.users OPERATOR(pg_catalog.||) e.kept)) THEN NULL "
	"WHEN t.typcategory OPERATOR(pg_catalog.=) 'S' THEN pg_catalog.concat("
	"'pg_catalog.regexp_replace(r.', pg_catalog.quote_ident(a.attname), "
	"'::pg_catalog.text COLLATE pg_catalog.\"default\", $4, ''Erased'', ''gi'')') "
	"WHEN t.oid OPERATOR(pg_catalog.=) 'pg_catalog.jsonb'::pg_catalog.regtype::pg_catalog.oid "
	"THEN pg_catalog.concat('opportunities_internal.without_names(r.', "
	"pg_catalog.quote_ident(a.attname), ', $4)') "
	"WHEN t.oid OPERATOR(pg_catalog.=) 'pg_catalog._text'::pg_catalog.regtype::pg_catalog.oid "
	"THEN pg_catalog.format('CASE WHEN pg_catalog.array_ndims(r.%%1$I) OPERATOR(pg_catalog.=) 1 "
	"THEN ARRAY(SELECT pg_catalog.regexp_replace(u.e COLLATE pg_catalog.\"default\", $4, "
	"''Erased'', ''gi'') "
	"FROM pg_catalog.unnest(r.%%1$I) WITH ORDINALITY AS u (e, i) ORDER BY u.i) "
	"ELSE r.%%1$I END', a.attname) END) AS x (name, value, as_text, without) "
	"WHERE c.relnamespace OPERATOR(pg_catalog.=) %1$u AND c.relkind "
	"OPERATOR(pg_catalog.=) ANY ('{r,p,m}') AND NOT c.relispartition "
	"AND c.relname OPERATOR(pg_catalog.<>) 'calendar' "
	"AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped "
	"AND t.typcategory OPERATOR(pg_catalog.=) ANY ('{S,U,A,C}') "
	"AND t.oid OPERATOR(pg_catalog.<>) 'pg_catalog.bytea'::pg_catalog.regtype::pg_catalog.oid "
	"AND c.relowner OPERATOR(pg_catalog.=) %3$u AND NOT pg_catalog.row_security_active(c.oid) "
	"GROUP BY c.oid, c.relname "
	"ORDER BY c.relname OPERATOR(pg_catalog.=) 'change_log', c.relname";

/*
 * The tables of the schema, the owner's own ones, too, that hold texts: the history last. Those of
 * another owner would run that one's policies and triggers as the caller.
 */
static List *
searched_tables(const Check *check)
{
	int level = pin_path();
	List *tables = NIL;

	(void) run_query(
		psprintf(texts, check->schema, quote_literal_cstr(TENANT_COLUMN), check->owner));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		SearchedTable *table = palloc(sizeof(SearchedTable));

		table->relid = atooid(copy_value(CurrentMemoryContext, row, 1));
		table->name = copy_value(CurrentMemoryContext, row, 2);
		table->key = copy_value(CurrentMemoryContext, row, 3);
		table->has_name = copy_value(CurrentMemoryContext, row, 4);
		table->is_found = copy_value(CurrentMemoryContext, row, 5);
		table->sets = copy_value(CurrentMemoryContext, row, 6);
		tables = lappend(tables, table);
	}
	AtEOXact_GUC(true, level);
	return tables;
}

/* The rows of a table, as what is to be said of them is found. */
static char *
searched_rows(const Erasure *erasure, const SearchedTable *table, const char *fields)
{
	StringInfoData condition;

	initStringInfo(&condition);
	append_tenant(&condition, table->relid, "r");
	return psprintf("SELECT r.tableoid, r.ctid, r.%s::pg_catalog.text AS key, "
					"pg_catalog.array_remove(ARRAY[%s], NULL) AS fields FROM %s AS r WHERE true%s",
					table->key, fields,
					quote_qualified_identifier(erasure->check.schema_name, table->name),
					condition.data);
}

/* Tell of the rows that the last statement gave. */
static void
tell_rows(const Erasure *erasure, const SearchedTable *table, const char *action, const char *note)
{
	const char *object = quote_qualified_identifier(erasure->check.schema_name, table->name);

	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool null;

		tell_erasure(erasure, action, object,
					 SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1),
					 SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &null), note);
	}
}

/* Put "Erased" where a text of the schema has a name, whosever it is. */
void
replace_mentions(const Erasure *erasure)
{
	ListCell *cell;

	foreach (cell, searched_tables(&erasure->check))
	{
		const SearchedTable *table = lfirst(cell);
		const char *fire;

		if (table->sets == NULL)
			continue;
		fire = silence_row_trigger(&erasure->check, table->name);
		(void) run_erasure(
			erasure, psprintf("UPDATE %s AS r SET %s%s FROM (%s) AS f "
							  "WHERE r.tableoid OPERATOR(pg_catalog.=) f.tableoid "
							  "AND r.ctid OPERATOR(pg_catalog.=) f.ctid "
							  "AND pg_catalog.cardinality(f.fields) OPERATOR(pg_catalog.>) 0 "
							  "RETURNING f.key, f.fields",
							  quote_qualified_identifier(erasure->check.schema_name, table->name),
							  table->sets,
							  strcmp(table->name, "opportunity") == 0
								  ? ", version = r.version OPERATOR(pg_catalog.+) 1"
								  : "",
							  searched_rows(erasure, table, table->is_found)));
		tell_rows(erasure, table, "replaced", "it had the name, and isn't of what was erased");
		fire_row_trigger(&erasure->check, table->name, fire);
	}
}

/* The rows of the schema that have a name of the subject in a text. */
void
tell_mentions(const Erasure *erasure)
{
	ListCell *cell;

	foreach (cell, searched_tables(&erasure->check))
	{
		const SearchedTable *table = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		(void) run_erasure(
			erasure, psprintf("SELECT s.key, s.fields FROM (%s) AS s "
							  "WHERE pg_catalog.cardinality(s.fields) OPERATOR(pg_catalog.>) 0",
							  searched_rows(erasure, table, table->has_name)));
		tell_rows(erasure, table, "mentioned", "it has the name, and isn't of what was erased");
	}
}
