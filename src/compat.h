#ifndef COMPAT_H
#define COMPAT_H

/* Every difference between server versions stands here and nowhere else. */

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "opportunities needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#endif
