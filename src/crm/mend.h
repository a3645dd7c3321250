#ifndef MEND_H
#define MEND_H

#include "postgres.h"

#include "base/compat.h"
#include "crm/check.h"
#include "nodes/parsenodes.h"

/*
 * What puts a difference right: a list of statements, those of the definition or parts of it, so
 * that nothing is written as text a second time. NIL: nothing does.
 */
extern List *remedy(const char *format, ...) pg_attribute_printf(1, 2);
extern List *alteration(const Check *check, const char *table, const char *what);
extern char *part_text(const Check *check, int location, const List *constraints);
extern void run_remedy(const Check *check, List *statements);
extern void tell_difference(Check *check, const char *code, const char *object, const char *problem,
							List *statements);
extern void tell_part(Check *check, bool told, const char *code, const char *object,
					  const char *problem, List *statements);
extern void run_on_rows(const char *sql);
extern void note_made(Check *check, const char *object, const char *column);
extern bool is_made(const Check *check, const char *object, const char *column);
extern char *object_name(const Check *check, const char *name);
pg_noreturn extern void refuse_upgrade(const Check *check, const char *detail);

#endif
