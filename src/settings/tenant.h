#ifndef TENANT_H
#define TENANT_H

#include "postgres.h"

#include "access/attnum.h"
#include "lib/stringinfo.h"

#define TENANT_COLUMN "tenant_id"

/*
 * Many customers in one set of tables. Where create_crm made them with tenant => true, every key
 * begins with the column tenant_id; elsewhere there is no such column. Our SQL holds marks that
 * become this or nothing, in the definition of the tables as in queries:
 *
 *   {a=b}        a and b are rows of one tenant, and …
 *   {a=}         a is of the session's tenant, and …
 *   {=}          the row is of the tenant that a parameter is, and …
 *   {tenant}     the column, before others of a list; {a.tenant}: that of a; {value}: the parameter
 *   {tenant_id}  the column's definition
 *
 * A query whose relations are anybody's appends the condition instead. Views and foreign tables
 * have no key: they are limited while a tenant is set. What is kept of such a query goes by that,
 * too.
 */
extern char *expand_tenants(const char *sql, bool tenants, int parameter);

extern AttrNumber tenant_column(Oid relid);
extern bool has_tenants(Oid relid);
extern bool may_follow_tenant(Oid relid);
extern bool follows_tenant(Oid relid);
extern const char *session_tenant(void);
extern void append_tenant(StringInfo sql, Oid relid, const char *alias);

#endif
