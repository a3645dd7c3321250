#ifndef SQLTEXT_H
#define SQLTEXT_H

#include "postgres.h"

#include "lib/stringinfo.h"

/*
 * The one place where SQL text is put together. Identifiers are quoted and qualified, operators are
 * qualified, and a value only ever enters as a quoted literal with its type.
 */

extern char *sql_relation(Oid relid);
extern char *sql_column(const char *alias, const char *column);
extern char *sql_type(Oid type);
extern void append_literal(StringInfo sql, const char *value, Oid type);
extern void append_text_literal(StringInfo sql, const char *value);
extern void append_operator(StringInfo sql, Oid operator_oid);

#endif
