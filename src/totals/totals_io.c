/* Text and binary forms of totals. */
#include "postgres.h"

#include "base/errors.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(totals_in);
PG_FUNCTION_INFO_V1(totals_out);
PG_FUNCTION_INFO_V1(totals_recv);
PG_FUNCTION_INFO_V1(totals_send);

/* A value's text while it is read. */
typedef struct TextReader
{
	const char *text;
	const char *at;
} TextReader;

/* Say what is wrong with a text, and where. */
pg_noreturn static void
malformed_text(const TextReader *reader, const char *expected)
{
	int position = pg_mbstrlen_with_len(reader->text, reader->at - reader->text) + 1;

	ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), err_code("invalid_totals"),
					errmsg("invalid input syntax for type %s: \"%s\"", "totals", reader->text),
					errdetail("Expected %s at character %d.", expected, position),
					errhint("Totals look like (3,10.00,1.0000,0.00), named currencies like "
							"\"EUR\"(3,10.00,1.0000,0.00).")));
}

/* Read one character that has to be there. */
static void
read_mark(TextReader *reader, char mark, const char *expected)
{
	if (*reader->at != mark)
		malformed_text(reader, expected);
	reader->at++;
}

/* Read a currency: in double quotes, a quote in it doubled. NULL, the unnamed one, where none is.
 */
static char *
read_name(TextReader *reader)
{
	StringInfoData name;

	if (*reader->at != '"')
		return NULL;
	initStringInfo(&name);
	for (;;)
	{
		reader->at++;
		if (*reader->at == '\0')
			malformed_text(reader, "a closing quote");
		if (*reader->at == '"' && *++reader->at != '"')
			return name.data;
		appendStringInfoChar(&name, *reader->at);
	}
}

/* Read a 64-bit integer. */
static int64
read_count(TextReader *reader)
{
	const char *start = reader->at;
	char *end;
	int64 count;

	if (!isdigit((unsigned char) start[*start == '-' ? 1 : 0]))
		malformed_text(reader, "a count");
	errno = 0;
	count = strtoi64(start, &end, 10);
	if (errno != 0)
		malformed_text(reader, "a count of 64 bits");
	reader->at = end;
	return count;
}

/* Read digits; answers how many. */
static int
read_digits(TextReader *reader)
{
	const char *start = reader->at;

	while (isdigit((unsigned char) *reader->at))
		reader->at++;
	if (reader->at == start)
		malformed_text(reader, "a digit");
	return reader->at - start;
}

/* Read a finite number. */
static Numeric
read_number(TextReader *reader)
{
	const char *start = reader->at;
	char *number;

	if (*reader->at == '-')
		reader->at++;
	read_digits(reader);
	if (*reader->at == '.')
	{
		reader->at++;
		if (read_digits(reader) > TOTALS_MAX_SCALE)
			malformed_text(reader, psprintf("at most %d decimals", TOTALS_MAX_SCALE));
	}
	number = pnstrdup(start, reader->at - start);
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(number),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* Read one currency's entry. */
static void
read_entry(TextReader *reader, TotalsMap *map, bool *unnamed)
{
	const char *start = reader->at;
	char *name = read_name(reader);
	int length = name != NULL ? strlen(name) : 0;
	TotalsItem *item;

	if (name != NULL ? map_find(map, name, length) != NULL : *unnamed)
	{
		reader->at = start;
		malformed_text(reader, "another currency");
	}
	if (name == NULL)
		*unnamed = true;

	item = map_find_or_add(map, name, length);
	read_mark(reader, '(', name != NULL ? "an opening parenthesis" : "a parenthesis or a quote");
	item->entry.count = read_count(reader);
	if (*reader->at == '[')
	{
		reader->at++;
		item->entry.blank = read_count(reader);
		read_mark(reader, ']', "a closing bracket");
	}
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		read_mark(reader, ',', "a comma");
		item_add_numeric(item, which, read_number(reader), 1);
		if (*reader->at == '[')
		{
			for (int kind = 0; kind < SPECIAL_COUNTS; kind++)
			{
				read_mark(reader, kind == 0 ? '[' : ',', "a comma");
				item_add_special(item, which, kind, read_count(reader), 1);
			}
			read_mark(reader, ']', "a closing bracket");
		}
	}
	read_mark(reader, ')', "a closing parenthesis");
}

/* totals_in(cstring) -> totals */
Datum
totals_in(PG_FUNCTION_ARGS)
{
	TextReader reader = {PG_GETARG_CSTRING(0), PG_GETARG_CSTRING(0)};
	TotalsMap *map = map_create();
	bool unnamed = false;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		read_entry(&reader, map, &unnamed);
		if (*reader.at == '\0')
			PG_RETURN_POINTER(map_pack(map));
		read_mark(&reader, ',', "a comma or the end");
	}
}

/* Write one currency's entry. */
static void
write_entry(StringInfo text, const TotalsItem *item)
{
	if (item->name != NULL)
	{
		appendStringInfoChar(text, '"');
		for (int i = 0; i < item->entry.name_length; i++)
		{
			if (item->name[i] == '"')
				appendStringInfoChar(text, '"');
			appendStringInfoChar(text, item->name[i]);
		}
		appendStringInfoChar(text, '"');
	}
	appendStringInfo(text, "(" INT64_FORMAT, item->entry.count);
	if (item->entry.blank != 0)
		appendStringInfo(text, "[" INT64_FORMAT "]", item->entry.blank);
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		Datum number = NumericGetDatum(item_finite(item, which));

		appendStringInfo(text, ",%s", DatumGetCString(DirectFunctionCall1(numeric_out, number)));
		if (item->extras != NULL)
		{
			const int64 *special = item->extras->special[which];

			if (special[0] != 0 || special[1] != 0 || special[2] != 0)
				appendStringInfo(text, "[" INT64_FORMAT "," INT64_FORMAT "," INT64_FORMAT "]",
								 special[0], special[1], special[2]);
		}
	}
	appendStringInfoChar(text, ')');
}

/* totals_out(totals) -> cstring */
Datum
totals_out(PG_FUNCTION_ARGS)
{
	TotalsMap *map = map_read(PG_GETARG_DATUM(0));
	int first = map->length > 1 ? map_first(map) : 0;
	StringInfoData text;

	initStringInfo(&text);
	for (int i = first; i < map->length; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > first)
			appendStringInfoChar(&text, ',');
		write_entry(&text, &map->item[i]);
	}
	PG_RETURN_CSTRING(text.data);
}

/* Complain about a message that isn't one of ours. */
pg_noreturn static void
malformed_message(const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), err_code("invalid_totals"),
					errmsg("invalid binary form of totals"), errdetail("%s", detail)));
}

/* Receive one currency's entry; they come in the order in which they are stored. */
static void
receive_entry(StringInfo message, TotalsMap *map, bool first)
{
	int32 size = pq_getmsgint(message, 4);
	char *name = NULL;
	int length = 0;
	TotalsItem *item;

	if (size < -1 || (size == -1 && !first))
		malformed_message("A currency has a negative length.");
	if (size >= 0)
	{
		const TotalsItem *last = &map->item[map->length - 1];

		name = pq_getmsgtext(message, size, &length);
		if (map->length > 1 &&
			compare_currencies(last->name, last->entry.name_length, name, length) >= 0)
			malformed_message("Currencies are not in ascending order.");
	}

	item = map_find_or_add(map, name, length);
	item->entry.count = pq_getmsgint64(message);
	item->entry.blank = pq_getmsgint64(message);
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		Numeric number =
			DatumGetNumeric(DirectFunctionCall3(numeric_recv, PointerGetDatum(message),
												ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

		if (numeric_is_nan(number) || numeric_is_inf(number))
			malformed_message("A sum is not finite.");
		item_add_numeric(item, which, number, 1);
		for (int kind = 0; kind < SPECIAL_COUNTS; kind++)
			item_add_special(item, which, kind, pq_getmsgint64(message), 1);
	}
}

/* totals_recv(internal) -> totals */
Datum
totals_recv(PG_FUNCTION_ARGS)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	TotalsMap *map = map_create();
	int version = pq_getmsgbyte(message);
	int entries;

	if (version != TOTALS_VERSION)
		malformed_message(psprintf("The version is %d, not %d.", version, TOTALS_VERSION));
	entries = pq_getmsgint(message, 4);
	if (entries < 1)
		malformed_message(psprintf("The number of currencies is %d.", entries));
	for (int i = 0; i < entries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		receive_entry(message, map, i == 0);
	}
	pq_getmsgend(message);
	PG_RETURN_POINTER(map_pack(map));
}

/* Send one currency's entry. */
static void
send_entry(StringInfo message, const TotalsItem *item)
{
	if (item->name == NULL)
		pq_sendint32(message, -1);
	else
	{
		char *name = pnstrdup(item->name, item->entry.name_length);

		name = pg_server_to_client(name, item->entry.name_length);
		pq_sendint32(message, strlen(name));
		pq_sendbytes(message, name, strlen(name));
	}
	pq_sendint64(message, item->entry.count);
	pq_sendint64(message, item->entry.blank);
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		bytea *number = DatumGetByteaPP(
			DirectFunctionCall1(numeric_send, NumericGetDatum(item_finite(item, which))));

		pq_sendbytes(message, VARDATA_ANY(number), VARSIZE_ANY_EXHDR(number));
		for (int kind = 0; kind < SPECIAL_COUNTS; kind++)
			pq_sendint64(message, item->extras != NULL ? item->extras->special[which][kind] : 0);
	}
}

/* totals_send(totals) -> bytea */
Datum
totals_send(PG_FUNCTION_ARGS)
{
	TotalsMap *map = map_read(PG_GETARG_DATUM(0));
	int first = map->length > 1 ? map_first(map) : 0;
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbyte(&message, TOTALS_VERSION);
	pq_sendint32(&message, map->length - first);
	for (int i = first; i < map->length; i++)
	{
		CHECK_FOR_INTERRUPTS();
		send_entry(&message, &map->item[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
