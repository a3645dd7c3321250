#ifndef HIDDEN_ROWS_H
#define HIDDEN_ROWS_H

#include "postgres.h"

extern bool may_hide_of_tenant(Oid relid);

#endif
