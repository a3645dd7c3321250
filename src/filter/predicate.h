#ifndef PREDICATE_H
#define PREDICATE_H

#include "postgres.h"

#include "fields/source.h"
#include "parser/parse_node.h"

/* The alias of the row in the text of a predicate. */
#define PREDICATE_ROW "o"

/* The number of the row among what a parsed predicate's Vars are of. */
#define PREDICATE_VARNO 1

extern Node *parse_predicate(const char *sql, const Source *source, bool *has_sublinks);
extern List *tenant_followers(Node *predicate);
extern void parse_as_parameters(ParseState *state, void *source);

#endif
