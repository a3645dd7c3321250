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

/*
 * The labels of a language, and those of the one that it is a kind of: pt-BR goes before pt. None
 * where nobody gave any, or the user may not read them.
 */
List *
read_labels(const Source *source, const char *language)
{
	static const char *const needs[] = {"language", "field", "value", "label"};
	MemoryContext caller = CurrentMemoryContext;
	Source *table = open_beside(source, "label", lengthof(needs), needs);
	List *labels = NIL;
	StringInfoData sql;

	if (table == NULL)
		return NIL;
	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT l.field::pg_catalog.text, l.value::pg_catalog.text, "
					 "l.label::pg_catalog.text FROM %s AS l "
					 "WHERE l.language::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[",
					 table->sql);
	append_text_literal(&sql, language);
	appendStringInfoString(&sql, ", ");
	append_text_literal(&sql, pnstrdup(language, strcspn(language, "-_")));
	appendStringInfoString(&sql, "])");
	append_tenant(&sql, table->relid, "l");
	appendStringInfo(&sql, " ORDER BY pg_catalog.length(l.language::pg_catalog.text) DESC LIMIT %d",
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

/* What a field is called, or with a value what that is; NULL: nobody says. */
const char *
find_label(List *labels, const char *field, const char *value)
{
	ListCell *cell;

	foreach (cell, labels)
	{
		const Label *label = lfirst(cell);

		if (strcmp(label->field, field) == 0 && (label->value == NULL) == (value == NULL) &&
			(value == NULL || strcmp(label->value, value) == 0))
			return label->label;
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
