#ifndef HISTORY_ROWS_H
#define HISTORY_ROWS_H

#include "history/history.h"

extern void make_rows(History *history);
extern bool is_of_batch(const History *history, int64 id);
extern HistoryRow *make_row(History *history, int64 id);
extern HistoryRow *find_history_row(const History *history, int64 id);
extern void add_log_entry(HistoryRow *row, LogEntry *entry);
extern void sort_entries(HistoryRow *row);
extern List *all_rows(const History *history);

#endif
