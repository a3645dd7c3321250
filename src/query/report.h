#ifndef REPORT_H
#define REPORT_H

#include "postgres.h"

#include "query/conversion.h"
#include "query/selection.h"

/* The arguments of a report. */
typedef struct ReportArgs
{
	SelectionArgs selection;
	List *by;		  /* names of dimensions */
	List *dimensions; /* which they are, each once */
	List *measures;
	Conversion *conversion; /* NULL: none is asked for */
	bool subtotals;
} ReportArgs;

/* report_groups.c */
extern char *in_stage(FromClause *from, const char *kinds);
extern void append_report_groups(StringInfo sql, Selection *selection, List *dimensions,
								 const char *column);
extern int append_groups(StringInfo sql, const ReportArgs *args, int count, int lowest, bool typed,
						 bool apart);
extern void append_levels(StringInfo sql, const ReportArgs *args, bool apart);

#endif
