#ifndef QUERY_H
#define QUERY_H

#include "postgres.h"

extern void plan_without(const char *setting);
extern char *own_statement(const char *sql);
extern bool is_own_statement(const char *sql);
extern char *local_statement(const char *sql);
extern bool is_local_statement(const char *sql);
extern uint64 run_query(const char *sql);
extern uint64 run_sql(const char *sql);
extern char *copy_value(MemoryContext context, uint64 row, int column);

#endif
