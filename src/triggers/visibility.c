/* What the writer of a row may see, and so be told, of other rows. */
#include "postgres.h"

#include "triggers/visibility.h"

#include "base/errors.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

/*
 * Triggers look rows up as the owner of the tables, before row security looks at the new one. What
 * they find decides what becomes of it. But whoever writes is told of it only what they could read:
 * else the row that another refers to isn't there, in the same words, and as early.
 */

const Disclosure opportunity_disclosure = DISCLOSURE("opportunity", "id", INT8OID, "currency");
const Disclosure document_disclosure =
	DISCLOSURE("document", "id", INT8OID, "opportunity_id", "kind", "status", "currency");

/* The table that a disclosure is about, where the writer may name it. */
static Oid
nameable_table(TriggerData *trigger, const Disclosure *disclosure)
{
	Oid schema = get_rel_namespace(home_table(trigger->tg_relation));

	return may_use_schema(writer(), schema, ACL_USAGE)
			   ? get_relname_relid(disclosure->rows.table, schema)
			   : InvalidOid;
}

/* Whether the writer may read a column. */
static bool
may_read_column(Oid table, const char *column)
{
	AttrNumber number = get_attnum(table, column);

	return number != InvalidAttrNumber &&
		   pg_attribute_aclcheck(table, number, writer(), ACL_SELECT) == ACLCHECK_OK;
}

/* Whether the writer may read the first columns of a disclosure, in the rows that are shown. */
static bool
may_read_columns(Oid table, const Disclosure *disclosure, int count)
{
	if (!OidIsValid(table))
		return false;
	if (pg_class_aclcheck(table, writer(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < count && disclosure->columns[i] != NULL; i++)
		if (!may_read_column(table, disclosure->columns[i]))
			return false;
	return !has_tenants(table) || may_read_column(table, TENANT_COLUMN);
}

/* Whether the writer may read the columns of a disclosure, in some row or other. */
bool
may_read(TriggerData *trigger, const Disclosure *disclosure)
{
	return may_read_columns(nameable_table(trigger, disclosure), disclosure,
							lengthof(disclosure->columns));
}

/* Whether an error may tell of all rows with a key. */
bool
may_tell(TriggerData *trigger, const Disclosure *disclosure, Datum key)
{
	Oid table = nameable_table(trigger, disclosure);

	return may_read_columns(table, disclosure, lengthof(disclosure->columns)) &&
		   (check_enable_rls(table, writer(), true) != RLS_ENABLED ||
			writer_count(trigger, &disclosure->rows, &key) ==
				owner_rows(trigger, &disclosure->rows, &key, 0, NULL, NULL));
}

/*
 * Refuse a reference to a row that isn't visible to the writer. Its id is told where the statement
 * gives it, whatever the row had.
 */
void
refuse_missing(const Row *row, int column, const char *table, const char *code)
{
	ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					row->is_insert || is_named(row, column)
						? errmsg("%s %lld does not exist", table,
								 (long long) DatumGetInt64(value_of(row, column)))
						: errmsg("the %s of the row does not exist", table),
					errdetail("It is not in \"%s\", or you may not see it.", table),
					errtable(row->rel), err_code(code), err_field(column_name(row, column))));
}

/*
 * A reference must be to a row that is visible to the writer, checked before anything about that
 * row is looked up or locked. Who may read no row of the table is told as much as by any foreign
 * key: whether it is there.
 */
void
need_visible(const Row *row, int column, const Disclosure *disclosure, const char *code)
{
	Oid table = nameable_table(row->trigger, disclosure);
	Datum id = value_of(row, column);

	if (may_read_columns(table, disclosure, 1) &&
		check_enable_rls(table, writer(), true) == RLS_ENABLED &&
		writer_count(row->trigger, &disclosure->rows, &id) == 0)
		refuse_missing(row, column, disclosure->rows.table, code);
}

/* The same before an error that tells what is in the row, unless the writer may read that. */
void
refuse_hidden(const Row *row, int column, const Disclosure *disclosure, const char *code)
{
	if (!may_tell(row->trigger, disclosure, value_of(row, column)))
		refuse_missing(row, column, disclosure->rows.table, code);
}
