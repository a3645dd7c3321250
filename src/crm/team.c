/* team: who is under whom in app_user. */
#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(team);

/* The relation `app_user` as found on the search_path. */
static Oid
default_users(void)
{
	Oid relid = RelnameGetRelid("app_user");

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("no relation \"app_user\" is on the search_path"),
						errhint("Name one: users => 'crm.app_user'."), err_code("unknown_relation"),
						err_field("users")));
	return relid;
}

/* team(users regclass, leader text) -> setof text */
Datum
team(PG_FUNCTION_ARGS)
{
	static const char *const needs[] = {"login", "manager"};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Source *users = open_source(PG_ARGISNULL(0) ? default_users() : PG_GETARG_OID(0));
	Datum leader = PG_ARGISNULL(1) ? CStringGetTextDatum(current_user_name()) : PG_GETARG_DATUM(1);
	StringInfoData sql;

	need_columns(users, lengthof(needs), needs);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	/*
	 * UNION, so that people who are each other's manager are no endless chain. Logins are of the
	 * collation that the leader's has, whichever their column is of.
	 */
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH RECURSIVE team (login) AS (SELECT $1 UNION "
					 "SELECT u.login::pg_catalog.text "
					 "COLLATE pg_catalog.\"default\" FROM team AS t JOIN %s AS u "
					 "ON u.manager::pg_catalog.text OPERATOR(pg_catalog.=) t.login",
					 users->sql);
	append_tenant(&sql, users->relid, "u");
	appendStringInfoString(&sql, ") SELECT login FROM team");

	SPI_connect();
	if (SPI_execute_with_args(sql.data, 1, (Oid[]){TEXTOID}, &leader, NULL, true, 0) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read a team: %s", SPI_result_code_string(SPI_result));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[row]);
	}
	SPI_finish();
	return (Datum) 0;
}
