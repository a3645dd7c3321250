#ifndef FUNCTION_NAME_H
#define FUNCTION_NAME_H

#include "postgres.h"

extern bool is_function(Oid function, const char *schema, const char *name);

#endif
