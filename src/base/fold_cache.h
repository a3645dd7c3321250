#ifndef FOLD_CACHE_H
#define FOLD_CACHE_H

#include "postgres.h"

extern text *find_fold(const struct varlena *source);
extern void keep_fold(const struct varlena *source, text *folded);

#endif
