#ifndef SAVED_FILTER_H
#define SAVED_FILTER_H

#include "postgres.h"

#include "fields/source.h"
#include "utils/jsonb.h"

/*
 * The filters that have a name, in the table saved_filter beside the relation that they are for.
 * They are read under the active snapshot, with the rights and row security of the current user.
 */
extern Oid filter_table(const Source *source);
extern Jsonb *look_up_filter(const Source *source, const char *name, bool private_too);
extern Jsonb *find_filter(const Source *source, const char *name, bool private_too);

#endif
