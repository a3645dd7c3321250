#ifndef CHECK_H
#define CHECK_H

#include "postgres.h"

#include "fields/source.h"
#include "nodes/execnodes.h"

/*
 * A check of rows: %1$s stands for the schema, marks are those of tenant.h; each row of the result
 * is one problem: row_id, problem, and where the other rows tell what is right also that, by names
 * of columns. Those are the columns of a row that is missing in another table, or the row's own,
 * after its tableoid and ctid. Checks that others rest on come first.
 */
typedef struct RowCheck
{
	const char *code;
	const char *table;
	const char *sql;
	const char *missing_in;
} RowCheck;

/* What a check works on and where its answer goes. */
typedef struct Check
{
	Oid schema;
	const char *schema_name;
	Oid owner; /* of the first table */
	ReturnSetInfo *result;
	bool tenants;
	bool readable; /* the tables are such that their rows can be checked */
} Check;

extern void report_problem(Check *check, const char *code, const char *object, const char *row_id,
						   const char *problem);
extern void run_row_checks(Check *check, const RowCheck *checks, int count);
extern void advise_policies(const Check *check);
extern void check_values(Check *check, const char *definition);
extern void check_structure(Check *check, const char *definition);
extern void check_mapping(Check *check);
extern void advise_orders(Source *source);
extern void open_check(FunctionCallInfo fcinfo, Check *check);
extern int pin_path(void);
extern bool holds_crm(Oid schema);

extern const RowCheck opportunity_checks[];
extern const int opportunity_check_count;
extern const RowCheck document_checks[];
extern const int document_check_count;

#endif
