#ifndef IDS_H
#define IDS_H

#include "postgres.h"

#include "utils/array.h"

extern int compare_ids(const void *a, const void *b);
extern int64 *sorted_ids(ArrayType *array, const char *argument, int *count);
extern Datum int8_array(const int64 *values, int count);

#endif
