/* Rules on the state of rows, which ask for open ones alone, or for others. */
#include "postgres.h"

#include "fields/computed.h"
#include "filter/filter_operator.h"
#include "filter/filter_state.h"
#include "filter/filter_value.h"

typedef enum State
{
	STATE_OPEN,
	STATE_WON,
	STATE_LOST,
	STATES
} State;

static const char *const states[STATES] = {"open", "won", "lost"};

/* The values that a rule asks for, of FilterValue; NIL: it asks otherwise, or there is a problem.
 */
static List *
values_asked_for(FilterContext *context, const Rule *rule, const Field *field, bool *negated)
{
	const char *path = psprintf("%s.value", rule->path);
	FilterValue *value;
	bool list;

	if (rule->by_field || rule->match != NULL || !asks_for_values(rule, &list, negated))
		return NIL;
	if (list)
		return filter_list(context, path, field, rule->value);
	value = palloc(sizeof(FilterValue));
	return filter_value(context, path, field, rule->value, value) ? list_make1(value) : NIL;
}

/* The states that a rule asks for by their names; false: it asks otherwise. */
static bool
states_asked_for(FilterContext *context, const Rule *rule, const Field *field, bool *wanted)
{
	bool negated;
	List *values = values_asked_for(context, rule, field, &negated);
	ListCell *cell;

	if (values == NIL)
		return false;
	for (int i = 0; i < STATES; i++)
		wanted[i] = negated;
	foreach (cell, values)
	{
		const char *name = ((FilterValue *) lfirst(cell))->constant;

		if (name == NULL)
			return false;
		for (int i = 0; i < STATES; i++)
			if (strcmp(name, states[i]) == 0)
				wanted[i] = !negated;
	}
	return true;
}

/*
 * The condition of a rule on a state that asks for open rows alone, or for all others: whether a
 * row is closed tells. NULL: it asks otherwise.
 */
char *
closing_rule_sql(FilterContext *context, const Rule *rule, const Field *state)
{
	bool wanted[STATES];

	if (state->closed_on == NULL || !states_asked_for(context, rule, state, wanted) ||
		wanted[STATE_WON] != wanted[STATE_LOST] || wanted[STATE_OPEN] == wanted[STATE_WON])
		return NULL;
	return closing_condition(state, wanted[STATE_OPEN]);
}

/* Whether no open row meets a rule on a state. */
bool
asks_for_closed(FilterContext *context, const Rule *rule, const Field *state)
{
	bool wanted[STATES];

	return states_asked_for(context, rule, state, wanted) && !wanted[STATE_OPEN];
}
