#ifndef CHANGE_LOG_H
#define CHANGE_LOG_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "utils/rel.h"

extern bool is_log_function(Oid function);
extern Bitmapset *logged_key(Relation rel);

#endif
