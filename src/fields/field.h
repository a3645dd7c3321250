#ifndef FIELD_H
#define FIELD_H

#include "postgres.h"

#include "fields/custom.h"
#include "fields/query_params.h"
#include "fields/source.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* How many keys a dotted name may cross. */
#define MAX_HOPS 8

/*
 * A query over a relation. Fields of related rows come by LEFT JOINs; or, where the relation is
 * one of a query that is not ours, by a sub-select that gives the one value.
 */
typedef struct FromClause
{
	Source *source;
	const char *alias;	  /* of the relation itself */
	bool scalar;		  /* no joins: sub-selects */
	CustomFields *custom; /* whose rows decided what fields are */
	Params *params;		  /* of the whole query; NULL: values are written out */
	int *numbers;		  /* the last number of an alias in the whole query */
	StringInfoData joins; /* LEFT JOINs that fields of related rows need */
	List *joined;		  /* of FieldJoin */
	List *columns;		  /* names of columns of the relation itself that fields and joins read */
} FromClause;

/* A join that a query has already. */
typedef struct FieldJoin
{
	char *path; /* the dotted name that leads to it */
	char *alias;
	Source *source;
} FieldJoin;

/* What a name stands for in a query. */
typedef struct Field
{
	const char *name; /* as the caller wrote it */
	int name_length;
	char *sql; /* an expression over the query's aliases */
	Oid type;
	Oid base_type;
	bool not_null;
	SourceColumn *column; /* of the relation itself, else NULL */
	char *json;			  /* a key of custom as jsonb, else NULL */
} Field;

/* Where the search for a name that is no field ended. */
typedef struct DeadEnd
{
	Source *source;
	const char *alias;
	const char *rest; /* what is left of the name */
} DeadEnd;

extern FromClause *open_from(Source *source);
extern FromClause *open_inner_from(const FromClause *outer, Source *source);
extern Field *find_field(FromClause *from, const char *name, DeadEnd *end);
extern List *known_fields(const FromClause *from, const char *name, const DeadEnd *end);
extern Field *need_field(FromClause *from, const char *name);

extern FieldJoin *find_join(const FromClause *from, const char *path);
extern FieldJoin *add_join(FromClause *from, const char *path, Source *source);
extern FieldJoin *join_link(FromClause *from, const char *path, const char *alias,
							const Link *link);
extern Field *scalar_field(FromClause *from, const char *name, const Link *link, const char *rest,
						   DeadEnd *end);
extern char *own_column(FromClause *from, const char *alias, const char *name);
extern void append_own_link(StringInfo sql, FromClause *from, const Link *link, const char *alias,
							const char *linked);
extern void append_link(StringInfo sql, const Link *link, const char *alias, const char *linked);
extern Field *make_field(const char *name, char *sql, Oid type);

extern const char *result_name(const Field *field);
extern char *field_json(const Field *field);
extern char *field_column(const Field *field);
extern void set_json(JsonbValue *json, const Field *field, Datum value);
extern char *value_text(const Field *field, Datum value);
extern char *field_text(const Field *field, const char *sql);
extern void append_comparison(StringInfo sql, const FromClause *from, const Field *field,
							  Oid operator_oid, const char *value);
extern bool text_tells_values(const Field *field);
extern Oid field_equality(const Field *field);

#endif
