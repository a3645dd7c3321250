/* What fields and values are called in a language. */
#include "postgres.h"

#include "fields/label.h"

#include "base/limits.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "settings/tenant.h"

/* What a field, or a value of it, is called. */
typedef struct Label
{
	const char *field;
	const char *value; /* NULL: the field itself */
	const char *label;
} Label;

/* The table of labels beside a relation. NULL: nobody gave any, or the user may not read them. */
Source *
open_labels(const Source *source)
{
	static const char *const needs[] = {"language", "field", "value", "label"};

	return open_beside(source, "label", lengthof(needs), needs);
}

/* Append the labels of a language, and those of the one that it is a kind of, as an alias. */
void
append_labels(StringInfo sql, const Source *table, const char *alias, const char *language)
{
	appendStringInfo(sql,
					 " FROM %1$s AS %2$s WHERE %2$s.field IS NOT NULL AND %2$s.label IS NOT NULL "
					 "AND %2$s.language::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[",
					 table->sql, alias);
	append_text_literal(sql, language);
	appendStringInfoString(sql, ", ");
	append_text_literal(sql, pnstrdup(language, strcspn(language, "-_")));
	appendStringInfoString(sql, "])");
	append_tenant(sql, table->relid, alias);
}

/*
 * The labels of a language, pt-BR before pt, in the order of fields and values. None where nobody
 * gave any, or the user may not read them.
 */
List *
read_labels(const Source *source, const char *language)
{
	MemoryContext caller = CurrentMemoryContext;
	Source *table = open_labels(source);
	List *labels = NIL;
	StringInfoData sql;

	if (table == NULL)
		return NIL;
	SPI_connect();
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT DISTINCT ON (1, 2) "
								 "l.field::pg_catalog.text COLLATE pg_catalog.\"C\", "
								 "l.value::pg_catalog.text COLLATE pg_catalog.\"C\", "
								 "l.label::pg_catalog.text");
	append_labels(&sql, table, "l", language);
	appendStringInfo(&sql,
					 " ORDER BY 1, 2, pg_catalog.length(l.language::pg_catalog.text) DESC LIMIT %d",
					 MAX_LABELS);
	(void) run_query(sql.data);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Label *label = MemoryContextAlloc(caller, sizeof(Label));
		MemoryContext inner;

		label->field = copy_value(caller, row, 1);
		label->value = copy_value(caller, row, 2);
		label->label = copy_value(caller, row, 3);
		inner = MemoryContextSwitchTo(caller);
		labels = lappend(labels, label);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return labels;
}

/* Compare a label with what one is looked for, in the order in which they were read. */
static int
compare_label(const Label *label, const char *field, const char *value)
{
	int result = strcmp(label->field, field);

	if (result != 0)
		return result;
	if (label->value == NULL || value == NULL)
		return (label->value == NULL) - (value == NULL);
	return strcmp(label->value, value);
}

/* What a field is called, or with a value what that is; NULL: nobody says. */
const char *
find_label(List *labels, const char *field, const char *value)
{
	int low = 0;
	int high = list_length(labels);

	while (low < high)
	{
		int middle = low + (high - low) / 2;
		const Label *label = list_nth(labels, middle);
		int result = compare_label(label, field, value);

		if (result == 0)
			return label->label;
		if (result < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A title for what nobody gave a label: "Expected close" for expected_close. */
char *
title_of(const char *name)
{
	static const char key[] = "_id";
	char *title = pstrdup(name);
	int length = strlen(title);

	if (length >= sizeof(key) && strcmp(title + length - (sizeof(key) - 1), key) == 0)
		title[length - (sizeof(key) - 1)] = '\0';
	for (char *at = title; *at != '\0'; at++)
	{
		if (*at == '_' || *at == '.')
			*at = ' ';
	}
	title[0] = pg_ascii_toupper((unsigned char) title[0]);
	return title;
}
