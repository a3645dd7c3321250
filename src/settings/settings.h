#ifndef SETTINGS_H
#define SETTINGS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/date.h"

extern void define_settings(void);

extern char *current_user_name(void);
extern const char *tenant_name(void);
extern DateADT business_day(TimestampTz moment);
extern TimestampTz business_day_start(DateADT day);
extern Timestamp business_clock(TimestampTz moment);

#endif
