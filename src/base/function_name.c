/* Which function an OID is of. */
#include "postgres.h"

#include "base/function_name.h"

#include "catalog/namespace.h"
#include "utils/lsyscache.h"

/* Whether a function has a name in a schema. One that was dropped meanwhile has none. */
bool
is_function(Oid function, const char *schema, const char *name)
{
	const char *own = get_func_name(function);

	return own != NULL && strcmp(own, name) == 0 &&
		   get_func_namespace(function) == get_namespace_oid(schema, true);
}
