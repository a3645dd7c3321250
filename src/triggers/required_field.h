#ifndef REQUIRED_FIELD_H
#define REQUIRED_FIELD_H

#include "postgres.h"

#include "triggers/row.h"
#include "triggers/stage.h"

extern void check_required_fields(const Row *row, int stage_column, const Stage *stage);

#endif
