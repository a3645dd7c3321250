#ifndef HIDDEN_ROWS_H
#define HIDDEN_ROWS_H

#include "postgres.h"

#include "rewrite/rowsecurity.h"

extern bool shows_all(const RowSecurityPolicy *policy);
extern bool may_hide_of_tenant(Oid relid);

#endif
