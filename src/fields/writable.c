/* What can be written of a relation, through views too, and by whom. */
#include "postgres.h"

#include "fields/writable.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "base/shard.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "utils/rel.h"

/*
 * A view of one table is written as that table is: the server puts the table in its place. A rule
 * or an INSTEAD OF trigger does what it likes instead, and what it made of a row only a new query
 * tells.
 */

/* What carries out a command on a relation, as far as it stands on the relation itself. */
static Writer
own_writer(Relation relation, CmdType command)
{
	const TriggerDesc *triggers = relation->trigdesc;

	for (int i = 0; relation->rd_rules != NULL && i < relation->rd_rules->numLocks; i++)
	{
		const RewriteRule *replacement = relation->rd_rules->rules[i];

		if (replacement->event == command && replacement->isInstead)
			return WRITER_REWRITE;
	}
	if (triggers != NULL && ((command == CMD_INSERT && triggers->trig_insert_instead_row) ||
							 (command == CMD_UPDATE && triggers->trig_update_instead_row) ||
							 (command == CMD_DELETE && triggers->trig_delete_instead_row)))
		return WRITER_TRIGGER;
	return WRITER_TABLE;
}

/*
 * The relation that a command on a view is about, and there the number of a column, 0 where the
 * view computes it. InvalidOid: the command goes no further.
 */
static Oid
relation_below(Relation view, CmdType command, AttrNumber *column)
{
	Query *query;
	RangeTblEntry *entry;
	TargetEntry *target;
	Node *from;

	if (view->rd_rel->relkind != RELKIND_VIEW || own_writer(view, command) != WRITER_TABLE)
		return InvalidOid;
	query = get_view_query(view);
	if (list_length(query->jointree->fromlist) != 1)
		return InvalidOid;
	from = linitial(query->jointree->fromlist);
	if (!IsA(from, RangeTblRef))
		return InvalidOid;
	entry = rt_fetch(((RangeTblRef *) from)->rtindex, query->rtable);
	target = *column > 0 ? get_tle_by_resno(query->targetList, *column) : NULL;
	*column = target != NULL && IsA(target->expr, Var) ? ((Var *) target->expr)->varattno : 0;
	return entry->rtekind == RTE_RELATION ? entry->relid : InvalidOid;
}

/* The relation that a command on another is about in the end, and what carries it out there. */
static Oid
written_relation(Oid relid, CmdType command, Writer *writer)
{
	AttrNumber column = 0;
	Oid below = relid;

	for (*writer = WRITER_TABLE; OidIsValid(below) && *writer == WRITER_TABLE;)
	{
		Relation relation = relation_open(below, AccessShareLock);

		relid = below;
		*writer = own_writer(relation, command);
		below = relation_below(relation, command, &column);
		relation_close(relation, NoLock);
	}
	return relid;
}

/* What carries out a command on a relation, or on the one that its view is written as. */
Writer
writer_of(Oid relid, CmdType command)
{
	Writer writer;

	(void) written_relation(relid, command, &writer);
	return writer;
}

/*
 * Whether a command on a relation can give back the rows that it writes with all that is shown of
 * them. Other servers give back the columns alone.
 */
bool
returns_fields(Oid relid, CmdType command)
{
	Writer writer;
	Oid written = written_relation(relid, command, &writer);

	return writer == WRITER_TABLE && !is_distributed(written);
}

/* Whether the server gives a column its values, whatever a statement says. */
static bool
is_generated(Oid relid, AttrNumber column, CmdType command)
{
	bool result = false;

	while (OidIsValid(relid) && column > 0)
	{
		Relation relation = relation_open(relid, AccessShareLock);
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);

		result =
			attribute->attgenerated != '\0' || attribute->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;
		relid = relation_below(relation, command, &column);
		relation_close(relation, NoLock);
	}
	return result;
}

/* Whether a column of a table that create_crm made is kept by triggers, out of other tables. */
static bool
is_kept_column(const SourceColumn *column)
{
	static const char *const names[] = {"id",
										"tenant_id",
										"version",
										"created_at",
										"created_by",
										"updated_at",
										"updated_by",
										"stage_entered_at",
										"stage_entered_by",
										"estimated_amount",
										"realized_amount",
										"position",
										"last_activity_at"};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(column->name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Whether a new row of a relation brings the key that the database gives elsewhere. */
static bool
brings_key(const Source *source, const SourceColumn *column, CmdType command)
{
	return command == CMD_INSERT && strcmp(column->name, "id") == 0 &&
		   !made_by_create_crm(source->relid);
}

/* Whether a command can give a column of a relation a value. */
bool
is_written(const Source *source, const SourceColumn *column, CmdType command)
{
	Bitmapset *columns = bms_make_singleton(column->number - FirstLowInvalidHeapAttributeNumber);

	return (relation_is_updatable(source->relid, NIL, true, columns) & 1 << command) != 0 &&
		   !is_generated(source->relid, column->number, command);
}

/* Why people can't give a column a value by a command, as a sentence. NULL: they can. */
const char *
why_read_only(const Source *source, const SourceColumn *column, CmdType command)
{
	if ((is_kept_column(column) && !brings_key(source, column, command)) ||
		is_generated(source->relid, column->number, command))
		return "The database keeps it.";
	return is_written(source, column, command)
			   ? NULL
			   : "The view computes it, or nothing writes through the view.";
}

/*
 * Whether the user has a right on a relation, or on a column of it, where 0 is any; for a view also
 * on what is written through it, as the view's owner has it where that isn't a security_invoker.
 */
bool
may_write_through(Oid relid, AttrNumber column, AclMode right)
{
	CmdType command = right == ACL_INSERT	? CMD_INSERT
					  : right == ACL_DELETE ? CMD_DELETE
											: CMD_UPDATE;
	Oid user = GetUserId();
	bool allowed = true;

	while (OidIsValid(relid) && allowed)
	{
		Relation relation = relation_open(relid, AccessShareLock);

		allowed = pg_class_aclcheck(relid, user, right) == ACLCHECK_OK ||
				  (column == 0 ? pg_attribute_aclcheck_all(relid, user, right, ACLMASK_ANY)
							   : pg_attribute_aclcheck(relid, column, user, right)) == ACLCHECK_OK;
		if (relation->rd_rel->relkind == RELKIND_VIEW && !RelationHasSecurityInvoker(relation))
			user = relation->rd_rel->relowner;
		relid = relation_below(relation, command, &column);
		relation_close(relation, NoLock);
	}
	return allowed;
}
