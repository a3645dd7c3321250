#ifndef STAGES_H
#define STAGES_H

#include "postgres.h"

#include "fields/ids.h"
#include "query/selection.h"

/* A column of a board: a stage, or the place of the rows without one. */
typedef struct BoardColumn
{
	int index;		/* among all columns */
	int first;		/* that of the first of its pipeline */
	char *pipeline; /* text form of its id; NULL: the one pipeline, or none */
	char *stage;	/* text form of its id; NULL: no stage */
	char *name;
	char *kind;		   /* open, won, lost; none for the no-stage column */
	const char *state; /* that of its rows, where they say it themselves; else NULL */
	int rank;		   /* among the stages */
	char *since;	   /* a final column shows rows closed on this day or later; NULL: all */
	bool hidden;	   /* shown only while it holds rows: an inactive stage */
	bool idle;		   /* of an inactive pipeline: shown only while one of its columns holds rows */
	struct BoardColumn *alike; /* the one before it of the same pipeline and stage */
} BoardColumn;

/* The columns of a board. */
typedef struct Stages
{
	Source *source;	  /* of the stages */
	bool by_pipeline; /* rows and stages both say which pipeline is theirs */
	bool own_state;	  /* rows say themselves whether they are won or lost */
	bool scoped;	  /* the scope names a pipeline */
	char *pipeline;	  /* which; NULL: those without one */
	List *idle;		  /* text forms of the pipelines that aren't active */
	List *shared;	  /* of BoardColumn: stages of every pipeline */
	List *columns;
	struct places_hash *places; /* where they are found */
	const IdType *inexact;		/* of stages whose equal ids can differ as texts; NULL: none can */
} Stages;

/* stages.c: what is read of them */
extern const char *closing_column_name(const Source *source);
extern Stages *open_stages(const SelectionArgs *args);
extern Stages *read_stages(const SelectionArgs *args);
#define STAGE_COLUMNS 6 /* of a query that append_stage adds to */
extern void append_stage(StringInfo sql, const SelectionArgs *args, const Stages *stages,
						 const char *alias);
extern BoardColumn *read_board_stage(MemoryContext context, uint64 row, int first);
extern char *stages_sql(const SelectionArgs *args, const Stages *stages);
extern char *pipelines_sql(const SelectionArgs *args, const Stages *stages);

/* columns.c: which columns there are */
extern int compare_texts(const char *a, const char *b);
extern bool is_final(const BoardColumn *column);
extern bool is_idle(const Stages *stages, const char *pipeline);
extern void open_pipeline(Stages *stages, const char *pipeline);
extern void add_stage(Stages *stages, const BoardColumn *stage);
extern BoardColumn *find_board_column(Stages *stages, const char *pipeline, const char *stage,
									  const char *state);
extern List *board_pipelines(const Stages *stages);

/* board_column.c: which rows they show */
extern Field *column_stage(const Selection *selection, const Stages *stages);
extern Field *column_state(const Selection *selection, const Stages *stages);
extern void append_day_limit(Selection *selection, const Stages *stages, const Field *stage);
extern void append_in_final(StringInfo sql, Selection *selection, const Stages *stages);
extern void append_board_column(Selection *selection, const Stages *stages,
								const BoardColumn *column);

#endif
