#ifndef ROLLUP_SPACE_H
#define ROLLUP_SPACE_H

#include "postgres.h"

#include "utils/rel.h"

extern void give_back_space(Relation rel);

#endif
