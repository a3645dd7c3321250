#ifndef PLAN_DEPENDENCY_H
#define PLAN_DEPENDENCY_H

#include "postgres.h"

/*
 * The relations whose rows decided on an expression that this session planned or compiled:
 * saved_filter, custom_field. The generation moves with every change of one of them that the
 * session hears of.
 */
extern void watch_dependencies(void);
extern void add_dependency(Oid relid, bool by_policy);
extern uint64 dependency_generation(void);
extern void policies_changed(void);

extern void end_plans_that_call(Oid function);
extern void add_answer(Oid function);

#endif
