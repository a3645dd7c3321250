#ifndef VALUE_LABEL_H
#define VALUE_LABEL_H

#include "postgres.h"

#include "fields/field.h"

/* What values of a field are called, as rows: value, label and active. */
typedef struct ValueNames
{
	char *rows;		  /* a sub-select */
	Oid operator_oid; /* by which its values equal those of the field; invalid: as texts */
	bool unique;	  /* no value has two rows, as a foreign key says */
} ValueNames;

extern bool value_names(const Source *source, const Field *field, ValueNames *names);
extern void append_names(StringInfo sql, const ValueNames *names, const char *alias,
						 const char *value, const char *text);
extern char *value_label(const Source *source, const Field *field, const char *sql,
						 FromClause *from);
extern char *translated(const Source *source, const Field *field, const char *text);
extern const char *labelled_field(const char *name);
extern Field *label_of(const Source *source, const Field *field, const char *sql, const char *name);
extern Field *label_field(FromClause *from, const char *name);

#endif
