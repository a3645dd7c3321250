#ifndef SOURCE_H
#define SOURCE_H

#include "postgres.h"

#include "access/attnum.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* A column of a relation that is queried. */
typedef struct SourceColumn
{
	char *name;
	AttrNumber number;
	Oid type;
	int32 typmod;
	Oid collation;
	Oid base_type; /* below any domains */
	bool not_null;
} SourceColumn;

/*
 * A relation that is queried: a table, view, materialized view, partitioned or foreign table. Or
 * the type of a row, wherever it comes from: then relid is that of the relation or composite type
 * of that name, and invalid, as schema and sql are, where the type has no name.
 */
typedef struct Source
{
	Oid relid;
	Oid schema;
	char *name; /* for messages */
	char *sql;	/* qualified and quoted */
	bool row_security;
	List *columns;
} Source;

extern Oid relation_argument(FunctionCallInfo fcinfo, int number);
extern Source *source_argument(FunctionCallInfo fcinfo, int number);
extern Source *open_source(Oid relid);
extern Source *open_row_source(Oid type, int32 typmod);
extern Source *open_sibling(const Source *source, const char *name, const char *needed_for);
extern Source *open_beside(const Source *source, const char *name, int count,
						   const char *const *needs);
extern bool has_opportunity_trigger(Relation relation);
extern bool made_by_create_crm(Oid relid);
extern bool has_rows_for_user(Oid relid);
extern bool may_select(const Source *source, const char *name);
extern SourceColumn *source_column(const Source *source, const char *name);
extern void need_columns(const Source *source, int count, const char *const *names);
extern List *column_names(const Source *source);
extern bool is_exact_number(Oid type);

#endif
