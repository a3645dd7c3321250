#ifndef CRM_H
#define CRM_H

#include "postgres.h"

/* The part of the definition that can stand alone, beside an opportunity that is not ours. */
#define FILTERS_PART "filters"

/* The part that notify_changes switches on and off. */
#define LIVE_PART "live"

extern int set_local_path(const char *path);
extern Oid schema_owner(Oid schema);
extern bool is_notified(Oid schema);
extern char *crm_definition(const char *part, bool tenants, Oid mapped);

#endif
