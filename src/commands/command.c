#include "postgres.h"

#include "commands/command.h"

#include "access/relation.h"
#include "base/errors.h"
#include "catalog/namespace.h"
#include "fields/source.h"
#include "utils/lsyscache.h"

/* Whether the rules of opportunities stand on a table: then create_crm made it. */
static bool
has_rules(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Oid function = rel->trigdesc->triggers[i].tgfoid;

		if (strcmp(get_func_name(function), "opportunity_rules") == 0 &&
			get_func_namespace(function) == get_namespace_oid("opportunities", true))
			return true;
	}
	return false;
}

/* Open the table whose opportunities are edited. Its lock is kept, as that of an UPDATE is. */
Relation
open_opportunities(Oid relid)
{
	Relation rel = try_relation_open(relid, RowExclusiveLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation %u does not exist", relid),
				 errhint("Name one: relation => 'crm.opportunity'."),
				 err_code("unknown_relation")));
	if (!has_rules(rel))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a table of opportunities that create_crm made",
							   RelationGetRelationName(rel)),
						errhint("Edit other tables and views by UPDATE and DELETE."),
						err_code("not_a_table")));
	return rel;
}

/* An opportunity isn't there, as far as the user can see. */
void
opportunity_missing(Relation rel, int64 id, const char *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("opportunity %lld does not exist", (long long) id),
			 errdetail("It is not in \"%s\", or you may not see it.", RelationGetRelationName(rel)),
			 errhint("Read the board or list anew."), errtable(rel), err_code("not_found"),
			 err_field(field)));
}

/* An opportunity is no longer what the user saw. */
void
opportunity_changed(Relation rel, int64 id)
{
	ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("opportunity %lld was changed meanwhile", (long long) id),
					errhint("Read it anew and try again."), errtable(rel), err_code("row_changed"),
					err_field("version")));
}

/* An opportunity that the user sees may not be changed by him. */
void
opportunity_refused(Relation rel, int64 id)
{
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("opportunity %lld may not be changed by you", (long long) id),
					errdetail("A policy or a trigger of table \"%s\" left it as it was.",
							  RelationGetRelationName(rel)),
					errtable(rel), err_code("not_allowed"), err_field("id")));
}
