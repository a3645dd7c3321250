#ifndef STAGES_H
#define STAGES_H

#include "postgres.h"

#include "query/selection.h"

/* A column of a board: a stage, or the place of the rows without one. */
typedef struct BoardColumn
{
	char *pipeline; /* text form of its id; NULL: the one pipeline, or none */
	char *stage;	/* text form of its id; NULL: no stage */
	char *name;
	char *kind;	 /* open, won, lost; none for the no-stage column */
	char *since; /* a final column shows rows closed on this day or later; NULL: all */
	bool hidden; /* shown only while it holds rows: an inactive stage */
} BoardColumn;

/* The columns of a board, in order. */
typedef struct Stages
{
	bool by_pipeline; /* rows and stages both say which pipeline is theirs */
	bool complete;	  /* a foreign key: no row has a stage that is not here */
	char *pipeline;	  /* the one that the scope names, as it does; NULL: none */
	List *columns;
} Stages;

extern int compare_texts(const char *a, const char *b);
extern bool is_final(const BoardColumn *column);
extern Stages *read_stages(const SelectionArgs *args);
extern int find_board_column(Stages *stages, const char *pipeline, const char *stage);
extern List *board_pipelines(const Stages *stages);
extern void append_day_rule(Selection *selection, const Stages *stages);
extern void append_in_final(StringInfo sql, Selection *selection, const Stages *stages);
extern void append_board_column(Selection *selection, const Stages *stages,
								const BoardColumn *column);

#endif
