/* Which columns a board has. */
#include "postgres.h"

#include "base/errors.h"
#include "base/limits.h"
#include "common/hashfn.h"
#include "query/stages.h"
#include "utils/lsyscache.h"

/* A column for each stage of the pipelines, and for what rows are in beside those. */

/* What tells where rows are: a pipeline and a stage. */
typedef struct StageKey
{
	const char *pipeline;
	const char *stage;
} StageKey;

/* The columns of a place, of states of their own. */
typedef struct StageColumns
{
	StageKey place;
	BoardColumn *last;
	uint32 hash;
	char status;
} StageColumns;

static uint32
hash_text(const char *text)
{
	return text == NULL ? 0 : hash_bytes((const unsigned char *) text, strlen(text));
}

/* Compare two texts, of which NULL is the least. */
int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static bool
same_text(const char *a, const char *b)
{
	return compare_texts(a, b) == 0;
}

#define SH_PREFIX places
#define SH_ELEMENT_TYPE StageColumns
#define SH_KEY_TYPE StageKey
#define SH_KEY place
#define SH_HASH_KEY(table, key) hash_combine(hash_text((key).pipeline), hash_text((key).stage))
#define SH_EQUAL(table, a, b) \
	(same_text((a).stage, (b).stage) && same_text((a).pipeline, (b).pipeline))
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Whether a column's rows are won or lost. */
bool
is_final(const BoardColumn *column)
{
	return strcmp(column->kind, "won") == 0 || strcmp(column->kind, "lost") == 0;
}

/* Whether a pipeline isn't active. */
bool
is_idle(const Stages *stages, const char *pipeline)
{
	ListCell *cell;

	foreach (cell, stages->idle)
	{
		if (same_text(lfirst(cell), pipeline))
			return true;
	}
	return false;
}

/* Add a copy of a column to a pipeline, whose first one is given unless this is it. */
static BoardColumn *
add_board_column(Stages *stages, const BoardColumn *first, const char *pipeline,
				 const BoardColumn *like)
{
	BoardColumn *column = palloc(sizeof(BoardColumn));
	StageColumns *place;
	bool found;

	*column = *like;
	column->index = list_length(stages->columns);
	if (column->index >= MAX_COLUMNS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the board has more than %d columns", MAX_COLUMNS),
						errhint("Limit it to a pipeline by scope."), err_code("too_many_cells")));
	column->first = first == NULL ? column->index : first->index;
	column->pipeline = first != NULL	  ? first->pipeline
					   : pipeline == NULL ? NULL
										  : pstrdup(pipeline);
	column->stage = like->stage == NULL ? NULL : pstrdup(like->stage);
	column->idle = is_idle(stages, pipeline);
	if (stages->own_state)
		column->state = is_final(column) ? column->kind : "open";
	stages->columns = lappend(stages->columns, column);

	if (stages->places == NULL)
		stages->places = places_create(CurrentMemoryContext, 64, NULL);
	place = places_insert(stages->places, (StageKey){column->pipeline, column->stage}, &found);
	column->alike = found ? place->last : NULL;
	place->last = column;
	return column;
}

/* The columns of a place, the last first. */
static BoardColumn *
find_place(const Stages *stages, const char *pipeline, const char *stage)
{
	StageColumns *place =
		stages->places == NULL ? NULL : places_lookup(stages->places, (StageKey){pipeline, stage});

	return place == NULL ? NULL : place->last;
}

/*
 * Make sure that a pipeline has its no-stage column and those of the stages that all share. Returns
 * the former.
 */
static BoardColumn *
open_first(Stages *stages, const char *pipeline)
{
	BoardColumn *first = find_place(stages, pipeline, NULL);
	ListCell *cell;

	if (first != NULL)
		return list_nth(stages->columns, first->first);
	first = add_board_column(stages, NULL, pipeline, &(BoardColumn){.kind = "none"});
	foreach (cell, stages->shared)
		(void) add_board_column(stages, first, pipeline, lfirst(cell));
	return first;
}

void
open_pipeline(Stages *stages, const char *pipeline)
{
	(void) open_first(stages, pipeline);
}

/* Add the column of a stage to its pipeline. */
void
add_stage(Stages *stages, const BoardColumn *stage)
{
	(void) add_board_column(stages, open_first(stages, stage->pipeline), stage->pipeline, stage);
}

/* An id of a stage, of its text form. */
static Datum
stage_value(const IdType *type, const char *stage)
{
	Oid input;
	Oid param;

	getTypeInputInfo(type->type->type_id, &input, &param);
	return OidInputFunctionCall(input, unconstify(char *, stage), param, -1);
}

/* The text form that a stage has among those of a pipeline, where equal ids can differ as texts. */
static const char *
known_stage(const Stages *stages, const char *pipeline, const char *stage)
{
	Datum id;
	ListCell *cell;

	if (stage == NULL || stages->inexact == NULL || find_place(stages, pipeline, stage) != NULL)
		return stage;
	id = stage_value(stages->inexact, stage);
	foreach (cell, stages->columns)
	{
		const BoardColumn *column = lfirst(cell);

		if (column->stage != NULL && same_text(column->pipeline, pipeline) &&
			compare_ids_of(stages->inexact, id, stage_value(stages->inexact, column->stage)) == 0)
			return column->stage;
	}
	return stage;
}

/*
 * The column of the rows of a pipeline, stage and state, which is added where rows have a stage
 * that is not among the stages, or a pipeline that has none: no row is ever left out of a board's
 * totals. So is one for rows whose state is not that of their stage.
 */
BoardColumn *
find_board_column(Stages *stages, const char *pipeline, const char *stage, const char *state)
{
	const BoardColumn *first = open_first(stages, pipeline);
	const char *known = known_stage(stages, pipeline, stage);
	BoardColumn added = {.kind = "none", .stage = unconstify(char *, known)};
	BoardColumn *last = find_place(stages, pipeline, known);
	BoardColumn *found = NULL;

	for (BoardColumn *column = last; column != NULL; column = column->alike)
	{
		if (same_text(column->state, state))
			found = column;
	}
	if (found != NULL)
		return found;
	if (last != NULL)
	{
		added = *last;
		added.kind = "open";
		added.since = NULL;
	}
	if (state != NULL && strcmp(state, "open") != 0)
		added.kind = pstrdup(state);
	return add_board_column(stages, first, pipeline, &added);
}

/*
 * Order columns by pipeline, as these came, and within one no stage first, then open stages, then
 * final ones.
 */
static int
compare_board_columns(const ListCell *a, const ListCell *b)
{
	const BoardColumn *left = lfirst(a);
	const BoardColumn *right = lfirst(b);
	int result = left->first - right->first;

	if (result == 0)
		result = (strcmp(left->kind, "none") != 0) - (strcmp(right->kind, "none") != 0);
	if (result == 0)
		result = is_final(left) - is_final(right);
	if (result == 0)
		result = left->rank - right->rank;
	return result != 0 ? result : left->index - right->index;
}

/* The columns as lists, one for each pipeline. */
List *
board_pipelines(const Stages *stages)
{
	List *sorted = list_copy(stages->columns);
	List *pipelines = NIL;
	int first = -1;
	ListCell *cell;

	list_sort(sorted, compare_board_columns);
	foreach (cell, sorted)
	{
		BoardColumn *column = lfirst(cell);

		if (column->first != first)
			pipelines = lappend(pipelines, NIL);
		first = column->first;
		lfirst(list_tail(pipelines)) = lappend(llast(pipelines), column);
	}
	return pipelines;
}
