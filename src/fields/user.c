/* Users of the application: which fields hold them, and what they are called. */
#include "postgres.h"

#include "fields/user.h"

#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/readable.h"
#include "utils/lsyscache.h"

/* Whether the values of a field are users of the application. */
bool
is_user_field(const char *name)
{
	static const char *const names[] = {"owner", "created_by", "updated_by", "stage_entered_by",
										"assignee"};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* The link by which a name such as owner.name leads to a user's; NULL: it is another field. */
Link *
user_name_link(const Source *source, const char *name)
{
	const char *dot = strchr(name, '.');
	char *step;
	Link *link;

	if (dot == NULL || strcmp(dot, ".name") != 0)
		return NULL;
	step = pnstrdup(name, dot - name);
	if (!is_user_field(step) || source_column(source, name) != NULL)
		return NULL;
	link = source_link(source, step);
	return link != NULL && link->user != NULL &&
				   get_attnum(link->relid, "name") != InvalidAttrNumber
			   ? link
			   : NULL;
}

/* Whether the user may read what users are called; that is noted, since it decides on a query. */
bool
may_read_user_names(FromClause *from, const Link *link)
{
	List *names = lappend(list_copy(link->foreign), "name");

	note_rights(from, link->relid);
	return may_read_all(open_source(link->relid), names);
}

/* The login by which a row of an alias leads to a user, under a name. */
Field *
user_login(FromClause *from, const char *alias, const char *name, const Link *link)
{
	return make_field(
		name, psprintf("%s::pg_catalog.text", own_column(from, alias, link->user->name)), TEXTOID);
}

/* What a row of app_user is called. */
char *
user_name(const char *alias)
{
	return psprintf("%s::pg_catalog.text", sql_column(alias, "name"));
}

/*
 * What a user is called. The login stands for a name that isn't there, or that whoever asks may not
 * read.
 */
Field *
user_name_field(FromClause *from, const char *alias, const char *name, const Link *link)
{
	Field *field = user_login(from, alias, name, link);
	char *found;

	if (!may_read_user_names(from, link))
		return field;
	if (from->use_subselects)
	{
		FromClause *users = open_inner_from(from, open_source(link->relid));

		found = linked_select(from, link, users, user_name(users->alias), "");
	}
	else
		found = user_name(
			join_link(from, pnstrdup(name, strrchr(name, '.') - name), alias, link)->alias);
	field->sql = psprintf("COALESCE(%s, %s)", found, stand_in(link->user, field->sql));
	return field;
}
