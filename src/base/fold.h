#ifndef FOLD_H
#define FOLD_H

#include "nodes/pg_list.h"

extern char *ascii_digits(const char *text);
extern char *fold_string(const char *source);
extern char *trim_text(char *text);
extern List *fold_words(const char *text);
extern bool has_text(const char *text);

#endif
