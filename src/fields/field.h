#ifndef FIELD_H
#define FIELD_H

#include "postgres.h"

#include "fields/from.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* What a name stands for in a query: an expression of a type. */
typedef struct Field
{
	const char *name; /* as the caller wrote it */
	int name_length;
	char *sql; /* an expression over the query's aliases */
	Oid type;
	Oid base_type;
	Oid collation; /* InvalidOid: none, or unknown */
	bool plain;	   /* a column, of this relation or of a related one */
	bool not_null;
	SourceColumn *column; /* of the relation itself, else NULL */
	char *json;			  /* a key of custom as jsonb, else NULL */
	bool mixed;			  /* a key of custom whose type is another in other pipelines */
	const char *unit;	  /* of a period, else NULL */
	char *there;	 /* that the related row which a join gives it is there; NULL: no such row */
	bool by_reader;	 /* how the reader counts days decides on it */
	char *closed_on; /* of a state: the column that is NULL while it is open, or NULL */
	const char *choices; /* the name under which the relation's own choices of it stand, or NULL */
	const char *const *words; /* all values that a computed one has, the last NULL; NULL: any */
	bool many;				  /* a row may have many of it */
	const struct Field *one;  /* what names of its values are looked up for; NULL: it itself */
	const Source *one_source; /* where that is from */
} Field;

extern List *copy_fields(List *fields, MemoryContext context);
extern Field *make_field(const char *name, char *sql, Oid type);
extern const char *result_name(const char *name);
extern char *field_column(const Field *field);
extern void set_json(JsonbValue *json, const Field *field, Datum value);
extern char *value_text(const Field *field, Datum value);
extern char *field_day(const Field *field);
extern char *field_text(const Field *field, const char *sql);
extern char *stand_in(const SourceColumn *column, const char *text);
extern void append_comparison(StringInfo sql, const FromClause *from, const Field *field,
							  Oid operator_oid, const char *value);
extern Oid foreign_collation(const SourceColumn *column);
extern bool has_order(const Field *field);
extern bool text_tells_values(const Field *field);
extern bool needs_one_text(const Field *field);
extern char *one_text(const Field *field);
extern Oid field_equality(const Field *field);

#endif
