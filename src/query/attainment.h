#ifndef ATTAINMENT_H
#define ATTAINMENT_H

#include "postgres.h"

#include "fields/source.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/date.h"

/* What rows are told apart by. */
typedef enum DimensionKind
{
	BY_OWNER,
	BY_TEAM,
	BY_PIPELINE,
	BY_PERIOD
} DimensionKind;

/* One of them: the column d1, d2 and so on of all parts of the query. */
typedef struct AttainmentDimension
{
	const char *name; /* of a period its unit */
	DimensionKind kind;
	char *column;
} AttainmentDimension;

/* What attainment is asked for. */
typedef struct AttainmentArgs
{
	Source *source;
	Source *targets; /* NULL: there are none */
	Source *users;	 /* NULL: there are none */
	List *dimensions;
	bool by_owner;
	bool by_team;
	bool by_pipeline;
	const char *measure;
	DateADT first_day;
	DateADT end; /* the day after the last one */
	DateADT today;
} AttainmentArgs;

/* The parts of the query: targets that may count, who is in whose team, and all teams of each, … */
#define PART_POSSIBLE "possible"
#define PART_LED "led" /* as they are found */
#define PART_LEADS "leads"
#define PART_TEAMS "teams"

/* … the targets of each row of the result, those that count, … */
#define PART_CANDIDATES "candidates"
#define PART_COUNTING "counting"

/* … what there is of opportunities, the same with targets, and both added up. */
#define PART_REACHED "reached"
#define PART_FIGURES "figures"
#define PART_SUMS "sums"

/* A text, whatever collation its column has. */
#define AS_TEXT "%s::pg_catalog.text COLLATE pg_catalog.\"default\""

/* attainment_reached.c: the opportunities, and what the parts of the query have in common */
extern char *day_literal(DateADT day);
extern char *unit_of_day(const char *unit, const char *day);
extern void append_dimension_names(StringInfo sql, const AttainmentArgs *args, const char *alias);
extern void append_reached(StringInfo sql, const AttainmentArgs *args);

/* attainment_target.c: the targets */
extern void append_teams_of(StringInfo sql, bool each, const char *login);
extern void append_targets(StringInfo sql, const AttainmentArgs *args);

#endif
