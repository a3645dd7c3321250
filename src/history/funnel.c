/* The funnel, and the names of stages, which the functions of a CRM ask for. */
#include "postgres.h"

#include "base/compat.h"
#include "base/query_params.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "settings/tenant.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(funnel);
PG_FUNCTION_INFO_V1(stage_names);

/*
 * An SQL function that reads tables is inlined, so that what it reads shows up while a statement is
 * planned: too late for a planner that spreads statements over servers.
 */

static const char funnel_sql[] =
	"SELECT w.pipeline_id::pg_catalog.int8, w.pipeline::pg_catalog.text, "
	"w.stage_id::pg_catalog.int8, w.stage::pg_catalog.text, w.stage_position::pg_catalog.int4, "
	"pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE w.went_on), "
	"pg_catalog.count(*) FILTER (WHERE w.won), pg_catalog.count(*) FILTER (WHERE w.lost), "
	"pg_catalog.round(pg_catalog.count(*) FILTER (WHERE w.went_on)::pg_catalog.numeric "
	"OPERATOR(pg_catalog./) pg_catalog.count(*)::pg_catalog.numeric, 4), "
	"pg_catalog.round(pg_catalog.avg(w.days)::pg_catalog.numeric, 2) "
	"FROM (SELECT {s.tenant}s.pipeline_id, s.pipeline, s.stage_id, s.stage, s.stage_position, "
	"s.days, f.won, f.lost, "
	"f.open_position OPERATOR(pg_catalog.>) s.stage_position OR f.won AS went_on "
	/* how long each was in an open stage that it entered in these days … */
	"FROM (SELECT {tenant}opportunity_id, deleted_at, pipeline_id, pipeline, stage_id, stage, "
	"stage_position, pg_catalog.sum(days) AS days FROM %1$s "
	"WHERE state OPERATOR(pg_catalog.=) 'open' AND stage_id IS NOT NULL "
	"AND opportunities.business_date(entered_at) OPERATOR(pg_catalog.>=) $1 "
	"AND opportunities.business_date(entered_at) OPERATOR(pg_catalog.<=) $2 "
	"GROUP BY {tenant}opportunity_id, deleted_at, pipeline_id, pipeline, stage_id, stage, "
	"stage_position) AS s "
	/* … and how far it came */
	"JOIN (SELECT {tenant}opportunity_id, deleted_at, pipeline_id, "
	"pg_catalog.max(stage_position) FILTER (WHERE state OPERATOR(pg_catalog.=) 'open') "
	"AS open_position, "
	"pg_catalog.bool_or(state OPERATOR(pg_catalog.=) 'won' AND next_stage_id IS NULL) AS won, "
	"pg_catalog.bool_or(state OPERATOR(pg_catalog.=) 'lost' AND next_stage_id IS NULL) AS lost "
	"FROM %1$s GROUP BY {tenant}opportunity_id, deleted_at, pipeline_id) AS f "
	"ON {f=s}f.opportunity_id OPERATOR(pg_catalog.=) s.opportunity_id "
	"AND f.pipeline_id OPERATOR(pg_catalog.=) s.pipeline_id "
	"AND (f.deleted_at OPERATOR(pg_catalog.=) s.deleted_at "
	"OR f.deleted_at IS NULL AND s.deleted_at IS NULL)) AS w "
	"GROUP BY {w.tenant}w.pipeline_id, w.pipeline, w.stage_id, w.stage, w.stage_position "
	"ORDER BY w.pipeline_id, w.stage_position, w.stage_id";

/* Give the rows of a query, as the caller, as a function's result. */
static void
return_rows(FunctionCallInfo fcinfo, const char *sql, const Params *params)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DestReceiver *receiver = CreateTuplestoreDestReceiver();

	InitMaterializedSRF(fcinfo, 0);
	SetTuplestoreDestReceiverParams(receiver, result->setResult,
									result->econtext->ecxt_per_query_memory, false, NULL, NULL);
	SPI_connect();
	run_params_query(sql, params, receiver);
	SPI_finish();
}

/* funnel(history regclass, first_day date, last_day date) -> the open stages, of bi_stage_history
 */
Datum
funnel(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	bool tenants = get_attnum(relid, TENANT_COLUMN) != InvalidAttrNumber;
	Params params = {.count = 2,
					 .types = (Oid[]){DATEOID, DATEOID},
					 .values = (Datum[]){PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)}};

	return_rows(fcinfo, psprintf(expand_tenants(funnel_sql, tenants, 0), sql_relation(relid)),
				&params);
	return (Datum) 0;
}

/* stage_names(relation regclass) -> the pipelines, or the stages, that the caller may see */
Datum
stage_names(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	bool kinds = get_attnum(relid, "kind") != InvalidAttrNumber;
	Params none = {0};
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT o.id::pg_catalog.int8, o.name::pg_catalog.text, "
					 "o.position::pg_catalog.int4, %s::pg_catalog.text FROM %s AS o WHERE true",
					 kinds ? "o.kind" : "NULL", sql_relation(relid));
	append_tenant(&sql, relid, "o");
	return_rows(fcinfo, sql.data, &none);
	return (Datum) 0;
}
