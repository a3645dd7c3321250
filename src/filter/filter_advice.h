#ifndef FILTER_ADVICE_H
#define FILTER_ADVICE_H

#include "postgres.h"

#include "filter/filter_context.h"

/* What is no problem, but hardly meant: said by check_filter alone; of a scope and of lanes, by a
 * notice. */
extern void advise_key(FilterContext *context, const char *path, const Field *field);
extern void advise_choice(FilterContext *context, const char *path, const Field *field,
						  const char *value);
extern void notice_alike(FilterContext *context, const Field *field, const char *value);

#endif
