/* Sub-selects of a statement that other servers run, which ask functions of this one alone. */
#include "postgres.h"

#include "settings/settled_select.h"

#include "base/query_params.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

/* Find what a sub-select asks of tables, of parameters or, from some levels down, of other rows. */
static bool
asks_rows(Node *node, void *context)
{
	int depth = *(int *) context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		depth++;
		return query_tree_walker((Query *) node, asks_rows, &depth, QTW_EXAMINE_RTES_BEFORE);
	}
	if (IsA(node, RangeTblEntry))
		return ((RangeTblEntry *) node)->rtekind == RTE_RELATION;
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup >= depth;
	return IsA(node, Param) || expression_tree_walker(node, asks_rows, context);
}

/* Whether a sub-select is ARRAY(SELECT …) and the same for each row, by functions alone. */
bool
asks_no_row(const SubLink *link)
{
	int depth = 0;

	return link->subLinkType == ARRAY_SUBLINK && !asks_rows(link->subselect, &depth);
}

/* The values of the first column of what a query finds. */
typedef struct ValueReceiver
{
	DestReceiver pub;
	MemoryContext context;
	ArrayBuildStateAny *values;
	Oid type;
} ValueReceiver;

static bool
receive_value(TupleTableSlot *row, DestReceiver *self)
{
	ValueReceiver *receiver = (ValueReceiver *) self;
	bool null;
	Datum value = slot_getattr(row, 1, &null);

	receiver->values =
		accumArrayResultAny(receiver->values, value, null, receiver->type, receiver->context);
	return true;
}

/* The array that a sub-select stands for, as it is now. */
Node *
settled_array(const SubLink *link)
{
	Query *query = copyObject(castNode(Query, link->subselect));
	const TargetEntry *first = linitial(query->targetList);
	ValueReceiver receiver = {.pub = row_receiver(receive_value),
							  .context = CurrentMemoryContext,
							  .type = exprType((Node *) first->expr)};

	receiver.values = initArrayResultAny(receiver.type, receiver.context, true);
	run_rewritten(query, "", &receiver.pub);
	return (Node *) makeConst(exprType((Node *) link), -1, exprCollation((Node *) link), -1,
							  makeArrayResultAny(receiver.values, receiver.context, false), false,
							  false);
}
