#ifndef COMPAT_H
#define COMPAT_H

/* Every difference between server versions stands here and nowhere else. */

#include "postgres.h"

#include "access/relation.h"
#include "access/tupdesc.h"
#include "catalog/dependency.h"
#include "catalog/pg_namespace.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/jsonb.h"

#if PG_VERSION_NUM < 150000
#error "opportunities needs PostgreSQL 15 or later"
#endif

#ifndef HAVE_INT128
#error "opportunities needs a compiler with 128-bit integers"
#endif

#if PG_VERSION_NUM < 170000
#include "access/heapam_xlog.h"
#include "access/xloginsert.h"
#include "storage/bufmgr.h"
#endif

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "parser/parse_relation.h"
#include "varatt.h"
#endif

/* The mark of a function that never returns, before its declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* Where one case of a switch goes on with the next. */
#if PG_VERSION_NUM < 190000
#define pg_fallthrough __attribute__((fallthrough))
#endif

/* What is loaded tells its name and version, from 18 on. */
#if PG_VERSION_NUM < 180000
#define PG_MODULE_MAGIC_EXT(...) PG_MODULE_MAGIC
#endif

/* What SQL calls is exported, all else is hidden: from 16 on the server's own macros say so. */
#if PG_VERSION_NUM < 160000
#include "fmgr.h"
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(name)                                               \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                            \
	extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, name)(void); \
	const Pg_finfo_record *CppConcat(pg_finfo_, name)(void)                     \
	{                                                                           \
		static const Pg_finfo_record info = {1};                                \
		return &info;                                                           \
	}                                                                           \
	extern int no_such_variable
#endif

/* Whether a role has a right on a schema. */
#if PG_VERSION_NUM >= 160000
#define may_use_schema(role, schema, right) \
	(object_aclcheck(NamespaceRelationId, schema, role, right) == ACLCHECK_OK)
#else
#define may_use_schema(role, schema, right) \
	(pg_namespace_aclcheck(schema, role, right) == ACLCHECK_OK)
#endif

/* Whether a role may call a function. */
#if PG_VERSION_NUM >= 160000
#define may_execute(function, role) \
	(object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK)
#else
#define may_execute(function, role) (pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK)
#endif

/* Planning a query for its first run, and running it to its end. */
#if PG_VERSION_NUM >= 190000
#define plan_query(query, text) pg_plan_query(query, text, 0, NULL, NULL)
#else
#define plan_query(query, text) pg_plan_query(query, text, 0, NULL)
#endif
#if PG_VERSION_NUM >= 180000
#define run_to_end(run) ExecutorRun(run, ForwardScanDirection, 0)
#else
#define run_to_end(run) ExecutorRun(run, ForwardScanDirection, 0, true)
#endif

/* Whether the current role has the rights that a query asks for, its sub-queries aside. */
#if PG_VERSION_NUM >= 160000
#define has_query_rights(query) ExecCheckPermissions((query)->rtable, (query)->rteperminfos, false)
#else
#define has_query_rights(query) ExecCheckRTPerms((query)->rtable, false)
#endif

/* Let a table that stands in a query be read with the rights of a role. */
static inline void
read_as_owner(Query *query, RangeTblEntry *entry, Oid owner)
{
#if PG_VERSION_NUM >= 160000
	RTEPermissionInfo *rights = addRTEPermissionInfo(&query->rteperminfos, entry);
#else
	RangeTblEntry *rights = entry;
#endif

	rights->requiredPerms = ACL_SELECT;
	rights->checkAsUser = owner;
}

/* What the executor and its hook are called with, a query to be run. */
#if PG_VERSION_NUM >= 180000
#define RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count
#define RUN_ARGUMENTS query, direction, count
#else
#define RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count, bool once
#define RUN_ARGUMENTS query, direction, count, once
#endif

/* What the planner and its hook are called with; from 19 on EXPLAIN's state, too. */
#if PG_VERSION_NUM >= 190000
#define PLANNER_PARAMETERS \
	Query *query, const char *text, int options, ParamListInfo params, ExplainState *explain
#define PLANNER_ARGUMENTS text, options, params, explain
#else
#define PLANNER_PARAMETERS Query *query, const char *text, int options, ParamListInfo params
#define PLANNER_ARGUMENTS text, options, params
#endif

/* Reading a table from end to end, and deleting a row of a heap that nobody else holds. */
#if PG_VERSION_NUM >= 190000
#define scan_table(rel, snapshot) table_beginscan(rel, snapshot, 0, NULL, 0)
#define delete_unheld(rel, tid, cid, failure) \
	heap_delete(rel, tid, cid, TABLE_DELETE_NO_LOGICAL, InvalidSnapshot, false, failure)
#else
#define scan_table(rel, snapshot) table_beginscan(rel, snapshot, 0, NULL)
#define delete_unheld(rel, tid, cid, failure) \
	heap_delete(rel, tid, cid, InvalidSnapshot, false, failure, false)
#endif

/* Logging that line pointers of a page are free, as VACUUM does; PageSetLSN is in it. */
#if PG_VERSION_NUM >= 190000
#define log_freed_items(rel, buffer, offsets, count)                                      \
	log_heap_prune_and_freeze(rel, buffer, InvalidBuffer, 0, InvalidTransactionId, false, \
							  PRUNE_VACUUM_CLEANUP, NULL, 0, NULL, 0, NULL, 0, offsets, count)
#elif PG_VERSION_NUM >= 170000
#define log_freed_items(rel, buffer, offsets, count)                                          \
	log_heap_prune_and_freeze(rel, buffer, InvalidTransactionId, false, PRUNE_VACUUM_CLEANUP, \
							  NULL, 0, NULL, 0, NULL, 0, offsets, count)
#else
static inline void
log_freed_items(Relation rel, Buffer buffer, OffsetNumber *offsets, int count)
{
	xl_heap_vacuum record = {.nunused = count};
	XLogRecPtr end;

	XLogBeginInsert();
	XLogRegisterData((char *) &record, SizeOfHeapVacuum);
	XLogRegisterBuffer(0, buffer, REGBUF_STANDARD);
	XLogRegisterBufData(0, (char *) offsets, count * sizeof(OffsetNumber));
	end = XLogInsert(RM_HEAP2_ID, XLOG_HEAP2_VACUUM);
	PageSetLSN(BufferGetPage(buffer), end);
}
#endif

/* A column as replace_rte_variables gives it to its callback. */
#if PG_VERSION_NUM >= 190000
typedef const Var ReplacedVar;
#else
typedef Var ReplacedVar;
#endif

/* An expression that is NULL where a placeholder is. */
#if PG_VERSION_NUM >= 160000
#define null_with(expr, holder) add_nulling_relids(expr, (holder)->phrels, (holder)->phnullingrels)
#else
#define null_with(expr, holder) (expr)
#endif

/* The sequence of an identity column, or InvalidOid. */
static inline Oid
identity_sequence(Oid relid, AttrNumber column)
{
#if PG_VERSION_NUM >= 170000
	Relation rel = relation_open(relid, AccessShareLock);
	Oid sequence = getIdentitySequence(rel, column, true);

	relation_close(rel, NoLock);
	return sequence;
#else
	return getIdentitySequence(relid, column, true);
#endif
}

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

/* What makes a description of rows complete. */
#if PG_VERSION_NUM >= 190000
#define finish_desc(desc) TupleDescFinalize(desc)
#else
#define finish_desc(desc) ((void) 0)
#endif

/* Forming and copying a row that stands for itself. */
#if PG_VERSION_NUM >= 180000
#define make_row_tuple(desc, values, nulls) heap_form_minimal_tuple(desc, values, nulls, 0)
#define copy_row_tuple(tuple) heap_copy_minimal_tuple(tuple, 0)
#else
#define make_row_tuple(desc, values, nulls) heap_form_minimal_tuple(desc, values, nulls)
#define copy_row_tuple(tuple) heap_copy_minimal_tuple(tuple)
#endif

/* Let virtual columns be read from rows like any other: those of a row that is a value are in it.
 */
static inline void
read_virtual_columns(TupleDesc desc)
{
#if PG_VERSION_NUM >= 180000
	for (int i = 0; i < desc->natts; i++)
	{
		TupleDescAttr(desc, i)->attgenerated = '\0';
		populate_compact_attribute(desc, i);
	}
#endif
	finish_desc(desc);
}

/* The end of a description of rows that is made by hand. */
#if PG_VERSION_NUM >= 190000
#define end_tuple_desc(desc) TupleDescFinalize(desc)
#else
#define end_tuple_desc(desc) ((void) (desc))
#endif

/* Arithmetic of numerics whose errors are raised. */
#if PG_VERSION_NUM < 190000
#define numeric_add_safe(a, b, context) numeric_add_opt_error(a, b, NULL)
#define numeric_sub_safe(a, b, context) numeric_sub_opt_error(a, b, NULL)
#define numeric_mul_safe(a, b, context) numeric_mul_opt_error(a, b, NULL)
#define numeric_div_safe(a, b, context) numeric_div_opt_error(a, b, NULL)
#endif

/* JSON that is being built, and what adds to it. */
#if PG_VERSION_NUM < 190000
typedef struct JsonbInState
{
	JsonbValue *result;
	JsonbParseState *parseState;
} JsonbInState;

static inline void
push_jsonb_value(JsonbInState *state, JsonbIteratorToken token, JsonbValue *value)
{
	state->result = pushJsonbValue(&state->parseState, token, value);
}
#define pushJsonbValue push_jsonb_value
#endif

/* Read a text as a value of a type: whether it is one. Up to 15 any other is an error. */
static inline bool
try_input(FmgrInfo *input, char *text, Oid parameter, Datum *value)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext error = {T_ErrorSaveContext};

	return InputFunctionCallSafe(input, text, parameter, -1, (Node *) &error, value);
#else
	*value = InputFunctionCall(input, text, parameter, -1);
	return true;
#endif
}

/* The number of the current transaction within this session's life. */
#if PG_VERSION_NUM >= 170000
#define current_local_transaction() (MyProc->vxid.lxid)
#else
#define current_local_transaction() (MyProc->lxid)
#endif

#endif
