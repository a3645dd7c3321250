#ifndef ROLLUP_ANSWER_H
#define ROLLUP_ANSWER_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "rollup/rollup.h"

/* What an aggregate over a table's rows asks for. */
typedef enum Figures
{
	NO_FIGURES,	   /* what no rollup holds */
	FIGURES_COUNT, /* how many rows there are */
	FIGURES_TOTALS /* what they sum up to */
} Figures;

/* What a query asks of a table that has rollups. */
typedef struct RollupQuestion
{
	Query *query;
	int varno; /* of the table */
	Oid relid;
	const Aggref *aggref; /* one that asks for figures; NULL: none does */
	Bitmapset *columns;	  /* the attribute numbers that are read besides */
	const char *obstacle; /* why no rollup can answer; NULL: none */
} RollupQuestion;

/* rollup_answer.c: which rollup answers, in the planner */
extern void define_rollup_answers(void);
extern bool explains_rollups(void);
extern void explain_no_rollup(Oid relid, const char *reason);
extern const char *rollup_mark(Oid relid);
extern bool rollup_answers(const char *statement);

/* rollup_question.c: what a query asks */
extern Figures aggregate_figures(const Aggref *aggref, const RollupQuestion *question, int level);
extern void read_question(RollupQuestion *question);

/* rollup_rows.c: the rows of a rollup in the place of the table's */
extern AttrNumber rollup_column(const Rollup *rollup, AttrNumber number);
extern void read_rollup(const RollupQuestion *question, const Rollup *rollup);

#endif
