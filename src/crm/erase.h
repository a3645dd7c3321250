#ifndef ERASE_H
#define ERASE_H

#include "postgres.h"

#include "crm/check.h"

/* Who is erased, and where the answer goes. What statements are given is $1 to $4. */
typedef struct Erasure
{
	Check check;
	const char *subject;   /* account or user */
	Datum key;			   /* $1: its id, or the login */
	Oid key_type;		   /* of it */
	Datum names;		   /* $2: how it is and was called */
	const char *pseudonym; /* $3: what becomes of a login */
	bool everywhere;	   /* in texts of others, too */
	const char *pattern;   /* $4: finds those names as words */
} Erasure;

/* A table whose columns are emptied. */
typedef struct ErasedTable
{
	const char *name;
	Oid relid;
	const char *condition; /* a row r is of the subject; NULL: only logins are erased */
	const char *becomes;   /* what a column that can't be empty gets */
	const char *kept;	   /* literals of arrays */
	const char *watched;
	const char *users;
} ErasedTable;

extern uint64 run_erasure(const Erasure *erasure, const char *sql);
extern char *for_schema(const Erasure *erasure, const char *sql);
extern void tell_erasure(const Erasure *erasure, const char *action, const char *object,
						 const char *row_id, Datum fields, const char *note);
extern char *pattern_of(List *names);
extern void replace_mentions(const Erasure *erasure);
extern void tell_mentions(const Erasure *erasure);
extern void tell_rest(const Erasure *erasure, List *tables);

#endif
