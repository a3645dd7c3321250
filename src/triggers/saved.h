#ifndef SAVED_H
#define SAVED_H

#include "postgres.h"

#include "base/compat.h"
#include "fields/source.h"
#include "fmgr.h"
#include "triggers/row.h"
#include "triggers/visibility.h"

/*
 * What users save under a name, private or shared: filters and views. Each kind has a table beside
 * the relation that it is for, whose rows only their owners change. They are read under the active
 * snapshot, with the rights and row security of the current user.
 */
typedef struct SavedKind
{
	const char *table;
	const char *noun;
	const char *unknown; /* the code of an error: there is none of that name */
	TriggerUse use;
	Disclosure owners;				   /* what an error tells of another user's */
	bool (*may_write)(const Row *row); /* whether an UPDATE is not the owner's alone; or NULL */
} SavedKind;

/* The columns that the trigger of every kind reads; a kind's own come after them. */
enum
{
	SAVED_OWNER,
	SAVED_NAME,
	SAVED_CREATED_AT,
	SAVED_UPDATED_AT,
	SAVED_COLUMNS
};

#define SAVED_TABLE                                                       \
	[SAVED_OWNER] = {"owner", TEXTOID}, [SAVED_NAME] = {"name", TEXTOID}, \
	[SAVED_CREATED_AT] = {"created_at", TIMESTAMPTZOID},                  \
	[SAVED_UPDATED_AT] = {"updated_at", TIMESTAMPTZOID}

/* Makes sure that what a row holds can be applied. */
typedef void (*SavedCheck)(const Row *row);

/* A column that is saved. */
typedef struct SavedValue
{
	const char *column;
	Oid type;
	NullableDatum value;
	const char *update; /* what takes the place of f's: SQL with %s for the new value; NULL: that */
} SavedValue;

extern Oid saved_table(const SavedKind *kind, const Source *source);
extern char *saved_condition(Oid table, const char *name, bool private_too);
pg_noreturn extern void unknown_saved(const SavedKind *kind, const Source *source, const char *name,
									  bool private_too);
extern int64 save_row(const SavedKind *kind, const Source *source, Datum name, bool shared,
					  const SavedValue *values, int count);

extern Datum saved_trigger(FunctionCallInfo fcinfo, const SavedKind *kind, SavedCheck check);

#endif
