/* Values as literals, read and written whatever the session's settings are. */
#include "postgres.h"

#include "base/literal.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* Ours, and others under which what is ambiguous reads otherwise. */
typedef enum Settings
{
	SETTINGS_OURS,
	SETTINGS_OTHERS
} Settings;

static const struct
{
	const char *name;
	const char *values[2];
} settings[] = {
	{"DateStyle", {"ISO, YMD", "ISO, MDY"}}, {"IntervalStyle", {"postgres", "sql_standard"}},
	{"TimeZone", {"UTC", "<+0530>-05:30"}},	 {"extra_float_digits", {"3", "3"}},
	{"bytea_output", {"hex", "hex"}},		 {"lc_monetary", {"C", "C"}},
	{"xmloption", {"content", "content"}},	 {"array_nulls", {"on", "off"}},
};

/* Whether a type reads and writes the same under all settings. */
static bool
ignores_settings(Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case NUMERICOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case BOOLOID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
			return true;
		default:
			return get_typtype(type) == TYPTYPE_ENUM;
	}
}

/* Take settings until the level of the result ends. */
static int
take_settings(Oid type, Settings which)
{
	int level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings) && !ignores_settings(type); i++)
		(void) set_config_option(settings[i].name, settings[i].values[which], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

/* The text form of a value, which reads back the same under any settings of a session. */
char *
literal_text(Oid type, Datum value)
{
	static const int utc = 0;
	Oid output;
	bool is_varlena;
	char *text;
	int level;

	if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		return JsonEncodeDateTime(NULL, value, type, &utc);

	level = take_settings(type, SETTINGS_OURS);
	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, value);
	AtEOXact_GUC(true, level);
	return text;
}

/*
 * Read a value as a type does. Returns why it can't; NULL: it can. The error of the type's input
 * function must be followed by one of ours, unless it is kept within a subtransaction, where there
 * can be one.
 */
static char *
read_under(const char *text, Oid type, int32 typmod, Settings which, bool subtransaction,
		   Datum *result)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char *volatile reason = NULL;
	volatile int level;
	Oid input;
	Oid io_parameter;

	getTypeInputInfo(type, &input, &io_parameter);
	if (subtransaction)
		BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	level = take_settings(type, which);
	PG_TRY();
	{
		*result = OidInputFunctionCall(input, pstrdup(text), io_parameter, typmod);
		AtEOXact_GUC(true, level);
		if (subtransaction)
			ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *error;

		AtEOXact_GUC(true, level);
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION &&
			ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		if (subtransaction)
			RollbackAndReleaseCurrentSubTransaction();
		reason = error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return reason;
}

/* Read a value under settings of ours. Returns why its type can't; NULL: it can. */
char *
try_read(const char *text, Oid type, int32 typmod, bool subtransaction, Datum *result)
{
	return read_under(text, type, typmod, SETTINGS_OURS, subtransaction, result);
}

/* Whether what can be read means the same under other settings. */
bool
reads_alike(const char *text, Oid type, bool subtransaction)
{
	Datum ours;
	Datum other;

	return ignores_settings(type) ||
		   (read_under(text, type, -1, SETTINGS_OURS, subtransaction, &ours) == NULL &&
			read_under(text, type, -1, SETTINGS_OTHERS, subtransaction, &other) == NULL &&
			strcmp(literal_text(type, ours), literal_text(type, other)) == 0);
}

/* Make sure that a type can read a value. */
void
check_literal(const char *text, Oid type, const char *code, const char *field, const char *place)
{
	Datum result;
	char *reason = try_read(text, type, -1, false, &result);

	if (reason != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s holds a value that \"%s\" can't read", place, field),
						errdetail("%s", reason),
						errhint("\"%s\" is of type %s.", field, format_type_be(type)),
						err_code(code), err_field(field)));
}
