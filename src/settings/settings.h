#ifndef SETTINGS_H
#define SETTINGS_H

#include "postgres.h"

#include "pgtime.h"

extern void define_settings(void);

extern char *current_user_name(void);
extern bool names_user(void);
extern char *stamp_user_name(void);
extern bool is_of_role(const char *role);
extern const char *tenant_name(void);
extern pg_tz *business_zone(void);

#endif
