#ifndef DEFINED_VERSION_H
#define DEFINED_VERSION_H

#include "postgres.h"

#include "crm/check.h"
#include "utils/reltrigger.h"

extern bool is_version_mark(const CreateTrigStmt *statement);
extern char *defined_version(const Check *check);
extern void check_version(Check *check, const Trigger *trigger, List *remedy);

#endif
