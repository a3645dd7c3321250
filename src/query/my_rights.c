/* my_rights: what the caller may do with a relation and with rows of it. */
#include "postgres.h"

#include "access/table.h"
#include "base/arrays.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/literal.h"
#include "base/query_params.h"
#include "base/sqltext.h"
#include "catalog/pg_proc.h"
#include "fields/source.h"
#include "fields/writable.h"
#include "fmgr.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "query/entered_from.h"
#include "query/selection.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "settings/tenant.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(my_rights);

/* What takes the ids of rows. */
typedef struct IdReceiver
{
	DestReceiver pub;
	MemoryContext context;
	List *ids;
} IdReceiver;

/* Whether the caller may write a relation that may be there. */
static bool
may(Oid relid, AclMode right)
{
	return OidIsValid(relid) && may_write_through(relid, 0, right);
}

/* Whether the caller may call a function of ours. */
static bool
may_call(Oid ours, const char *name)
{
	CatCList *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	bool result = false;

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc function = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (function->pronamespace == get_func_namespace(ours) &&
			may_execute(function->oid, GetUserId()))
			result = true;
	}
	ReleaseSysCacheList(list);
	return result;
}

/* The query for those of the rows that the caller sees, by their ids, in order. */
static char *
rows_query(const Source *source, List *ids)
{
	const SourceColumn *key = source_column(source, "id");
	TypeCacheEntry *type = lookup_type_cache(key->type, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);
	Oid array = get_array_type(key->type);
	char *column = sql_column("o", key->name);
	StringInfoData sql;
	ListCell *cell;

	if (!OidIsValid(type->eq_opr) || !OidIsValid(type->lt_opr) || !OidIsValid(array))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("values of type %s can't be compared", format_type_be(key->type)),
						err_code("not_comparable"), err_field("id")));
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s::pg_catalog.text FROM %s AS o WHERE %s ", column, source->sql,
					 column);
	append_operator(&sql, type->eq_opr);
	appendStringInfoString(&sql, " ANY (ARRAY[");
	foreach (cell, ids)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(&sql, ", ");
		check_literal(lfirst(cell), key->type, "value_unreadable", key->name, "ids");
		append_literal(&sql, lfirst(cell), key->type);
	}
	appendStringInfo(&sql, "]::%s)", sql_type(array));
	append_tenant(&sql, source->relid, "o");
	appendStringInfo(&sql, " ORDER BY %s", column);
	return sql.data;
}

/* Whether a rule of the relation's own decides what becomes of a command. */
static bool
has_rewrite_rule(Oid relid, CmdType command)
{
	Relation relation = table_open(relid, AccessShareLock);
	bool result = false;

	for (int i = 0; relation->rd_rules != NULL && i < relation->rd_rules->numLocks; i++)
		result = result || relation->rd_rules->rules[i]->event == command;
	table_close(relation, NoLock);
	return result;
}

/*
 * Rewrite a query as one that reads what an UPDATE or DELETE would find: with the policies and the
 * conditions of views that the server puts on such a statement. NULL where a rule or an INSTEAD OF
 * trigger decides that.
 */
static Query *
rewrite_as(Query *query, CmdType command)
{
	List *shown = query->targetList;
	RangeTblEntry *target;

	if (command == CMD_SELECT)
		return linitial_node(Query, QueryRewrite(query));
	if (has_rewrite_rule(linitial_node(RangeTblEntry, query->rtable)->relid, command))
		return NULL;
	query->commandType = command;
	query->resultRelation = 1;
	query->returningList = shown;
	query->targetList = NIL;
	query = linitial_node(Query, QueryRewrite(query));
	target = rt_fetch(query->resultRelation, query->rtable);
	if (target->rtekind != RTE_RELATION || target->relkind == RELKIND_VIEW)
		return NULL;
	query->commandType = CMD_SELECT;
	query->resultRelation = 0;
	query->targetList = query->returningList;
	query->returningList = NIL;
	query->withCheckOptions = NIL;
	return query;
}

static bool
receive_id(TupleTableSlot *row, DestReceiver *self)
{
	IdReceiver *receiver = (IdReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	bool null;
	Datum id = slot_getattr(row, 1, &null);

	if (!null)
		receiver->ids = lappend(receiver->ids, TextDatumGetCString(id));
	MemoryContextSwitchTo(old);
	return true;
}

/*
 * The ids of the rows that a command of the caller's would find. decided is false where the server
 * doesn't say, since a rewrite rule or an INSTEAD OF trigger would decide.
 */
static List *
find_rows(const char *sql, CmdType command, bool *decided)
{
	RawStmt *raw = linitial_node(RawStmt, pg_parse_query(sql));
	Query *query = rewrite_as(parse_analyze_fixedparams(raw, sql, NULL, 0, NULL), command);
	IdReceiver receiver = {.pub = row_receiver(receive_id), .context = CurrentMemoryContext};

	*decided = query != NULL;
	if (query != NULL)
		run_rewritten(query, sql, &receiver.pub);
	return receiver.ids;
}

/* The visible rows that a command would find: all of them where the server doesn't say. */
static List *
writable_rows(const char *sql, CmdType command, bool allowed, List *visible)
{
	bool decided;
	List *found;

	if (!allowed)
		return NIL;
	found = find_rows(sql, command, &decided);
	return decided ? found : visible;
}

/* Whether an id is the next of a list, which is in the same order; then the list moves past it. */
static bool
take(List *ids, int *next, const char *id)
{
	if (*next >= list_length(ids) || strcmp(list_nth(ids, *next), id) != 0)
		return false;
	(*next)++;
	return true;
}

/* The ids that are asked for. */
static List *
ids_argument(ArrayType *ids)
{
	check_limit(ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids)), MAX_PAGE_SIZE, "too_many_elements",
				"ids", "elements");
	return text_array(ids, "ids", MAX_PAGE_SIZE);
}

/* Add what the caller may do with rows: {"42": {"edit": true, "delete": false}}. */
static void
push_rows(JsonbInState *state, const Source *source, List *ids, bool edit, bool may_delete)
{
	char *sql = rows_query(source, ids);
	bool decided;
	List *visible = find_rows(sql, CMD_SELECT, &decided);
	List *edited = writable_rows(sql, CMD_UPDATE, edit, visible);
	List *deleted = writable_rows(sql, CMD_DELETE, may_delete, visible);
	int next_edited = 0;
	int next_deleted = 0;
	ListCell *cell;

	push_key(state, "rows");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	foreach (cell, visible)
	{
		push_key(state, lfirst(cell));
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		push_boolean(state, "edit", take(edited, &next_edited, lfirst(cell)));
		push_boolean(state, "delete", take(deleted, &next_deleted, lfirst(cell)));
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* What the caller may do here, and with some rows. */
Datum
my_rights(PG_FUNCTION_ARGS)
{
	Source *source = source_argument(fcinfo, 0);
	int writable = relation_is_updatable(source->relid, NIL, true, NULL);
	Oid document = get_relname_relid("document", source->schema);
	Oid line = get_relname_relid("document_line", source->schema);
	Oid stage = get_relname_relid("stage", source->schema);
	Oid ours = fcinfo->flinfo->fn_oid;
	bool read = may_select(source, "id");
	bool edit = (writable & 1 << CMD_UPDATE) != 0 && read &&
				may_write_through(source->relid, 0, ACL_UPDATE);
	bool may_delete = (writable & 1 << CMD_DELETE) != 0 && read &&
					  may_write_through(source->relid, 0, ACL_DELETE);
	JsonbInState state = {0};

	need_columns(source, 1, (const char *const[]){"id"});
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_boolean(&state, "read", read);
	push_boolean(&state, "create",
				 (writable & 1 << CMD_INSERT) != 0 &&
					 may_write_through(source->relid, 0, ACL_INSERT));
	push_boolean(&state, "edit", edit);
	push_boolean(&state, "delete", may_delete);
	push_boolean(&state, "edit_many", edit && may_call(ours, "bulk_edit"));
	push_boolean(&state, "delete_many", may_delete && may_call(ours, "bulk_delete"));
	push_boolean(&state, "export", read && may_call(ours, "list_sql"));
	push_boolean(&state, "amounts",
				 source_column(source, "amount") != NULL && may_select(source, "amount") &&
					 may_select(source, "probability") && may_select(source, "realized_amount"));
	push_boolean(&state, "documents",
				 read && may(document, ACL_INSERT) && may(line, ACL_INSERT) &&
					 may_call(ours, "issue_invoice"));
	push_boolean(&state, "stages", may(stage, ACL_INSERT) && may(stage, ACL_UPDATE));
	push_entered_from(&state, source);
	if (!PG_ARGISNULL(1) && read)
		push_rows(&state, source, ids_argument(PG_GETARG_ARRAYTYPE_P(1)), edit, may_delete);
	PG_RETURN_JSONB_P(finish_json(&state, WJB_END_OBJECT));
}
