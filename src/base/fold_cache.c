/* Folded long text, kept while a row is filtered. */
#include "postgres.h"

#include "base/fold_cache.h"

#include "access/detoast.h"
#include "base/compat.h"
#include "utils/memutils.h"

/*
 * What long text is folded to, as long as the memory lasts that it was folded in: that of a row,
 * mostly, so that of thousands of rules on one text the first alone reads and folds it.
 */

/* Shorter text is folded in no time. */
#define LONG_TEXT 8192

typedef struct Fold
{
	Size size;
	struct varlena *source; /* as it is stored */
	text *folded;
} Fold;

static MemoryContext kept_in;
static Fold folds[8];
static int next_fold;

/* Whether text is to be found again by what is stored of it. */
static bool
is_long(const struct varlena *source)
{
	if (VARATT_IS_EXTERNAL(source) && !VARATT_IS_EXTERNAL_ONDISK(source))
		return false;
	return toast_raw_datum_size(PointerGetDatum(source)) > LONG_TEXT;
}

/* What text was folded to, or NULL. */
text *
find_fold(const struct varlena *source)
{
	if (kept_in != CurrentMemoryContext || !is_long(source))
		return NULL;
	for (int i = 0; i < lengthof(folds); i++)
	{
		if (folds[i].size == VARSIZE_ANY(source) &&
			memcmp(folds[i].source, source, folds[i].size) == 0)
			return folds[i].folded;
	}
	return NULL;
}

static void
forget_folds(void *context)
{
	if (kept_in == context)
		kept_in = NULL;
}

/* Keep what text was folded to. */
void
keep_fold(const struct varlena *source, text *folded)
{
	Size size = VARSIZE_ANY(source);

	if (!is_long(source))
		return;
	if (kept_in != CurrentMemoryContext)
	{
		MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));

		*callback = (MemoryContextCallback){forget_folds, CurrentMemoryContext};
		MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
		memset(folds, 0, sizeof(folds));
		kept_in = CurrentMemoryContext;
	}
	folds[next_fold] = (Fold){size, memcpy(palloc(size), source, size), folded};
	next_fold = (next_fold + 1) % lengthof(folds);
}
