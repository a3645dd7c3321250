#ifndef FIELD_CHOICES_H
#define FIELD_CHOICES_H

#include "postgres.h"

#include "fields/field.h"
#include "utils/jsonb.h"

/* What there is to choose from. */
typedef struct Choice
{
	const char *field; /* of a row of the table choice */
	const char *value;
	const char *label;
	bool active;
	const char *stage_kind; /* NULL: of any */
	List *required;			/* of a stage: fields that entering it takes */
} Choice;

/* All that is read of choices for the fields of a relation. */
typedef struct ChoiceTables
{
	const Source *source;
	List *labels; /* of the language */
	List *choices;
	List *stages;
	List *pipelines;
	List *users;
} ChoiceTables;

extern ChoiceTables *read_choice_tables(const Source *source, const char *pipeline, List *labels);
extern List *field_choices(const ChoiceTables *tables, const Field *field, const Source *relation,
						   const SourceColumn *column);
extern Jsonb *choices_json(const ChoiceTables *tables, const char *field, List *choices);

#endif
