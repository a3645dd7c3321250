/* What an answer says of itself: the saved view that applied, and the fields of its rows. */
#include "postgres.h"

#include "query/description.h"

#include "catalog/pg_type.h"
#include "fields/label.h"
#include "fields/named_field.h"
#include "fields/value_label.h"
#include "fields/value_reader.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "query/projection.h"
#include "settings/calendar_text.h"
#include "utils/lsyscache.h"

/* What kind of values a field has, as forms tell them apart. */
const char *
field_kind(const Field *field)
{
	switch (field->base_type)
	{
		case DATEOID:
			return "date";
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return "datetime";
		case TIMEOID:
		case TIMETZOID:
			return "time";
		case BOOLOID:
			return "bool";
		case JSONOID:
		case JSONBOID:
			return "json";
	}
	if (OidIsValid(get_element_type(field->base_type)))
		return "list";
	return TypeCategory(field->base_type) == TYPCATEGORY_NUMERIC && reads_for_all(field->type)
			   ? "number"
			   : "text";
}

/* What a field is called: in the language, else as it is declared, else by its name. */
const char *
field_label(List *labels, const char *name, const DeclaredField *declared)
{
	const char *label = find_label(labels, name, NULL);

	if (label != NULL)
		return label;
	if (declared == NULL)
		return title_of(name);
	return declared->label != NULL ? declared->label : title_of(declared->name);
}

/* How a field is declared, where it is a key of custom; NULL: it isn't. */
static const DeclaredField *
find_declared(List *declared, const char *name)
{
	ListCell *cell;

	if (strncmp(name, "custom.", 7) != 0)
		return NULL;
	foreach (cell, declared)
	{
		if (strcmp(((DeclaredField *) lfirst(cell))->name, name + 7) == 0)
			return lfirst(cell);
	}
	return NULL;
}

/* The column of a view that shows a field, as it is stored; NULL: none does. */
static JsonbContainer *
view_column(const View *view, const char *name)
{
	ListCell *cell;

	if (view->columns == NULL)
		return NULL;
	foreach (cell, json_elements(&view->columns->root))
	{
		JsonbContainer *column = ((JsonbValue *) lfirst(cell))->val.binary.data;
		char *field = json_string(column, "field");

		if (field != NULL && strcmp(field, name) == 0)
			return column;
	}
	return NULL;
}

/* What a field of an answer is called: as the view has it, else as everywhere. */
static const char *
shown_label(const View *view, const Field *field, List *labels, List *declared)
{
	JsonbContainer *column = view_column(view, field->name);
	char *label = column == NULL ? NULL : json_string(column, "label");
	const char *name = labelled_field(field->name);

	return label != NULL ? label : field_label(labels, name, find_declared(declared, name));
}

/* Add a field: {"field", "label", "type", "width"}, the width as the view has it. */
static void
push_field(JsonbInState *state, const View *view, const Field *field, List *labels, List *declared)
{
	JsonbContainer *column = view_column(view, field->name);
	JsonbValue *width = column == NULL ? NULL : json_member(column, "width");
	JsonbValue none = {.type = jbvNull};

	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, "field", field->name);
	push_text(state, "label", shown_label(view, field, labels, declared));
	push_text(state, "type", field_kind(field));
	push_key(state, "width");
	pushJsonbValue(state, WJB_VALUE, width != NULL && width->type == jbvNumeric ? width : &none);
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* How custom fields of a relation are declared. */
static List *
declared_custom(const Source *source)
{
	return source_column(source, "custom") == NULL ? NIL : declared_fields(source, NULL);
}

/* Add the members "view" and "fields" to an object. */
void
push_description(JsonbInState *state, const Source *source, const View *view, List *fields)
{
	List *labels = read_labels(source, current_language());
	List *declared = declared_custom(source);
	ListCell *cell;

	push_text(state, "view", view->name);
	push_key(state, "fields");
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, fields)
		push_field(state, view, lfirst(cell), labels, declared);
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

/* Whether a name is among others. */
static bool
is_taken(List *names, const char *name)
{
	ListCell *cell;

	foreach (cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

/* A label as the name of a column, numbered where others have it, and cut to what a name can be. */
static char *
header_name(List *taken, const char *label)
{
	char *name = (char *) label;
	char *number = "";

	for (int i = 2;; i++)
	{
		int room = NAMEDATALEN - 1 - strlen(number);

		CHECK_FOR_INTERRUPTS();
		name = psprintf("%s%s", pnstrdup(label, pg_mbcliplen(label, strlen(label), room)), number);
		if (!is_taken(taken, name))
			return name;
		number = psprintf(" %d", i);
	}
}

/* What the columns of an export are called: each as answers call the field, no two alike. */
List *
column_headers(const Source *source, const View *view, List *fields)
{
	List *labels = read_labels(source, current_language());
	List *declared = declared_custom(source);
	List *names = NIL;
	ListCell *cell;

	foreach (cell, fields)
		names =
			lappend(names, header_name(names, shown_label(view, lfirst(cell), labels, declared)));
	return names;
}
