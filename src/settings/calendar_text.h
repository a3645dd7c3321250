#ifndef CALENDAR_TEXT_H
#define CALENDAR_TEXT_H

#include "postgres.h"

#include "settings/calendar.h"

extern void define_language_setting(void);
extern const char *current_language(void);
extern char *period_text(CalendarUnit unit, DateADT day, Calendar *calendar, const char *language);

#endif
