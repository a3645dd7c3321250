#ifndef CITUS_H
#define CITUS_H

#include "postgres.h"

extern bool on_citus(void);
extern int for_any_values(int options);

#endif
