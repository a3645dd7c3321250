#ifndef REMAKE_H
#define REMAKE_H

#include "postgres.h"

#include "crm/check.h"

extern Oid defined_object(const Check *check, Node *statement);
extern void keep(Check *check, Oid object, Node *statement);
extern void drop_standing(Check *check, Oid object, Node *statement);
extern bool is_remade(const Check *check, const char *name);
extern void give_back(const Check *check, Node *statement);

#endif
