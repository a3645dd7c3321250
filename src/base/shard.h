#ifndef SHARD_H
#define SHARD_H

#include "postgres.h"

extern bool is_distributed(Oid table);
extern bool is_distributed_schema(Oid schema);
extern Oid table_of_shard(Oid shard);
extern Oid table_beside(Oid relid, Oid table);
extern Oid table_here(Oid table, const char *tenant);

#endif
