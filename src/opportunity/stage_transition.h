#ifndef STAGE_TRANSITION_H
#define STAGE_TRANSITION_H

#include "postgres.h"

#include "triggers/row.h"
#include "triggers/stage.h"

/* The rows of a stage that is retired, which go to its replacement whatever transitions there are.
 */
typedef struct StageRetirement
{
	Oid table;
	int64 stage_id;
	int64 replacement_id;
	const struct StageRetirement *outer;
} StageRetirement;

extern void begin_retirement(StageRetirement *retirement);
extern void end_retirement(const StageRetirement *retirement);
extern void check_transition(const Row *row, const Stage *stage);

#endif
