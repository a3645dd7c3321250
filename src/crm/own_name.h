#ifndef OWN_NAME_H
#define OWN_NAME_H

#include "postgres.h"

#include "crm/check.h"

extern void refuse_own_names(const Check *check);

#endif
