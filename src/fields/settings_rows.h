#ifndef SETTINGS_ROWS_H
#define SETTINGS_ROWS_H

#include "postgres.h"

extern bool may_hold_rows(Oid relid);

#endif
