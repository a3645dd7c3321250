#ifndef STAGE_H
#define STAGE_H

#include "postgres.h"

#include "triggers/visibility.h"

typedef struct Stage
{
	int64 pipeline_id;
	char *name;
	char *kind;
	bool is_final;
	bool active;
	bool reason_required;
	bool has_probability;
	Datum probability;
	Datum required_fields; /* an array of names; 0: none */
} Stage;

extern const Disclosure stage_disclosure;

extern bool read_stage(const Row *row, int64 id, Stage *stage);
extern bool is_of_kind(TriggerData *trigger, Datum id, const char *kind);

#endif
