/* notify_change: entries of the log are notified to who listens. */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "settings/tenant.h"
#include "triggers/owner_query.h"
#include "triggers/trigger_use.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(notify_change);

/* The channel that clients listen on. */
#define CHANNEL "opportunities"

/* Append a member of a JSON object. */
static void
append_to_payload(StringInfo json, const char *key, const char *value)
{
	appendStringInfo(json, "%s\"%s\": ", json->len == 0 ? "{" : ", ", key);
	escape_json(json, value);
}

/* What a tenant is called where everybody listens: the hash of its name in UTF-8, in hexadecimal.
 */
static char *
tenant_digest(const char *tenant)
{
	char *utf8 = pg_server_to_any(tenant, strlen(tenant), PG_UTF8);
	bytea *hash =
		DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(cstring_to_text(utf8))));
	char *digits = palloc0(2 * VARSIZE_ANY_EXHDR(hash) + 1);

	(void) hex_encode(VARDATA_ANY(hash), VARSIZE_ANY_EXHDR(hash), digits);
	return digits;
}

/*
 * notify_change() -> trigger
 *
 * Of each entry of the log: the server sends what is the same in a transaction once, when it
 * commits.
 */
Datum
notify_change(PG_FUNCTION_ARGS)
{
	static const TriggerColumn columns[] = {{"table_name", TEXTOID}};
	static const TriggerUse use = {"notify_change", AFTER_ROW, ON_INSERT};
	TriggerData *trigger = trigger_data(fcinfo, &use);
	Relation rel = trigger->tg_relation;
	Oid log = home_table(rel);
	StringInfoData payload;
	int table;
	bool isnull;
	Datum name;

	find_columns(rel, columns, lengthof(columns), &table);
	name = heap_getattr(trigger->tg_trigtuple, table + 1, RelationGetDescr(rel), &isnull);
	if (isnull)
		refuse_null(rel, table);
	initStringInfo(&payload);
	append_to_payload(&payload, "schema", get_namespace_name(get_rel_namespace(log)));
	append_to_payload(&payload, "table", TextDatumGetCString(name));
	if (has_tenants(log))
		append_to_payload(&payload, "tenant",
						  tenant_digest(TextDatumGetCString(row_tenant(trigger))));
	appendStringInfoChar(&payload, '}');
	Async_Notify(CHANNEL, payload.data);
	PG_RETURN_POINTER(NULL);
}
