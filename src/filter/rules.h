#ifndef RULES_H
#define RULES_H

#include "postgres.h"

#include "filter/filter_context.h"

/* What a node of a definition is. */
typedef enum RuleKind
{
	RULE_AND,
	RULE_OR,
	RULE_XOR,
	RULE_COMPARISON
} RuleKind;

/* A group or rule of a definition, as it was read. */
typedef struct Rule
{
	RuleKind kind;
	const char *path;

	/* groups */
	List *members; /* of Rule */
	bool negated;
	bool complement; /* everything else, blanks included */

	/* rules */
	const char *field;
	const char *operator_name;
	JsonbValue *value; /* NULL: none is given */
	bool by_field;	   /* the value names a field */
	const char *match; /* mode of a match; its group is the only member */
	Numeric threshold;
} Rule;

extern Rule *read_rules(FilterContext *context, Jsonb *rules);

#endif
