#ifndef FILTER_OPERATOR_H
#define FILTER_OPERATOR_H

#include "postgres.h"

#include "fields/field.h"
#include "filter/rules.h"

/* What an operator does. */
typedef enum OperatorKind
{
	OPERATOR_COMPARE,
	OPERATOR_SEARCH,
	OPERATOR_NULLNESS,
	OPERATOR_LIST,
	OPERATOR_BETWEEN
} OperatorKind;

/* An operator of a definition. */
typedef struct FilterOperator
{
	const char *name;
	OperatorKind kind;
	const char *sql; /* of a comparison */
	bool negated;
	bool open_start; /* of a search: anything may stand before the text */
	bool open_end;
} FilterOperator;

extern const FilterOperator *find_operator(const char *name);
extern List *operator_names(void);
extern List *offered_operators(const Field *field, bool named);
extern bool tests_null(const Rule *rule);
extern bool takes_list(const Rule *rule);
extern bool asks_for_values(const Rule *rule, bool *list, bool *negated);
extern bool is_text_search(const Rule *rule);
extern Oid comparison_operator(const char *name, Oid left, Oid right);
extern bool is_order(const char *name);

#endif
