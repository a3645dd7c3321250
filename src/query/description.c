/* What an answer says of itself: the saved view that applied, and the fields of its rows. */
#include "postgres.h"

#include "query/description.h"

#include "base/arrays.h"
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

/* What is read once for all fields of an answer. */
typedef struct Described
{
	List *labels;
	List *declared; /* custom fields */
	List *columns;	/* of the view that gave the fields, as it stores them */
} Described;

static Described
describe(const Source *source, const View *view)
{
	return (Described){
		.labels = read_labels(source, current_language()),
		.declared = source_column(source, "custom") == NULL ? NIL : declared_fields(source, NULL),
		.columns = view->columns == NULL ? NIL : json_elements(&view->columns->root),
	};
}

/* The column of the view that shows a field, as it is stored; NULL: none does. */
static JsonbContainer *
view_column(const Described *described, const char *name)
{
	ListCell *cell;

	foreach (cell, described->columns)
	{
		JsonbContainer *column = ((JsonbValue *) lfirst(cell))->val.binary.data;
		char *field = json_string(column, "field");

		if (field != NULL && strcmp(field, name) == 0)
			return column;
	}
	return NULL;
}

/* What a field of an answer is called: as its column of the view has it, else as everywhere. */
static const char *
shown_label(const Described *described, JsonbContainer *column, const Field *field)
{
	char *label = column == NULL ? NULL : json_string(column, "label");
	const char *name = labelled_field(field->name);

	return label != NULL
			   ? label
			   : field_label(described->labels, name, find_declared(described->declared, name));
}

/* Add a field: {"field", "label", "type", "width"}, the width as the view has it. */
static void
push_field(JsonbInState *state, const Described *described, const Field *field)
{
	JsonbContainer *column = view_column(described, field->name);
	JsonbValue *width = column == NULL ? NULL : json_member(column, "width");
	JsonbValue none = {.type = jbvNull};

	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, "field", field->name);
	push_text(state, "label", shown_label(described, column, field));
	push_text(state, "type", field_kind(field));
	push_key(state, "width");
	pushJsonbValue(state, WJB_VALUE, width != NULL && width->type == jbvNumeric ? width : &none);
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* Add the members "view" and "fields" to an object. */
void
push_description(JsonbInState *state, const Source *source, const View *view, List *fields)
{
	Described described = describe(source, view);
	ListCell *cell;

	push_text(state, "view", view->name);
	push_key(state, "fields");
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, fields)
		push_field(state, &described, lfirst(cell));
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
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
		if (!has_string(taken, name))
			return name;
		number = psprintf(" %d", i);
	}
}

/* What the columns of an export are called: each as answers call the field, no two alike. */
List *
column_headers(const Source *source, const View *view, List *fields)
{
	Described described = describe(source, view);
	List *names = NIL;
	ListCell *cell;

	foreach (cell, fields)
	{
		const Field *field = lfirst(cell);
		JsonbContainer *column = view_column(&described, field->name);

		names = lappend(names, header_name(names, shown_label(&described, column, field)));
	}
	return names;
}
