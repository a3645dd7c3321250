#ifndef TOP_POSITION_H
#define TOP_POSITION_H

#include "postgres.h"

#include "triggers/row.h"

extern void put_on_top(Row *row);
extern void note_position(const Row *row);

#endif
