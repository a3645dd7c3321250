#ifndef USER_H
#define USER_H

#include "postgres.h"

#include "fields/field.h"

extern bool is_user_field(const char *name);
extern Link *user_name_link(const Source *source, const char *name);
extern bool may_read_user_names(FromClause *from, const Link *link);
extern Field *user_login(FromClause *from, const char *alias, const char *name, const Link *link);
extern char *user_name(const char *alias);
extern Field *user_name_field(FromClause *from, const char *alias, const char *name,
							  const Link *link);

#endif
