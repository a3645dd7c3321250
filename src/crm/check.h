#ifndef CHECK_H
#define CHECK_H

#include "postgres.h"

#include "nodes/execnodes.h"

/* A check of rows: %1$s stands for the schema, marks are those of tenant.h; each row of the result
 * is one problem. */
typedef struct RowCheck
{
	const char *code;
	const char *table;
	const char *sql; /* gives row_id, problem */
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
extern void advise_policies(const Check *check);
extern void check_values(Check *check, const char *definition);
extern void check_structure(Check *check, const char *definition);

extern const RowCheck opportunity_checks[];
extern const int opportunity_check_count;
extern const RowCheck document_checks[];
extern const int document_check_count;

#endif
