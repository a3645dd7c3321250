#ifndef CRM_H
#define CRM_H

#include "postgres.h"

extern int set_local_path(const char *path);
extern char *crm_definition(const char *part);

#endif
