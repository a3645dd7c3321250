/* What check_crm says of policies that allow more than the tenant's rows, or nothing at all. */
#include "postgres.h"

#include "base/citus.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Whether an operator compares the tenant's column with what doesn't depend on the row. */
static bool
compares_tenant(Oid operator_oid, List *args, AttrNumber tenant)
{
	ListCell *cell;

	if (get_op_rettype(operator_oid) != BOOLOID || !op_mergejoinable(operator_oid, TEXTOID))
		return false;
	foreach (cell, args)
	{
		Node *side = strip_implicit_coercions(lfirst(cell));
		Node *other = list_nth(args, 1 - foreach_current_index(cell));

		if (IsA(side, Var) && ((Var *) side)->varattno == tenant && !contain_var_clause(other))
			return true;
	}
	return false;
}

/* Whether a condition holds for no rows but those of tenants that it says. */
static bool
says_tenant(Node *node, AttrNumber tenant)
{
	ListCell *cell;

	if (IsA(node, Const))
		return ((Const *) node)->constisnull || !DatumGetBool(((Const *) node)->constvalue);
	if (IsA(node, OpExpr))
		return compares_tenant(((OpExpr *) node)->opno, ((OpExpr *) node)->args, tenant);
	if (IsA(node, ScalarArrayOpExpr))
		return ((ScalarArrayOpExpr *) node)->useOr &&
			   compares_tenant(((ScalarArrayOpExpr *) node)->opno,
							   ((ScalarArrayOpExpr *) node)->args, tenant);
	if (!is_andclause(node) && !is_orclause(node))
		return false;
	foreach (cell, ((BoolExpr *) node)->args)
	{
		if (says_tenant(lfirst(cell), tenant) != is_orclause(node))
			return is_andclause(node);
	}
	return is_orclause(node);
}

/* Say that a policy allows rows of any tenant: a problem where policies that limit don't. */
static void
tell_policy(Check *check, const char *policy, const char *table)
{
	if (on_citus())
		report_problem(
			check, "policy_without_tenant", table, NULL,
			psprintf("policy \"%s\" does not say the tenant: on Citus each policy allows", policy));
	else
		ereport(NOTICE,
				(errmsg("policy \"%s\" of table \"%s\" does not say the tenant", policy, table),
				 errdetail("Nothing but the policy \"tenant\" limits what it allows."),
				 errhint("Begin its condition with: tenant_id = "
						 "opportunities.current_tenant() AND")));
}

/* A policy that allows says the tenant, too, so that no other has to limit it. */
void
advise_tenants(Check *check)
{
	(void) run_query(
		psprintf("SELECT p.polname, c.relname, p.polrelid, p.polqual::pg_catalog.text, "
				 "p.polwithcheck::pg_catalog.text FROM pg_catalog.pg_policy AS p "
				 "JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.polrelid "
				 "WHERE c.relnamespace OPERATOR(pg_catalog.=) %u AND p.polpermissive "
				 "ORDER BY c.relname, p.polname",
				 check->schema));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		AttrNumber tenant =
			tenant_column(strtoul(copy_value(CurrentMemoryContext, row, 3), NULL, 10));
		bool said = true;

		for (int i = 4; i <= 5 && tenant != InvalidAttrNumber; i++)
		{
			char *condition = copy_value(CurrentMemoryContext, row, i);

			said = said && (condition == NULL || says_tenant(stringToNode(condition), tenant));
		}
		if (!said)
			tell_policy(check, copy_value(CurrentMemoryContext, row, 1),
						copy_value(CurrentMemoryContext, row, 2));
	}
}

/*
 * Row security without a policy that allows anything hides all rows. So it is after DROP EXTENSION,
 * which took policies of the owner's, too, that may have allowed less than ours.
 */
void
advise_hidden_tables(const Check *check)
{
	const char *first;

	(void) run_query(psprintf(
		"SELECT pg_catalog.string_agg(c.relname::pg_catalog.text, ', ' ORDER BY c.relname), "
		"pg_catalog.min(c.relname::pg_catalog.text) FROM pg_catalog.pg_class AS c "
		"JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid "
		"WHERE c.relnamespace OPERATOR(pg_catalog.=) %u AND c.relrowsecurity "
		"AND a.attname OPERATOR(pg_catalog.=) %s AND NOT EXISTS (SELECT "
		"FROM pg_catalog.pg_policy AS p WHERE p.polrelid OPERATOR(pg_catalog.=) c.oid "
		"AND p.polpermissive)",
		check->schema, quote_literal_cstr(TENANT_COLUMN)));
	first = copy_value(CurrentMemoryContext, 0, 2);
	if (first != NULL)
		ereport(NOTICE,
				(errmsg("no policy shows anybody but the owner a row of some tables"),
				 errdetail_internal("%s", copy_value(CurrentMemoryContext, 0, 1)),
				 errhint("Make policies as they were. That of create_crm allows all of a tenant: "
						 "CREATE POLICY all_rows ON %s USING (tenant_id = "
						 "opportunities.current_tenant());",
						 quote_qualified_identifier(check->schema_name, first))));
}
