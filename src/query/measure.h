#ifndef MEASURE_H
#define MEASURE_H

#include "postgres.h"

#include "fields/field.h"
#include "query/conversion.h"
#include "utils/jsonb.h"

/* A figure of the rows of a group: sum(custom.mrr). */
typedef struct Measure
{
	const char *name; /* as the caller wrote it; in another currency: sum(amount) in EUR */
	char *sql;		  /* an aggregate */
	char *json;		  /* the same as a value of JSON */
	bool count;
	bool money;				  /* of each currency apart, as an array */
	const char *const *words; /* that are counted apart, as an object; NULL: it is another */
} Measure;

extern List *measures_argument(FunctionCallInfo fcinfo, int number);
extern List *open_measures(FromClause *from, List *names, const Conversion *conversion);
extern char *measures_object(List *measures);
extern Jsonb *measures_of_nothing(List *measures);

#endif
