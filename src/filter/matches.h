#ifndef MATCHES_H
#define MATCHES_H

extern void define_matches(void);

#endif
