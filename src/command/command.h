#ifndef COMMAND_H
#define COMMAND_H

#include "postgres.h"

#include "base/compat.h"
#include "fields/source.h"
#include "fields/writable.h"
#include "fmgr.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

/* An error of one row, raised or returned as its outcome. */
typedef struct RowError
{
	int sqlstate;
	const char *code;
	const char *what;	/* is the matter with the opportunity */
	const char *detail; /* %s stands for the table */
	const char *hint;
} RowError;

extern const RowError opportunity_missing;
extern const RowError opportunity_changed;
extern const RowError opportunity_refused;

/* A relation whose opportunities a command writes. */
typedef struct Target
{
	Relation rel;
	Source *source;
	bool own; /* create_crm made it */
	Writer writer;
	bool returns_fields; /* what is written comes back with all that is shown of it */
} Target;

/* What the commands have in common. */
extern Target open_target(FunctionCallInfo fcinfo, int argument, CmdType command);
extern void need_right(Relation rel, AclMode right);
extern void need_row_version(const Source *source);
extern Source *crm_opportunities(FunctionCallInfo fcinfo, int argument, const char *command,
								 const char *hint);
extern char *row_error_message(const RowError *error, const char *id);
pg_noreturn extern void raise_row_error(const RowError *error, Relation rel, const char *id,
										const char *field);
extern Jsonb *returned_row(List *fields, MemoryContext context);

#endif
