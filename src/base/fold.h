#ifndef FOLD_H
#define FOLD_H

extern char *ascii_digits(const char *text);
extern char *fold_string(const char *source);
extern char *trim_text(char *text);
extern bool has_text(const char *text);

#endif
