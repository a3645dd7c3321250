#ifndef STAGE_H
#define STAGE_H

#include "postgres.h"

#include "triggers/visibility.h"

#define TRANSITION_TABLE "stage_transition"

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
	Datum entered_from;	   /* an array of the stages that lead to it, for anybody; 0: any does */
} Stage;

extern const Disclosure stage_disclosure;

extern bool read_stage(const Row *row, int64 id, bool comes_from, Stage *stage);
extern bool is_of_kind(TriggerData *trigger, Datum id, const char *kind);

#endif
