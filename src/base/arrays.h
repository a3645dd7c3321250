#ifndef ARRAYS_H
#define ARRAYS_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/array.h"

extern int compare_ids(const void *a, const void *b);
extern int64 *sorted_ids(ArrayType *array, const char *argument, int *count);
extern Datum int8_array(const int64 *values, int count);
extern List *text_array(ArrayType *array, const char *argument, int limit);
extern bool has_string(List *strings, const char *string);

#endif
