#ifndef IDS_H
#define IDS_H

#include "postgres.h"

#include "fields/source.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/typcache.h"

/* A column by whose values rows are named, of this relation or another: its type has an order. */
typedef struct IdType
{
	const SourceColumn *column;
	TypeCacheEntry *type; /* below any domains */
	Oid array;
} IdType;

extern IdType id_type(const Source *source, const char *column);
extern Datum read_id(const IdType *type, const char *text, const char *argument);
extern Datum *read_ids(const IdType *type, ArrayType *array, const char *argument, int *count);
extern char *id_as_text(const IdType *type, Datum id);
extern char *id_in_message(const char *id);
extern int compare_ids_of(const IdType *type, Datum a, Datum b);
extern Datum id_array(const IdType *type, Datum *ids, int count);
extern Datum copy_id(const IdType *type, Datum id);
extern void append_id_condition(StringInfo sql, const IdType *type, const char *value);

#endif
