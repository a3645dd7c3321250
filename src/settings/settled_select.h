#ifndef SETTLED_SELECT_H
#define SETTLED_SELECT_H

#include "postgres.h"

#include "nodes/primnodes.h"

extern bool asks_no_row(const SubLink *link);
extern Node *settled_array(const SubLink *link);

#endif
