#ifndef ROW_SECURITY_H
#define ROW_SECURITY_H

#include "triggers/row.h"

extern void check_written_row(const Row *row);

#endif
