#ifndef LABEL_H
#define LABEL_H

#include "postgres.h"

#include "fields/source.h"
#include "lib/stringinfo.h"

/* What fields and values are called in a language, as the table label beside a relation has it. */
extern Source *open_labels(const Source *source);
extern void append_labels(StringInfo sql, const Source *table, const char *alias,
						  const char *language);
extern List *read_labels(const Source *source, const char *language);
extern const char *find_label(List *labels, const char *field, const char *value);
extern char *title_of(const char *name);

#endif
