/* What the values of fields are chosen from. */
#include "postgres.h"

#include "query/field_choices.h"

#include "access/relation.h"
#include "base/arrays.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/label.h"
#include "fields/origin.h"
#include "fields/user.h"
#include "nodes/nodeFuncs.h"
#include "settings/crm_version.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* A table beside a relation whose rows are chosen from; columns that it lacks are NULL. */
typedef struct ChoiceTable
{
	const char *name;
	const char *const *needs;
	int need_count;
	/* field, value, label, active, stage_kind, needs_reason, required_fields; or NULL */
	const char *columns[7];
	bool of_pipeline;
	const char *order[3];
} ChoiceTable;

static const char *const choice_needs[] = {"field", "value"};
static const char *const named_needs[] = {"id", "name"};
static const char *const user_needs[] = {"login", "name"};

static const ChoiceTable choice_table = {
	"choice", choice_needs,
	2,		  {"field", "value", "label", "active", "stage_kind", NULL, NULL},
	false,	  {"position", "id"},
};
static const ChoiceTable stage_table = {
	"stage", named_needs,
	2,		 {NULL, "id", "name", "active", "kind", "reason_required", "required_fields"},
	true,	 {"pipeline_id", "position", "id"},
};
static const ChoiceTable pipeline_table = {
	"pipeline", named_needs,		2, {NULL, "id", "name", "active", NULL, NULL, NULL},
	false,		{"position", "id"},
};
static const ChoiceTable user_table = {
	"app_user", user_needs,		   2, {NULL, "login", "name", "active", NULL, NULL, NULL},
	false,		{"name", "login"},
};

/* Whether a table has a column that the user may read; an array of names must be one. */
static bool
can_read(const Source *table, const char *column)
{
	const SourceColumn *found = source_column(table, column);

	return found != NULL && may_select(table, column) &&
		   (strcmp(column, "required_fields") != 0 ||
			(found->base_type == TEXTARRAYOID && !is_made_before(table->schema, VERSION_0_2)));
}

/* The query for the rows of a table that are chosen from, of a pipeline where one is named. */
static char *
choice_query(const ChoiceTable *table, const Source *rows, const char *pipeline)
{
	StringInfoData sql;
	const char *separator = " ORDER BY ";

	initStringInfo(&sql);
	for (int i = 0; i < lengthof(table->columns); i++)
	{
		const char *name = table->columns[i];

		appendStringInfo(&sql, "%s%s::pg_catalog.text", i == 0 ? "SELECT " : ", ",
						 name != NULL && can_read(rows, name) ? sql_column("c", name) : "NULL");
	}
	appendStringInfo(&sql, " FROM %s AS c WHERE true", rows->sql);
	for (int i = 0; i < 2; i++)
	{
		if (table->columns[i] != NULL)
			appendStringInfo(&sql, " AND %s IS NOT NULL", sql_column("c", table->columns[i]));
	}
	append_tenant(&sql, rows->relid, "c");
	if (table->of_pipeline && pipeline != NULL && can_read(rows, "pipeline_id"))
	{
		appendStringInfoString(&sql, " AND c.pipeline_id::pg_catalog.text OPERATOR(pg_catalog.=) ");
		append_text_literal(&sql, pipeline);
	}
	for (int i = 0; i < lengthof(table->order); i++)
	{
		if (table->order[i] == NULL || !can_read(rows, table->order[i]))
			continue;
		appendStringInfo(&sql, "%s%s", separator, sql_column("c", table->order[i]));
		separator = ", ";
	}
	appendStringInfo(&sql, " LIMIT %d", MAX_LABELS);
	return sql.data;
}

/* The fields that a stage asks for, of its row in a query. */
static List *
required_fields(uint64 row)
{
	char *needs_reason = copy_value(CurrentMemoryContext, row, 6);
	char *names = copy_value(CurrentMemoryContext, row, 7);
	List *fields = NIL;

	if (names != NULL)
	{
		Oid input;
		Oid element;

		getTypeInputInfo(TEXTARRAYOID, &input, &element);
		fields = text_array(DatumGetArrayTypeP(OidInputFunctionCall(input, names, element, -1)),
							"required_fields", MAX_FIELDS);
	}
	if (needs_reason != NULL && strcmp(needs_reason, "true") == 0)
		fields = lappend(fields, pstrdup("close_reason"));
	return fields;
}

/* Read the rows of a table that are chosen from, as the user sees them. */
static List *
read_table(const Source *source, const ChoiceTable *table, const char *pipeline)
{
	MemoryContext caller = CurrentMemoryContext;
	Source *rows = open_beside(source, table->name, table->need_count, table->needs);
	List *choices = NIL;

	if (rows == NULL)
		return NIL;
	SPI_connect();
	(void) run_query(choice_query(table, rows, pipeline));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Choice *choice = MemoryContextAlloc(caller, sizeof(Choice));
		char *active = copy_value(caller, row, 4);
		MemoryContext inner;

		choice->field = copy_value(caller, row, 1);
		choice->value = copy_value(caller, row, 2);
		choice->label = copy_value(caller, row, 3);
		if (choice->label == NULL)
			choice->label = choice->value;
		choice->active = active == NULL || strcmp(active, "false") != 0;
		choice->stage_kind = copy_value(caller, row, 5);
		inner = MemoryContextSwitchTo(caller);
		choice->required = required_fields(row);
		choices = lappend(choices, choice);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return choices;
}

/* Read what the fields of a relation are chosen from, with the stages of a pipeline, or of all. */
ChoiceTables *
read_choice_tables(const Source *source, const char *pipeline, List *labels)
{
	ChoiceTables *tables = palloc(sizeof(ChoiceTables));

	tables->source = source;
	tables->labels = labels;
	tables->choices = read_table(source, &choice_table, NULL);
	tables->stages = read_table(source, &stage_table, pipeline);
	tables->pipelines = read_table(source, &pipeline_table, NULL);
	tables->users = read_table(source, &user_table, NULL);
	return tables;
}

/* Add a value that may be chosen. */
static List *
add_value(List *choices, const char *value, const char *label)
{
	Choice *choice = palloc0(sizeof(Choice));

	choice->value = value;
	choice->label = label;
	choice->active = true;
	return lappend(choices, choice);
}

/* Add a word of ours, or of whoever made the table. */
static List *
add_word(List *choices, const char *word)
{
	return add_value(choices, word, title_of(word));
}

/* Order the members of an enum. */
static int
compare_members(const ListCell *a, const ListCell *b)
{
	float4 left = ((Form_pg_enum) lfirst(a))->enumsortorder;
	float4 right = ((Form_pg_enum) lfirst(b))->enumsortorder;

	return (left > right) - (left < right);
}

/* The labels of an enum, in its order. */
static List *
enum_values(Oid type)
{
	CatCList *list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	List *members = NIL;
	List *choices = NIL;
	ListCell *cell;

	for (int i = 0; i < list->n_members; i++)
		members = lappend(members, GETSTRUCT(&list->members[i]->tuple));
	list_sort(members, compare_members);
	foreach (cell, members)
		choices = add_word(choices, pstrdup(NameStr(((Form_pg_enum) lfirst(cell))->enumlabel)));
	ReleaseSysCacheList(list);
	return choices;
}

/* What an expression is below casts that change nothing. */
static Node *
below_casts(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, ArrayCoerceExpr))
			node = (Node *) ((ArrayCoerceExpr *) node)->arg;
		else
			return node;
	}
}

/* The values of a list of constants; NIL: it isn't one. */
static List *
constant_values(Node *node)
{
	List *choices = NIL;
	ListCell *cell;

	if (!IsA(node, ArrayExpr) || ((ArrayExpr *) node)->multidims)
		return NIL;
	foreach (cell, ((ArrayExpr *) node)->elements)
	{
		Const *element = (Const *) below_casts(lfirst(cell));
		Oid output;
		bool is_varlena;

		if (!IsA(element, Const) || element->constisnull)
			return NIL;
		getTypeOutputInfo(element->consttype, &output, &is_varlena);
		choices = add_word(choices, OidOutputFunctionCall(output, element->constvalue));
	}
	return choices;
}

/* The values that a CHECK constraint of a table names for a column: CHECK (kind IN (…)). */
static List *
checked_values(Oid relid, AttrNumber column)
{
	Relation relation = relation_open(relid, AccessShareLock);
	TupleConstr *constraints = RelationGetDescr(relation)->constr;
	List *choices = NIL;

	for (int i = 0; constraints != NULL && i < constraints->num_check && choices == NIL; i++)
	{
		ScalarArrayOpExpr *test = stringToNode(constraints->check[i].ccbin);
		Var *tested;

		if (!IsA(test, ScalarArrayOpExpr) || !test->useOr ||
			strcmp(get_opname(test->opno), "=") != 0)
			continue;
		tested = (Var *) below_casts(linitial(test->args));
		if (IsA(tested, Var) && tested->varattno == column)
			choices = constant_values(below_casts(lsecond(test->args)));
	}
	relation_close(relation, NoLock);
	return choices;
}

/* What a column's type or table lets it hold, if that is a list. */
static List *
allowed_values(const Source *relation, const SourceColumn *column)
{
	Oid table;
	AttrNumber stored;

	if (get_typtype(column->base_type) == TYPTYPE_ENUM)
		return enum_values(column->base_type);
	return stored_column(relation->relid, column->number, &table, &stored)
			   ? checked_values(table, stored)
			   : NIL;
}

/* The rows of the table choice for a field. */
static List *
chosen_for(const ChoiceTables *tables, const char *field)
{
	List *choices = NIL;
	ListCell *cell;

	foreach (cell, tables->choices)
	{
		if (field != NULL && strcmp(((Choice *) lfirst(cell))->field, field) == 0)
			choices = lappend(choices, lfirst(cell));
	}
	return choices;
}

/* The names of things as values, each once. */
static List *
names_of(List *things)
{
	List *choices = NIL;
	ListCell *cell;

	foreach (cell, things)
	{
		const Choice *thing = lfirst(cell);
		bool known = thing->label == thing->value; /* it has no name */
		ListCell *other;

		foreach (other, choices)
			known = known || strcmp(((Choice *) lfirst(other))->value, thing->label) == 0;
		if (!known)
			choices = add_value(choices, thing->label, thing->label);
		if (list_length(choices) > MAX_CHOICES)
			break; /* more are not told of */
	}
	return choices;
}

/* The words of a computed field. */
static List *
words_of(const Field *field)
{
	List *choices = NIL;

	for (const char *const *word = field->words; *word != NULL; word++)
		choices = add_word(choices, *word);
	return choices;
}

/* What a field of the relation, or of a related one whose column it is, is chosen from, or NIL. */
List *
field_choices(const ChoiceTables *tables, const Field *field, const Source *relation,
			  const SourceColumn *column)
{
	List *choices = chosen_for(tables, field->choices);

	if (choices != NIL)
		return choices;
	if (field->words != NULL)
		return words_of(field);
	if (strcmp(field->name, "stage_id") == 0)
		return tables->stages;
	if (strcmp(field->name, "pipeline_id") == 0)
		return tables->pipelines;
	if (strcmp(field->name, "stage.name") == 0)
		return names_of(tables->stages);
	if (strcmp(field->name, "pipeline.name") == 0)
		return names_of(tables->pipelines);
	if (is_user_field(field->name))
		return tables->users;
	if (user_name_link(tables->source, field->name) != NULL)
		return names_of(tables->users);
	return column == NULL ? NIL : allowed_values(relation, column);
}

/* What a choice is called: in the language, else as its row says, else by its value. */
static const char *
choice_label(const ChoiceTables *tables, const char *field, const Choice *choice)
{
	const char *label = NULL;

	if (strcmp(field, "stage_id") == 0)
		label = find_label(tables->labels, "stage.name", choice->label);
	else if (strcmp(field, "pipeline_id") == 0)
		label = find_label(tables->labels, "pipeline.name", choice->label);
	else
		label = find_label(tables->labels, field, choice->value);
	return label != NULL ? label : choice->label;
}

/* Choices as a JSON array; NULL: there are none, or more than people know. */
Jsonb *
choices_json(const ChoiceTables *tables, const char *field, List *choices)
{
	JsonbInState state = {0};
	ListCell *cell;

	if (choices == NIL || list_length(choices) > MAX_CHOICES)
		return NULL;
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, choices)
	{
		const Choice *choice = lfirst(cell);

		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_text(&state, "value", choice->value);
		push_text(&state, "label", choice_label(tables, field, choice));
		push_boolean(&state, "active", choice->active);
		push_text(&state, "stage_kind", choice->stage_kind);
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return finish_json(&state, WJB_END_ARRAY);
}
