#ifndef VALUE_READER_H
#define VALUE_READER_H

#include "postgres.h"

#include "base/query_params.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/*
 * The one reader of values that are given as JSON, wherever they are: in a filter, a scope, an
 * edit. What a value says depends on no setting of the session, and digits and separators of
 * Persian and Arabic are as good as others.
 */

/* What a value is for. */
typedef struct ValueTarget
{
	const char *name; /* of the field */
	Oid type;
	int32 typmod;
	bool subtransaction; /* an error of the type's own must be survived */
} ValueTarget;

/* A value that was read, of a type that can say less than the one that was asked for. */
typedef struct Value
{
	bool isnull; /* it is none: an empty currency */
	Oid type;	 /* for moments a date is a whole day, and a timestamp what the clocks show */
	Datum datum;
} Value;

/* Why a value can't be read. */
typedef struct ValueProblem
{
	char *text; /* the value, as the user wrote it */
	const char *detail;
	const char *hint;
} ValueProblem;

extern bool is_moment(Oid type);
extern bool writes_alike(Oid type);
extern bool reads_for_all(Oid type);
extern bool read_value(const ValueTarget *target, JsonbValue *json, Value *value,
					   ValueProblem *problem);
extern bool is_whole_day(const Value *value, Oid type);
extern Value next_day(const Value *day);
extern Datum value_as(const Value *value, Oid type);
extern void append_value_as(StringInfo sql, Params *params, const Value *value, Oid type);

#endif
