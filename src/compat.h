#ifndef COMPAT_H
#define COMPAT_H

/* Every difference between server versions stands here and nowhere else. */

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "opportunities needs PostgreSQL 15 or later"
#endif

#ifndef HAVE_INT128
#error "opportunities needs a compiler with 128-bit integers"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#endif
