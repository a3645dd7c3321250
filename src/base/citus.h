#ifndef CITUS_H
#define CITUS_H

#include "postgres.h"

#include "nodes/parsenodes.h"

extern bool on_citus(void);
extern bool serves_citus(void);
extern int for_any_values(int options);
extern int allow_nested_queries(void);
extern int allow_alterations(void);
extern void write_to_table(Query *query);

#endif
