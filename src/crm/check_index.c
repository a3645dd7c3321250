/* check_crm, and upgrade_crm: indexes against those of the definition. */
#include "postgres.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "catalog/index.h"
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "crm/check.h"
#include "crm/mend.h"
#include "parser/parse_node.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Whether a column of an index that is there is that of the definition, in its order. */
static bool
same_element(Relation index, int number, const IndexElem *element)
{
	bool descending = element->ordering == SORTBY_DESC;
	bool nulls_first = element->nulls_ordering == SORTBY_NULLS_DEFAULT
						   ? descending
						   : element->nulls_ordering == SORTBY_NULLS_FIRST;
	int16 option = (descending ? INDOPTION_DESC : 0) | (nulls_first ? INDOPTION_NULLS_FIRST : 0);

	return index->rd_index->indkey.values[number] ==
			   get_attnum(index->rd_index->indrelid, element->name) &&
		   (!index->rd_indam->amcanorder || index->rd_indoption[number] == option);
}

/* Whether an index is that of the definition; what it holds besides is its owner's choice. */
static bool
same_index(const Check *check, Relation index, const IndexStmt *statement)
{
	Form_pg_index form = index->rd_index;
	Relation rel;
	bool isnull;
	Datum predicate;
	bool same;

	if (form->indisunique != statement->unique ||
		form->indnullsnotdistinct != statement->nulls_not_distinct ||
		form->indnkeyatts != list_length(statement->indexParams) ||
		strcmp(get_am_name(index->rd_rel->relam), statement->accessMethod) != 0)
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
		if (!same_element(index, i, list_nth_node(IndexElem, statement->indexParams, i)))
			return false;
	if (list_member_oid(check->unlike, form->indrelid))
		return true;

	predicate = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, Anum_pg_index_indpred, &isnull);
	rel = table_open(form->indrelid, AccessShareLock);
	same = same_expression(isnull ? NULL : stringToNode(TextDatumGetCString(predicate)),
						   statement->whereClause, rel, EXPR_KIND_INDEX_PREDICATE);
	table_close(rel, AccessShareLock);
	return same;
}

/* An index must be there, on its table, of its columns, and usable. */
void
check_index(Check *check, IndexStmt *statement)
{
	const char *name = statement->idxname;
	Oid table = get_relname_relid(statement->relation->relname, check->schema);
	Oid relid = get_relname_relid(name, check->schema);
	bool found = OidIsValid(table) && OidIsValid(relid) &&
				 (get_rel_relkind(relid) == RELKIND_INDEX ||
				  get_rel_relkind(relid) == RELKIND_PARTITIONED_INDEX) &&
				 IndexGetRelation(relid, false) == table;
	List *make = list_make1(statement);
	List *replace = list_concat(remedy("DROP INDEX %s", object_name(check, name)), make);
	Relation index;
	bool valid;
	bool same;

	if (!found)
	{
		tell_difference(check, "index_missing", name, "the index is missing", make);
		return;
	}
	index = index_open(relid, AccessShareLock);
	valid = index->rd_index->indisvalid;
	same = same_index(check, index, statement);
	index_close(index, AccessShareLock);
	if (!valid)
		tell_difference(check, "index_not_valid", name, "the index is not valid", replace);
	else if (!same)
		tell_difference(check, "index_changed", name,
						"the index is not the one that create_crm makes", replace);
}
