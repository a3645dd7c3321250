#ifndef FILTER_NODE_H
#define FILTER_NODE_H

#include "postgres.h"

#include "fields/field.h"
#include "filter/rules.h"

/*
 * What a predicate must be right about. Where null and false are as good as each other, a related
 * row's predicate is a set of keys that can be hashed; elsewhere it takes two sets.
 */
typedef enum QualForm
{
	AS_QUAL,		 /* true where the node is true */
	AS_NEGATED_QUAL, /* true where the node is false */
	AS_VALUE		 /* true, false or null as the node */
} QualForm;

/* Where the fields of a rule are looked up. */
typedef struct Scope
{
	FromClause *from;	 /* NULL: elements of an array */
	const char *prefix;	 /* of names that lead here, up to a dot */
	const char *element; /* an expression */
	Oid element_type;	 /* jsonb: an element of a JSON array */
	const char *choices; /* those of the array, or NULL */
	int hops;			 /* keys that were crossed to get here by a match */
	struct Scope *outer;
	List *paths; /* that were found to lead to other rows */
} Scope;

extern char *node_sql(FilterContext *context, Scope *scope, const Rule *node, QualForm form);
extern char *field_rule_sql(FilterContext *context, Scope *scope, const Rule *rule,
							const Field *field);
extern char *in_form(char *predicate, QualForm form);
extern const char *field_name(const Scope *scope, const Rule *rule);

#endif
