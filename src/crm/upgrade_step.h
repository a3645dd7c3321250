#ifndef UPGRADE_STEP_H
#define UPGRADE_STEP_H

#include "postgres.h"

#include "crm/check.h"

extern bool made_before(const Check *check, const char *version);
extern void run_steps(Check *check, const char *table, List *added);
extern void check_old_columns(Check *check, const char *table);
extern bool is_earlier_text(const char *text);
extern void check_comment(Check *check, CommentStmt *statement);

#endif
