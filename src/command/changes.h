#ifndef CHANGES_H
#define CHANGES_H

#include "postgres.h"

#include "fields/source.h"
#include "lib/stringinfo.h"
#include "utils/acl.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

/* A column that is set. */
typedef struct Change
{
	const char *name;
	Oid type; /* below any domains, whose constraints the statement checks */
	Datum value;
	bool isnull;
	bool edits;	   /* an array: value is what is added, each once, to what … */
	Datum removed; /* … these leave of it */
} Change;

/* What an edit sets, in any number of rows. */
typedef struct Changes
{
	List *columns; /* of Change */
	Jsonb *custom; /* keys of the column custom that are set; NULL: none */
	List *removed; /* keys of it that are taken out, of text */
} Changes;

extern Changes *read_changes(const Source *source, CmdType command, Jsonb *json);
extern void need_writable(const Source *source, CmdType command, const SourceColumn *column,
						  const char *field);
extern void add_change(Changes *changes, const char *name, Oid type, Datum value, bool isnull);
extern const Change *find_change(const Changes *changes, const char *name);

/* The same as SQL: change_sql.c. */
extern void append_set_list(StringInfo sql, const Changes *changes, int parameter);
extern void append_new_row(StringInfo sql, const Changes *changes);
extern int count_change_args(const Changes *changes);
extern void change_args(const Changes *changes, Oid *types, Datum *values, char *nulls);
extern void need_change_rights(Relation rel, const Changes *changes, AclMode right);

#endif
