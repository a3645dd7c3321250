#ifndef QUERY_H
#define QUERY_H

#include "postgres.h"

extern void plan_without(const char *setting);
extern int without_jit(void);
extern uint64 run_query(const char *sql);
extern char *copy_value(MemoryContext context, uint64 row, int column);

#endif
