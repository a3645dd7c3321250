#ifndef FIELD_H
#define FIELD_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "source.h"

/* A query over a relation: the alias of the relation itself is o, those of its joins are j1, j2, …
 */
typedef struct FromClause
{
	Source *source;
	StringInfoData joins; /* LEFT JOINs that fields of related rows need */
	List *joined;		  /* of Join */
} FromClause;

/* What a name stands for in a query. */
typedef struct Field
{
	const char *name; /* as the caller wrote it */
	char *sql;		  /* an expression over the query's aliases */
	Oid type;
	Oid base_type;
	bool not_null;
	SourceColumn *column; /* of the relation itself, else NULL */
} Field;

extern FromClause *open_from(Source *source);
extern Field *find_field(FromClause *from, const char *name, List **known);
extern Field *need_field(FromClause *from, const char *name);

extern char *field_json(const Field *field);
extern char *field_text(const Field *field, const char *sql);
extern void append_comparison(StringInfo sql, const Field *field, Oid operator_oid,
							  const char *value);
extern Oid field_equality(const Field *field);

#endif
