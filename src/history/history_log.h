#ifndef HISTORY_LOG_H
#define HISTORY_LOG_H

#include "history/history.h"

extern void read_final_stages(History *history);
extern void find_known_from(History *history);
extern bool read_log(History *history);
extern void read_older_entries(History *history, HistoryRow *row);

#endif
