#ifndef VERSION_H
#define VERSION_H

#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"

/*
 * After a package's upgrade a database has the SQL of before until it is updated. A function that
 * takes arguments, or writes SQL, which SQL of before doesn't have says since which version it has:
 * with an older one it's an error. The server asks when a session looks the function up, and, where
 * that is an error, asks again: calls cost nothing, and an update counts at once.
 */
#define PG_FUNCTION_SINCE(name, version)                                        \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                            \
	extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, name)(void); \
	const Pg_finfo_record *CppConcat(pg_finfo_, name)(void)                     \
	{                                                                           \
		static const Pg_finfo_record info = {1};                                \
		need_version(#name, version);                                           \
		return &info;                                                           \
	}                                                                           \
	extern int no_such_variable

extern int version_number(const char *version);
extern bool is_earlier_version(const char *version, const char *other);
extern void need_version(const char *function, const char *version);

#endif
