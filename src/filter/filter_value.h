#ifndef FILTER_VALUE_H
#define FILTER_VALUE_H

#include "postgres.h"

#include "filter/filter_context.h"

/* A value of a rule as SQL; with an end it is a span, from sql on and before end. */
typedef struct FilterValue
{
	char *sql;
	char *end;
	char *constant; /* the text of a literal, else NULL */
	bool many;		/* sql is an array of values, any of which it may be */
} FilterValue;

extern bool filter_value(FilterContext *context, const char *path, const Field *field,
						 JsonbValue *json, FilterValue *value);
extern List *filter_list(FilterContext *context, const char *path, const Field *field,
						 JsonbValue *json);
extern void wrong_kind(FilterContext *context, const char *path, const Field *field,
					   const char *what);
extern List *split_list(const char *text);
extern Oid literal_type(const Field *field);

#endif
