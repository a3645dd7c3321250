#ifndef CUSTOM_H
#define CUSTOM_H

#include "postgres.h"

#include "fields/source.h"
#include "utils/jsonb.h"

/* How a custom field that is not text is read out of the column custom. */
typedef struct CustomType
{
	const char *name; /* in custom_field */
	const char *function;
	Oid type;
} CustomType;

/* What was read of custom fields for a query, each once, and whatever else it depends on. */
typedef struct CustomFields
{
	List *tables; /* OIDs */
	List *rights; /* OIDs of relations that the user's rights on decided what fields are */
	List *keys;	  /* of CustomKey */
} CustomFields;

/* A field that the table custom_field declares. */
typedef struct DeclaredField
{
	const char *name;
	const char *type;
	const char *label; /* NULL: none */
	bool required;
	bool listed;
} DeclaredField;

extern List *listed_custom_fields(const Source *source);
extern List *declared_fields(const Source *source, const char *pipeline);
extern const CustomType *find_custom_type(const Source *source, const char *key,
										  CustomFields *fields);
extern bool is_mixed_type(const Source *source, const char *key, const CustomFields *fields);
extern void read_custom_types(const Source *source, CustomFields *fields);
extern bool reads_as(const JsonbValue *value, const char *type);

#endif
