#ifndef DIMENSIONS_H
#define DIMENSIONS_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "fields/field.h"
#include "utils/jsonb.h"

extern bool has_dimension(List *dimensions, const char *name);
extern int last_of_many(List *dimensions, int count);
extern List *group_fields(List *dimensions);
extern void append_dimension_labels(StringInfo sql, const Source *source, List *dimensions,
									List *fields);
extern void append_dimension_columns(StringInfo sql, List *fields);
extern void append_level(StringInfo sql, const char *alias, int count, int lowest);
extern void append_level_dimensions(StringInfo sql, const char *alias, List *dimensions, int count);
extern void append_rollup(StringInfo sql, const char *alias, int count, int lowest);
extern void append_report_order(StringInfo sql, List *fields, bool subtotals);
extern Jsonb *dimensions_json(List *fields, const TupleTableSlot *slot, int level);
extern Jsonb *labels_json(List *fields, const TupleTableSlot *slot, int level, int first);

#endif
