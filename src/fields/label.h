#ifndef LABEL_H
#define LABEL_H

#include "postgres.h"

#include "fields/source.h"

/* What fields and values are called in a language, as the table label beside a relation has it. */
extern List *read_labels(const Source *source, const char *language);
extern const char *find_label(List *labels, const char *field, const char *value);
extern char *title_of(const char *name);

#endif
