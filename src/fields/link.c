/* Links between relations: foreign keys, or columns and relations that go by name. */
#include "postgres.h"

#include "fields/link.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "base/errors.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "fields/user.h"
#include "nodes/makefuncs.h"
#include "parser/parse_oper.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static SourceColumn *
column_by_number(const Source *source, AttrNumber number)
{
	ListCell *cell;

	foreach (cell, source->columns)
	{
		SourceColumn *column = lfirst(cell);

		if (column->number == number)
			return column;
	}
	return NULL;
}

/* Whether a foreign key has been found to hold for all rows. */
static bool
is_validated(Oid constraint)
{
	HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool validated;

	if (!HeapTupleIsValid(tuple))
		return false;
	validated = ((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;
	ReleaseSysCache(tuple);
	return validated;
}

/* Whether a foreign key has a column on its referring side. */
static bool
is_part_of(const SourceColumn *column, const ForeignKeyCacheInfo *key)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		if (key->conkey[i] == column->number)
			return true;
	}
	return false;
}

/* Whether a foreign key is rather to be followed than another: fewer columns, else the name. */
static bool
is_before(const ForeignKeyCacheInfo *a, const ForeignKeyCacheInfo *b)
{
	if (a->nkeys != b->nkeys)
		return a->nkeys < b->nkeys;
	return strcmp(get_constraint_name(a->conoid), get_constraint_name(b->conoid)) < 0;
}

/* A foreign key as a link out of a relation, which is the referred one where the link is many. */
static Link *
key_link(const Source *source, const ForeignKeyCacheInfo *key, bool many)
{
	Link *link = palloc0(sizeof(Link));

	link->enforced = is_validated(key->conoid);
	link->many = many;
	link->relid = many ? key->conrelid : key->confrelid;
	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber local = many ? key->confkey[i] : key->conkey[i];
		AttrNumber foreign = many ? key->conkey[i] : key->confkey[i];

		link->local = lappend(link->local, column_by_number(source, local));
		link->foreign = lappend(link->foreign, get_attname(link->relid, foreign, false));
		link->operators = lappend_oid(link->operators, key->conpfeqop[i]);
	}
	return link;
}

/*
 * The link of the foreign key with the fewest columns among those of a relation: the one that a
 * column of it is part of, or with many those of another relation that refer to it. NULL: none.
 */
static Link *
foreign_key_link(const Source *source, const SourceColumn *column, Oid many)
{
	Oid relid = OidIsValid(many) ? many : source->relid;
	Relation referring = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : NULL;
	const ForeignKeyCacheInfo *found = NULL;
	List *keys;
	ListCell *cell;

	if (referring == NULL)
		return NULL;
	keys = copyObject(RelationGetFKeyList(referring));
	relation_close(referring, NoLock);
	foreach (cell, keys)
	{
		const ForeignKeyCacheInfo *key = lfirst(cell);

		if ((OidIsValid(many) && key->confrelid != source->relid) ||
			(column != NULL && !is_part_of(column, key)) ||
			(found != NULL && !is_before(key, found)))
			continue;
		found = key;
	}
	return found == NULL ? NULL : key_link(source, found, OidIsValid(many));
}

/* The operator by which two types are equal, found without the search_path, or InvalidOid. */
static Oid
equality(Oid left, Oid right)
{
	if (left == right)
		return lookup_type_cache(left, TYPECACHE_EQ_OPR)->eq_opr;
	return compatible_oper_opid(list_make2(makeString("pg_catalog"), makeString("=")), left, right,
								true);
}

/* A link between two columns that nothing but their names relates. */
static Link *
link_by_name(const Source *source, SourceColumn *local, const Source *target,
			 const SourceColumn *foreign, bool many)
{
	Link *link = palloc0(sizeof(Link));
	Oid operator_oid =
		many ? equality(local->type, foreign->type) : equality(foreign->type, local->type);

	if (!OidIsValid(operator_oid))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("\"%s\" of \"%s\" and \"%s\" of \"%s\" can't be compared",
							   local->name, source->name, foreign->name, target->name),
						errdetail("Their types are %s and %s.", format_type_be(local->type),
								  format_type_be(foreign->type)),
						errhint("Cast one of them in the view."), err_code("column_type"),
						err_field(local->name)));
	link->relid = target->relid;
	link->local = list_make1(local);
	link->foreign = list_make1(foreign->name);
	link->operators = list_make1_oid(operator_oid);
	link->many = many;
	link->by_name = true;
	return link;
}

/* The column of the tenant, if two relations say it alike. */
static SourceColumn *
shared_tenant(const Source *source, const Source *target)
{
	SourceColumn *tenant = source_column(source, TENANT_COLUMN);
	SourceColumn *other = source_column(target, TENANT_COLUMN);

	return tenant != NULL && other != NULL && tenant->type == other->type ? tenant : NULL;
}

/* Let a link that goes by names lead to rows of the same tenant. */
static void
link_tenants(Link *link, SourceColumn *tenant)
{
	link->local = lcons(tenant, link->local);
	link->foreign = lcons(tenant->name, link->foreign);
	link->operators = lcons_oid(equality(tenant->type, tenant->type), link->operators);
	link->by_name = false;
}

/* A link by name, within the tenant where the other table keeps tenants apart. */
static Link *
link_in_tenant(const Source *source, SourceColumn *local, const Source *target,
			   const SourceColumn *foreign, bool many)
{
	Link *link = link_by_name(source, local, target, foreign, many);
	SourceColumn *tenant = has_tenants(target->relid) ? shared_tenant(source, target) : NULL;

	if (tenant != NULL)
		link_tenants(link, tenant);
	return link;
}

/*
 * The link by login to the user whom a column names, of the same tenant. NULL: users are not kept
 * beside the relation, or something else there has the name.
 */
static Link *
user_link(const Source *source, SourceColumn *column)
{
	Oid relid = get_relname_relid("app_user", source->schema);
	Source *users;
	SourceColumn *login;
	SourceColumn *tenant;
	Link *link;

	if (!OidIsValid(relid) || OidIsValid(get_relname_relid(column->name, source->schema)))
		return NULL;
	users = open_source(relid);
	login = source_column(users, "login");
	tenant = shared_tenant(source, users);
	if (login == NULL || !OidIsValid(equality(login->type, column->type)) ||
		(tenant == NULL && source_column(users, TENANT_COLUMN) != NULL))
		return NULL;

	link = link_by_name(source, column, users, login, false);
	if (tenant != NULL)
		link_tenants(link, tenant);
	return link;
}

/* Where a column leads: over its foreign key, else from a user's login to the user. */
static Link *
column_link(const Source *source, SourceColumn *column)
{
	Link *link = foreign_key_link(source, column, InvalidOid);
	bool user = is_user_field(column->name);

	if (link == NULL && user)
		link = user_link(source, column);
	if (link != NULL && user && strcmp(get_rel_name(link->relid), "app_user") == 0)
		link->user = column;
	return link;
}

/* The owner of a relation. */
Oid
relation_owner(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * A relation of a name, in whatever schema, that has a foreign key to a relation and the same
 * owner. Anybody may be allowed to make a key to it, and the policies of their table would run with
 * the rights of whoever uses a filter.
 */
static Oid
referring_relation(const Source *source, const char *name)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	Oid owner = relation_owner(source->relid);
	HeapTuple tuple;
	Oid found = InvalidOid;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		char *referring;

		if (form->contype != CONSTRAINT_FOREIGN || form->confrelid != source->relid)
			continue;
		referring = get_rel_name(form->conrelid);
		if (referring != NULL && strcmp(referring, name) == 0 &&
			relation_owner(form->conrelid) == owner &&
			(!OidIsValid(found) || form->conrelid < found))
			found = form->conrelid;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

/*
 * Where a name leads from a relation: over the foreign key of the column name_id or name, else
 * from name_id to the id of the relation of that name in the same schema, or from the login of a
 * user to the user. NULL: nowhere.
 */
Link *
source_link(const Source *source, const char *name)
{
	SourceColumn *column = source_column(source, psprintf("%s_id", name));
	SourceColumn *id;
	Source *target;
	Link *link;
	Oid relid;

	if (column == NULL)
	{
		column = source_column(source, name);
		return column == NULL ? NULL : column_link(source, column);
	}
	link = foreign_key_link(source, column, InvalidOid);
	if (link != NULL)
		return link;

	relid = get_relname_relid(name, source->schema);
	if (!OidIsValid(relid))
		return NULL;
	target = open_source(relid);
	id = source_column(target, "id");
	if (id == NULL)
		return NULL;

	return link_in_tenant(source, column, target, id, false);
}

/*
 * The relation of a name whose rows refer to those of this one: by a foreign key of a relation of
 * the same schema, else by its column named after this relation, else by a foreign key from another
 * schema of a relation of the same owner. NULL: there is none.
 */
Link *
many_link(const Source *source, const char *name)
{
	Oid relid = get_relname_relid(name, source->schema);
	SourceColumn *id = source_column(source, "id");
	SourceColumn *column;
	Source *target;
	Link *link;

	if (OidIsValid(relid))
	{
		link = foreign_key_link(source, NULL, relid);
		if (link != NULL || id == NULL || source->name == NULL)
			return link;
		target = open_source(relid);
		column = source_column(target, psprintf("%s_id", source->name));
		return column == NULL ? NULL : link_in_tenant(source, id, target, column, true);
	}
	relid = referring_relation(source, name);
	return OidIsValid(relid) ? foreign_key_link(source, NULL, relid) : NULL;
}

/* Which pair of a link's columns is its key but for the tenant; −1: it has more than one. */
int
link_key(const Link *link)
{
	int key = -1;
	ListCell *cell;

	foreach (cell, link->foreign)
	{
		if (strcmp(lfirst(cell), TENANT_COLUMN) == 0)
			continue;
		if (key >= 0)
			return -1;
		key = foreach_current_index(cell);
	}
	return key;
}
