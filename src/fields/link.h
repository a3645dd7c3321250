#ifndef LINK_H
#define LINK_H

#include "postgres.h"

#include "fields/source.h"

/* How a row of one relation leads to a row of another, or many: pairs of columns that are equal. */
typedef struct Link
{
	Oid relid;
	List *local;		/* SourceColumn of this relation */
	List *foreign;		/* names of columns of the other */
	List *operators;	/* OIDs: foreign = local; with many: local = foreign */
	bool enforced;		/* by a validated foreign key */
	bool by_name;		/* nothing else relates them: the other's rows may be other tenants' */
	bool many;			/* the other relation's rows refer to this one's */
	SourceColumn *user; /* the column that holds the login, if the other is app_user; else NULL */
} Link;

extern Oid relation_owner(Oid relid);
extern Link *source_link(const Source *source, const char *name);
extern Link *many_link(const Source *source, const char *name);
extern int link_key(const Link *link);

#endif
