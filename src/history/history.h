#ifndef HISTORY_H
#define HISTORY_H

#include "postgres.h"

#include "commands/trigger.h"
#include "fields/source.h"
#include "utils/date.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* A column of opportunities whose values of then are asked for. */
typedef struct HistoryColumn
{
	const SourceColumn *column;
	int16 length;
	bool by_value;
	bool as_now; /* it isn't put back */
} HistoryColumn;

/* The values of a row's columns at some time; NULL stands for a row that isn't there. */
typedef struct RowState
{
	Datum *values;
	bool *nulls;
	int number; /* by which whoever was told of it knows it; −1: nobody was */
} RowState;

/* What an entry of the log is about, unless it is a column: its number among those asked for. */
#define WHOLE_ROW_NEW (-1)
#define WHOLE_ROW_GONE (-2)

/* An entry of the log. */
typedef struct LogEntry
{
	int64 id;
	int64 transaction;
	TimestampTz changed_at;
	int column;
	char *key; /* of a column of JSON */
	Jsonb *old;
	Jsonb *new_value;
	struct LogEntry *earlier;
} LogEntry;

/* A row with what was read about it. */
typedef struct HistoryRow
{
	int64 id;
	char status;	   /* of the hash table */
	bool unsorted;	   /* the entries aren't in order */
	bool whole;		   /* all entries of it were read */
	bool followed;	   /* it is there, and was walked back already */
	LogEntry *last;	   /* the latest entry … */
	int64 last_id;	   /* … and its number */
	RowState *present; /* while it is followed; NULL: the caller sees no such row */
} HistoryRow;

/* What happens to a row. */
typedef enum ChangeKind
{
	ROW_BEGINS,	 /* it is as it is where the first day begins … */
	ROW_UNKNOWN, /* … or is there, and nobody knows how it was */
	ROW_NEW,
	ROW_CHANGED,
	ROW_CLOSED,
	ROW_REOPENED,
	ROW_GONE,
	ROW_UNLOGGED, /* it changed, or came, without an entry that says so */
	ROW_ENDS	  /* it is as it is where the last day ends */
} ChangeKind;

/* A change of a row, and the states before and after it. */
typedef struct HistoryChange
{
	ChangeKind kind;
	int64 id;
	RowState *before;
	RowState *after;
	TimestampTz deleted_at; /* when the row was, later on; DT_NOBEGIN: it wasn't */
	DateADT closing;		/* the first that is known, later on; DATEVAL_NOEND: none */
} HistoryChange;

/* A stage in which opportunities are closed. */
typedef struct FinalStage
{
	int64 id;
	bool won;
} FinalStage;

typedef struct History History;
typedef void (*ChangeVisitor)(History *history, const HistoryChange *change);

/* The history of opportunities from one day to another. */
struct History
{
	Source *source;
	TriggerData *command; /* with which the log is asked, as its owner */
	int count;			  /* the columns, as the table has them in order */
	HistoryColumn *columns;
	int created_at; /* the numbers of some */
	int closed_on;
	int stage_id;
	int entered_at; /* −1: not asked for */
	DateADT first_day;
	DateADT last_day;
	List *finals;		/* the stages in which opportunities are closed */
	DateADT known_from; /* where the log begins, if that is later than the first day */
	bool with_deleted;	/* the caller is told of rows that were deleted */
	bool with_closed;	/* … and of rows that are closed all the time */
	ChangeVisitor visit;
	void *visitor;
	MemoryContext context;	   /* of the rows that are read */
	MemoryContext row_context; /* of one that is followed */
	struct rows_hash *rows;
	uint32 batches; /* into which rows are divided where they take too much memory */
	uint32 batch;
};

/* history.c */
extern History *open_history(Source *source, List *names, List *as_now);
extern void need_type(const Source *source, const char *name, Oid type);
extern int history_column(const History *history, const char *name);
extern void follow_history(History *history);

/* history_value.c */
extern RowState *make_state(const History *history);
extern RowState *copy_state(const History *history, const RowState *state);
extern RowState *move_state(const History *history, const RowState *state);
extern void put_back(const History *history, RowState *state, const LogEntry *entry, Jsonb *json);
extern RowState *logged_state(const History *history, const LogEntry *entry);
extern bool has_logged(const History *history, const RowState *state, const LogEntry *entry);

/* history_walk.c */
extern void walk_back(History *history, HistoryRow *row);

#endif
