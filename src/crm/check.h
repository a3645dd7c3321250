#ifndef CHECK_H
#define CHECK_H

#include "postgres.h"

#include "base/compat.h"
#include "fields/source.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "parser/parse_node.h"
#include "utils/rel.h"

/*
 * A check of rows: each row of its query is one problem. crm_checks says what its columns are, and
 * what missing_in is, which may be NULL.
 */
typedef struct RowCheck
{
	const char *code;
	const char *table;
	const char *sql;
	const char *missing_in;
} RowCheck;

/* What becomes of a difference between a schema and the SQL that makes one. */
typedef enum CheckMode
{
	CHECK_TELL, /* it is told */
	CHECK_LOOK, /* whether there is one that can be put right */
	CHECK_MEND	/* it is put right and told */
} CheckMode;

/* What a check works on and where its answer goes. */
typedef struct Check
{
	Oid schema;
	const char *schema_name;
	Oid owner; /* of the first table */
	ReturnSetInfo *result;
	bool whole; /* all tables of a CRM, not filters alone */
	bool tenants;
	bool readable; /* the tables are such that their rows can be checked */
	CheckMode mode;
	bool differs; /* there is a difference that can be put right */
	bool partial; /* a table, column or view is missing: what stands on it can't be compared */
	const char *definition; /* what the schema is compared with, and its statements */
	List *statements;
	const char *made_by; /* the version that made the schema, or NULL */
	const char *mending; /* what is being put right */
	List *made;			 /* what was missing until now: mend.c */
	List *unlike;  /* the tables with columns missing, or of other types: their owner's choice */
	List *dropped; /* what views and functions that are made anew had: remake.c */
} Check;

extern void report_problem(Check *check, const char *code, const char *object, const char *row_id,
						   const char *problem);
extern ErrorData *try_check(Check *check, void (*run)(Check *check, void *arg), void *arg,
							int category);
extern List *row_checks(const Check *check);
extern void run_row_check(Check *check, const RowCheck *rows);
extern void check_kept_totals(Check *check);
extern void advise_policies(Check *check);
extern void advise_tenants(Check *check);
extern void advise_hidden_tables(const Check *check);
extern void check_values(Check *check, const char *definition);
extern void check_structure(Check *check, const char *definition);
extern void check_table(Check *check, CreateStmt *statement);
extern void check_constraint(Check *check, Oid relid, const char *table, Constraint *constraint);
extern void check_index(Check *check, IndexStmt *statement);
extern void check_trigger(Check *check, CreateTrigStmt *statement);
extern void check_always(Check *check, const char *table, const char *name);
extern void check_old_triggers(Check *check, const char *table);
extern void check_view(Check *check, ViewStmt *statement);
extern void check_function(Check *check, CreateFunctionStmt *statement);
extern bool same_expression(Node *stored, Node *raw, Relation rel, ParseExprKind kind);
extern void check_mapping(Check *check);
extern void advise_views(const Check *check);
extern void advise_currency(const Check *check);
extern void advise_orders(Source *source);
extern void advise_identities(const Check *check);
extern const char *hidden_table(const Check *check);
extern Oid find_schema(FunctionCallInfo fcinfo, int argument);
extern void open_check(FunctionCallInfo fcinfo, Check *check);
extern int pin_path(void);
extern uint64 run_latest(const char *sql, int nargs, Oid *types, Datum *args);
extern char *find_definition(Check *check);
extern void need_readable(Check *check);
extern const char *silence_row_trigger(const Check *check, const char *table);
extern void fire_row_trigger(const Check *check, const char *table, const char *how);
pg_noreturn extern void refuse_schema(const Check *check);
extern char *need_definition(Check *check);
extern Oid need_owner(const Check *check, Oid relid);

#endif
