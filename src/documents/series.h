#ifndef SERIES_H
#define SERIES_H

#include "postgres.h"

#include "settings/calendar.h"

extern char *expand_series(const char *pattern, DateADT day, const Reckoning *reckoning);

#endif
