#ifndef LIMITS_H
#define LIMITS_H

/*
 * How much a call may ask for: what keeps each within a second or two and 200 MB, whoever asks.
 * doc/reference.md lists them.
 */

/* A search. */
#define MAX_SEARCH_CHARACTERS 1000
#define MAX_SEARCH_WORDS 32

/* A filter's definition. Each value of a list is counted as a rule. */
#define MAX_LEVELS 64
#define MAX_RULES 10000
#define MAX_SUBSELECTS 500
#define MAX_COPIES 1000 /* each reads the whole text */
#define MAX_DEFINITION_BYTES (4 * 1024 * 1024)
#define MAX_JIT_RULES 100	   /* more of them take the compiler seconds that no timeout ends */
#define MAX_PATTERN_BYTES 1000 /* of longer text, LIKE would take too long */
#define MAX_PROBLEMS 100	   /* that check_filter tells of */
#define MAX_CHOICES 1000	   /* more are no list that people know */

/* What is shown of rows, and how many. */
#define MAX_FIELDS 1000 /* fewer than a query has columns */
#define MAX_LISTED_FIELDS 100
#define MAX_LABELS 10000   /* of a language */
#define MAX_SORT_FIELDS 16 /* each adds two arms to a page's query */
#define MAX_DIMENSIONS 16
#define MAX_MEASURES 32 /* a function takes 100 arguments, two of them for each */
#define MAX_MANY 4		/* of them, of which a row has many: each multiplies the rows */
#define MAX_PAGE_SIZE 1000
#define MAX_PAGE_BYTES (32 * 1024 * 1024) /* in memory; rows beyond them wait for the next page */
#define MAX_BOARD_BYTES (64 * 1024 * 1024)
#define MAX_ANSWER_BYTES (32 * 1024 * 1024) /* of a report as one value */
#define MAX_LANES 1000
#define MAX_COLUMNS 10000
#define MAX_CELLS 100000

/* What a cursor holds of a value; of a longer one, a hash. */
#define MAX_CURSOR_VALUE 500

/* The transactions that a cursor of changes lacks. */
#define MAX_CURSOR_TRANSACTIONS 100000

/* What is read of the history at once: where it is more, the log is read once for each part. */
#define MAX_HISTORY_BYTES (128 * 1024 * 1024)

/* States of opportunities that are remembered, so that each is looked at once. */
#define MAX_STATES_BYTES (16 * 1024 * 1024)

/* Members of teams, each in those of all who are above. */
#define MAX_MEMBERS 500000

/* What the table calendar holds. */
#define MAX_CALENDAR_DAYS 400000

/* What an argument holds. */
#define MAX_DATE_PATTERN 100 /* characters */
#define MAX_SCOPE_FIELDS 100
#define MAX_NAMES 100 /* of a person, each of which every text is searched for */
#define MAX_IDS 100000
#define MAX_CHANGES 1000
#define MAX_ELEMENTS 1000 /* of a list in changes, and of an array in a row */

/* What a row of a CRM holds. */
#define MAX_CURRENCY_BYTES 16
#define MAX_NAME_BYTES 500 /* an index holds those of a tenant, a user and a thing together */
#define MAX_LINE_BYTES 2000
#define MAX_TEXT_BYTES 200000
#define MAX_JSON_BYTES 100000 /* of an array, too */
#define MAX_DIGITS 100		  /* a multiple of four, as many as numeric keeps together */
#define MAX_YEAR 9999

/* What the log holds of a value; of a larger one the beginning. */
#define MAX_LOGGED_BYTES (4 * 1024 * 1024)

#endif
