#ifndef REPORT_H
#define REPORT_H

#include "postgres.h"

#include "query/selection.h"

extern char *in_stage(FromClause *from, const char *kinds);
extern void append_report_groups(StringInfo sql, Selection *selection, List *dimensions,
								 const char *column);

#endif
