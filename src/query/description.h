#ifndef DESCRIPTION_H
#define DESCRIPTION_H

#include "postgres.h"

#include "base/json.h"
#include "fields/custom.h"
#include "query/saved_view.h"

/* What an answer says of itself. */

extern const char *field_kind(const Field *field);
extern const char *field_label(List *labels, const char *name, const DeclaredField *declared);
extern List *column_headers(const Source *source, const View *view, List *fields);
extern void push_description(JsonbInState *state, const Source *source, const View *view,
							 List *fields);

#endif
