#ifndef LITERAL_H
#define LITERAL_H

#include "postgres.h"

/*
 * Values as text. What a type reads and writes can depend on settings of the session, which belong
 * to the reader; here all is read and written under settings of ours.
 */

extern char *literal_text(Oid type, Datum value);
extern char *try_read(const char *text, Oid type, int32 typmod, bool subtransaction, Datum *result);
extern bool reads_alike(const char *text, Oid type, bool subtransaction);
extern void check_literal(const char *text, Oid type, const char *code, const char *field,
						  const char *place);

#endif
