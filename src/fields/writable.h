#ifndef WRITABLE_H
#define WRITABLE_H

#include "postgres.h"

#include "fields/source.h"
#include "nodes/nodes.h"
#include "utils/acl.h"

/* What carries out a command on a relation. */
typedef enum Writer
{
	WRITER_TABLE,	/* the table, whose row it is */
	WRITER_TRIGGER, /* an INSTEAD OF trigger of a view */
	WRITER_REWRITE, /* statements that CREATE RULE put in its place */
} Writer;

extern const char *why_read_only(const Source *source, const SourceColumn *column, CmdType command);
extern bool is_written(const Source *source, const SourceColumn *column, CmdType command);
extern Writer writer_of(Oid relid, CmdType command);
extern bool returns_fields(Oid relid, CmdType command);
extern bool may_write_through(Oid relid, AttrNumber column, AclMode right);

#endif
