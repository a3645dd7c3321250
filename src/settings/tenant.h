#ifndef TENANT_H
#define TENANT_H

#include "postgres.h"

#include "access/attnum.h"
#include "lib/stringinfo.h"

#define TENANT_COLUMN "tenant_id"

/*
 * Many customers in one set of tables. Where create_crm made them with tenant => true, every key
 * begins with the column tenant_id; elsewhere there is no such column. Our SQL holds marks that
 * become this or nothing:
 *
 *   {a=b}     a and b are rows of one tenant, and …
 *   {=}       the row is of the tenant that a parameter names, and …
 *   {tenant}  the column, before others of a list; {a.tenant}: that of a; {value}: the parameter
 */
extern char *expand_tenants(const char *sql, bool tenants, int parameter);

extern AttrNumber tenant_column(Oid relid);
extern bool has_tenants(Oid relid);
extern const char *session_tenant(void);
extern char *of_tenant(Oid relid, const char *alias);
extern void append_tenant(StringInfo sql, Oid relid, const char *alias);

#endif
