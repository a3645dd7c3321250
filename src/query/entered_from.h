#ifndef ENTERED_FROM_H
#define ENTERED_FROM_H

#include "postgres.h"

#include "base/json.h"
#include "fields/source.h"

extern void push_entered_from(JsonbInState *state, const Source *source);

#endif
