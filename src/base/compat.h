#ifndef COMPAT_H
#define COMPAT_H

/* Every difference between server versions stands here and nowhere else. */

#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/acl.h"

#if PG_VERSION_NUM < 150000
#error "opportunities needs PostgreSQL 15 or later"
#endif

#ifndef HAVE_INT128
#error "opportunities needs a compiler with 128-bit integers"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* The mark of a function that never returns, before its declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* Whether the current user has a right on a schema. */
#if PG_VERSION_NUM >= 160000
#define may_use_schema(schema, right) \
	(object_aclcheck(NamespaceRelationId, schema, GetUserId(), right) == ACLCHECK_OK)
#else
#define may_use_schema(schema, right) \
	(pg_namespace_aclcheck(schema, GetUserId(), right) == ACLCHECK_OK)
#endif

/* An expression that is NULL where a placeholder is. */
#if PG_VERSION_NUM >= 160000
#define null_with(expr, holder) add_nulling_relids(expr, (holder)->phrels, (holder)->phnullingrels)
#else
#define null_with(expr, holder) (expr)
#endif

/* The index of a relation's primary key, or InvalidOid; a deferrable one is none. */
#if PG_VERSION_NUM >= 180000
#define primary_key_index(rel) RelationGetPrimaryKeyIndex(rel, false)
#else
#define primary_key_index(rel) RelationGetPrimaryKeyIndex(rel)
#endif

/* Whether a column's NOT NULL holds for the rows that were there before it, too. */
#if PG_VERSION_NUM >= 180000
#define not_null_holds(desc, i) (TupleDescCompactAttr(desc, i)->attnullability == ATTNULLABLE_VALID)
#else
#define not_null_holds(desc, i) (TupleDescAttr(desc, i)->attnotnull)
#endif

/* The number of the current transaction within this session's life. */
#if PG_VERSION_NUM >= 170000
#define current_local_transaction() (MyProc->vxid.lxid)
#else
#define current_local_transaction() (MyProc->lxid)
#endif

#endif
