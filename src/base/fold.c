/* Folded text, which searches compare: case, letters and digits of the Arabic script, spaces. */
#include "postgres.h"

#include <ctype.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "base/compat.h"
#include "base/fold.h"
#include "base/fold_cache.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* What fold_arabic answers for a character that is left out. */
#define LEFT_OUT 0

/* Long text is folded in pieces of so many bytes, and so many more where one wouldn't end well. */
#define PIECE 4096
#define PIECE_END 1024

#define EVERY_BYTE(byte) (UINT64CONST(0x0101010101010101) * (byte))

PG_FUNCTION_INFO_V1(fold);
PG_FUNCTION_INFO_V1(contains_text);

/*
 * What a character of the Arabic block (U+0600 to U+06FF) becomes. Marks are left out, so a letter
 * that Unicode composes with a mark becomes what its base becomes.
 */
static int
fold_arabic(int c)
{
	if (c >= 0x0660 && c <= 0x0669)
		return '0' + (c - 0x0660);
	if (c >= 0x06F0 && c <= 0x06F9)
		return '0' + (c - 0x06F0);
	if ((c >= 0x0610 && c <= 0x061A) || (c >= 0x064B && c <= 0x065F) ||
		(c >= 0x06D6 && c <= 0x06DC) || (c >= 0x06DF && c <= 0x06E4) ||
		(c >= 0x06EA && c <= 0x06ED))
		return LEFT_OUT;
	switch (c)
	{
		case 0x061C: /* letter mark, which only sets a direction */
		case 0x0640: /* tatweel */
		case 0x0670: /* alef above */
		case 0x06E7: /* small yeh */
		case 0x06E8: /* small noon */
			return LEFT_OUT;
		case 0x0622: /* alef with madda */
		case 0x0623: /* alef with hamza above */
		case 0x0625: /* alef with hamza below */
		case 0x0671: /* alef wasla */
		case 0x0672: /* alef with wavy hamza above */
		case 0x0673: /* alef with wavy hamza below */
			return 0x0627;
		case 0x0624: /* waw with hamza */
		case 0x06C6: /* oe */
			return 0x0648;
		case 0x0626: /* yeh with hamza */
		case 0x0649: /* alef maksura */
		case 0x064A: /* Arabic yeh */
		case 0x06CD: /* yeh with tail */
		case 0x06CE: /* yeh with small v */
		case 0x06D0: /* e */
			return 0x06CC;
		case 0x0643: /* Arabic kaf */
		case 0x06AA: /* swash kaf */
			return 0x06A9;
		case 0x0695: /* reh with small v below */
			return 0x0631;
		case 0x06B5: /* lam with small v */
			return 0x0644;
		case 0x0629: /* teh marbuta */
		case 0x06BE: /* heh doachashmee */
		case 0x06C0: /* heh with yeh above */
		case 0x06C1: /* heh goal */
		case 0x06C2: /* heh goal with hamza */
		case 0x06C3: /* teh marbuta goal */
		case 0x06D5: /* ae */
			return 0x0647;
		case 0x06D3: /* yeh barree with hamza */
			return 0x06D2;
		case 0x066A: /* percent sign */
			return '%';
		case 0x066B: /* decimal separator */
			return '.';
		case 0x066C: /* thousands separator */
			return ',';
	}
	return c;
}

/* Whether a folded character is a letter of the Arabic script. */
static bool
is_arabic_letter(UChar32 c)
{
	return (c >= 0x0620 && c <= 0x064A) || c == 0x066E || c == 0x066F ||
		   (c >= 0x0671 && c <= 0x06D3) || c == 0x06D5 || c == 0x06EE || c == 0x06EF ||
		   (c >= 0x06FA && c <= 0x06FC) || c == 0x06FF || (c >= 0x0750 && c <= 0x077F) ||
		   (c >= 0x0870 && c <= 0x0887) || (c >= 0x0889 && c <= 0x088E) ||
		   (c >= 0x08A0 && c <= 0x08C9);
}

/*
 * Leave out the spaces of folded text, in place, between two letters of the Arabic script and at
 * either end beside one: people write the parts of a word together, apart, or half apart. Returns
 * the new length.
 */
static int
join_arabic(char *text, int length)
{
	int kept = 0;
	int at = 0;

	for (;;)
	{
		const char *space = memchr(text + at, ' ', length - at);
		int end = space == NULL ? length : space - text;
		int before;
		int after = end;
		UChar32 c;
		bool joins;

		memmove(text + kept, text + at, end - at);
		kept += end - at;
		if (end == length)
			return kept;

		for (at = end; at < length && text[at] == ' ';)
			at++;
		joins = kept > 0 || at < length;
		if (joins && (before = kept) > 0)
		{
			U8_PREV(text, 0, before, c);
			joins = is_arabic_letter(c);
		}
		if (joins && (after = at) < length)
		{
			U8_NEXT(text, after, length, c);
			joins = is_arabic_letter(c);
		}
		if (!joins)
		{
			memset(text + kept, ' ', at - end);
			kept += at - end;
		}
	}
}

/* Fold the case of eight ASCII characters at a time. */
static uint64
lower_ascii(uint64 word)
{
	uint64 from_a = word + EVERY_BYTE(0x80 - 'A');
	uint64 past_z = word + EVERY_BYTE(0x7F - 'Z');

	return word | ((from_a & ~past_z & EVERY_BYTE(0x80)) >> 2);
}

/*
 * Fold text of ASCII and Arabic letters, which needs no table of Unicode's; the result is never
 * longer. Returns its length, or -1 at any other character; tells where it met Arabic letters.
 */
static int
fold_simple(const unsigned char *source, int length, unsigned char *target, bool utf8, bool *arabic)
{
	const unsigned char *end = source + length;
	unsigned char *start = target;

	while (source < end)
	{
		unsigned char byte;

		while (end - source >= sizeof(uint64))
		{
			uint64 word;

			memcpy(&word, source, sizeof(word));
			if (word & EVERY_BYTE(0x80))
				break;
			word = lower_ascii(word);
			memcpy(target, &word, sizeof(word));
			source += sizeof(word);
			target += sizeof(word);
		}
		if (source == end)
			break;

		byte = *source;
		if (byte < 0x80 || !utf8)
		{
			*target++ = byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
			source++;
		}
		else if (byte >= 0xD8 && byte <= 0xDB && end - source >= 2)
		{
			int c = (byte & 0x1F) << 6 | (source[1] & 0x3F);

			/* Letters that Unicode takes for two. */
			if (c >= 0x0675 && c <= 0x0678)
				return -1;
			c = fold_arabic(c);
			if (c >= 0x80)
			{
				*arabic = true;
				*target++ = 0xC0 | c >> 6;
				*target++ = 0x80 | (c & 0x3F);
			}
			else if (c != LEFT_OUT)
				*target++ = c;
			source += 2;
		}
		else if (byte == 0xE2 && end - source >= 3 && source[1] == 0x80 && source[2] >= 0x8C &&
				 source[2] <= 0x8F)
			source += 3; /* zero-width joiners and direction marks */
		else
			return -1;
	}
	return target - start;
}

/* ICU fails only where its data is damaged or memory is short. */
static void
check_icu(UErrorCode status)
{
	if (U_FAILURE(status))
		elog(ERROR, "text folding failed: %s", u_errorName(status));
}

/* Memory for so many characters of ICU's. */
static UChar *
allocate_characters(int count)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, sizeof(UChar) * ((Size) count + 1));
}

/* Replace text by its NFKC_Casefold form. */
static void
normalize(const UNormalizer2 *normalizer, UChar **text, int32 *length)
{
	int32 capacity = *length;
	UErrorCode status = U_ZERO_ERROR;
	UChar *result = allocate_characters(capacity);
	int32 needed = unorm2_normalize(normalizer, *text, *length, result, capacity, &status);

	if (status == U_BUFFER_OVERFLOW_ERROR)
	{
		pfree(result);
		status = U_ZERO_ERROR;
		result = allocate_characters(needed);
		unorm2_normalize(normalizer, *text, *length, result, needed, &status);
	}
	check_icu(status);
	pfree(*text);
	*text = result;
	*length = needed;
}

/* Fold the Arabic letters of text in place; returns its new length. */
static int32
fold_letters(UChar *text, int32 length)
{
	int32 kept = 0;

	for (int32 i = 0; i < length; i++)
	{
		int c = text[i];

		if (c >= 0x0600 && c <= 0x06FF)
			c = fold_arabic(c);
		if (c != LEFT_OUT)
			text[kept++] = c;
	}
	return kept;
}

/* Append any UTF-8 text folded, by Unicode's tables and then by ours. */
static void
append_unicode(StringInfo result, const char *source, int length)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *normalizer = unorm2_getNFKCCasefoldInstance(&status);
	UChar *characters = allocate_characters(length);
	int32 count;
	int32 folded;

	check_icu(status);
	u_strFromUTF8WithSub(characters, length, &count, source, length, 0xFFFD, NULL, &status);
	check_icu(status);

	/* A letter and an accent may come to stand together when a mark between them is left out. */
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		normalize(normalizer, &characters, &count);
		count = fold_letters(characters, count);
		if (unorm2_isNormalized(normalizer, characters, count, &status))
			break;
		check_icu(status);
	}

	u_strToUTF8(NULL, 0, &folded, characters, count, &status);
	if (status != U_BUFFER_OVERFLOW_ERROR)
		check_icu(status);
	status = U_ZERO_ERROR;
	enlargeStringInfo(result, folded);
	u_strToUTF8(result->data + result->len, folded, NULL, characters, count, &status);
	check_icu(status);
	pfree(characters);
	result->len += folded;
}

/* Whether a character is one that nothing before it joins, and that remains when it is folded. */
static bool
begins_segment(const UNormalizer2 *normalizer, UChar32 c)
{
	if (c < 0x80)
		return true;
	return u_isalpha(c) && unorm2_hasBoundaryBefore(normalizer, c) &&
		   !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) &&
		   !(c >= 0x0600 && c <= 0x06FF && fold_arabic(c) == LEFT_OUT) &&
		   !(c >= 0xFC00 && c <= 0xFE7F); /* some stand for marks alone */
}

/*
 * The length of a first piece of text. It ends before a character that begins a segment; but marks
 * without end, which take time that grows with their square to be put in order, are cut anywhere.
 */
static int
piece_length(const char *source, int length, bool utf8)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *normalizer;
	int at = PIECE;
	int next;
	UChar32 c;

	if (length <= PIECE + PIECE_END)
		return length;
	if (!utf8)
		return PIECE;

	normalizer = unorm2_getNFKCCasefoldInstance(&status);
	check_icu(status);
	U8_SET_CP_START((const uint8_t *) source, 0, at);
	for (next = at; next < PIECE + PIECE_END; at = next)
	{
		U8_NEXT(source, next, length, c);
		if (begins_segment(normalizer, c))
			break;
	}
	return at;
}

/* Fold text of any length. */
static text *
fold_text(const char *rest, int length)
{
	bool utf8 = GetDatabaseEncoding() == PG_UTF8;
	bool arabic = false;
	StringInfoData result = {.maxlen = VARHDRSZ + length + 1, .len = VARHDRSZ};

	result.data = palloc(result.maxlen);
	while (length > 0)
	{
		int piece = piece_length(rest, length, utf8);
		int folded;

		CHECK_FOR_INTERRUPTS();
		enlargeStringInfo(&result, piece);
		folded = fold_simple((const unsigned char *) rest, piece,
							 (unsigned char *) result.data + result.len, utf8, &arabic);
		if (folded >= 0)
			result.len += folded;
		else
		{
			append_unicode(&result, rest, piece);
			arabic = true;
		}
		rest += piece;
		length -= piece;
	}
	if (arabic)
		result.len = VARHDRSZ + join_arabic(result.data + VARHDRSZ, result.len - VARHDRSZ);
	SET_VARSIZE(result.data, result.len);
	return (text *) result.data;
}

/* fold(text) -> text */
Datum
fold(PG_FUNCTION_ARGS)
{
	struct varlena *stored = (struct varlena *) PG_GETARG_POINTER(0);
	text *result;
	text *source;

	CHECK_FOR_INTERRUPTS();
	result = find_fold(stored);
	if (result != NULL)
		PG_RETURN_TEXT_P(result);
	source = PG_GETARG_TEXT_PP(0);
	result = fold_text(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source));
	PG_FREE_IF_COPY(source, 0);
	keep_fold(stored, result);
	PG_RETURN_TEXT_P(result);
}

/* contains_text(text, part text) -> boolean: in time that grows with both, not with their product
 */
Datum
contains_text(PG_FUNCTION_ARGS)
{
	text *whole = PG_GETARG_TEXT_PP(0);
	text *part = PG_GETARG_TEXT_PP(1);

	PG_RETURN_BOOL(memmem(VARDATA_ANY(whole), VARSIZE_ANY_EXHDR(whole), VARDATA_ANY(part),
						  VARSIZE_ANY_EXHDR(part)) != NULL);
}

/* The digit that a text begins with, of any of the three kinds, and how many bytes it has; or -1.
 */
static int
first_digit(const char *text, int *size)
{
	unsigned char first = text[0];
	unsigned char second = first == '\0' ? 0 : text[1];

	*size = 1;
	if (isdigit(first))
		return first - '0';
	*size = 2;
	if (GetDatabaseEncoding() != PG_UTF8)
		return -1;
	if (first == 0xD9 && second >= 0xA0 && second <= 0xA9)
		return second - 0xA0;
	if (first == 0xDB && second >= 0xB0 && second <= 0xB9)
		return second - 0xB0;
	return -1;
}

/* How many digits a text begins with. */
static int
count_digits(const char *text)
{
	int count = 0;
	int size;

	while (first_digit(text, &size) >= 0)
	{
		text += size;
		count++;
	}
	return count;
}

/*
 * A number or date as a user types it, in ASCII: Persian and Arabic digits, the decimal separator
 * as a point, and no thousands separators. One that doesn't part groups of three digits stays, to
 * be refused: on many keyboards it is beside the decimal one.
 */
char *
ascii_digits(const char *text)
{
	char *result = palloc(strlen(text) + 1);
	char *target = result;
	bool utf8 = GetDatabaseEncoding() == PG_UTF8;
	int group = 0; /* digits since the text, its fraction or a separator began */
	bool parted = false;
	bool fraction = false;

	while (*text != '\0')
	{
		int size;
		int digit = first_digit(text, &size);
		bool mark = utf8 && (unsigned char) text[0] == 0xD9;

		if (digit >= 0)
		{
			*target++ = '0' + digit;
			text += size;
			group++;
			continue;
		}
		if (mark && (unsigned char) text[1] == 0xAC && !fraction && group > 0 &&
			(parted ? group == 3 : group <= 3) && count_digits(text + 2) == 3)
		{
			parted = true;
			text += 2;
		}
		else
		{
			fraction = *text == '.' || (mark && (unsigned char) text[1] == 0xAB);
			parted = false;
			*target++ = fraction ? '.' : *text;
			text += fraction && mark ? 2 : 1;
		}
		group = 0;
	}
	*target = '\0';
	return result;
}

/* Fold a string. */
char *
fold_string(const char *source)
{
	return TextDatumGetCString(DirectFunctionCall1(fold, CStringGetTextDatum(source)));
}

/* Whether a character shows nothing. */
static bool
is_invisible(UChar32 c)
{
	return u_isUWhiteSpace(c) || u_charType(c) == U_CONTROL_CHAR ||
		   u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
		   c == 0x2800; /* the Braille pattern without dots */
}

/* Cut off what shows nothing at either end of a text, in place. */
char *
trim_text(char *text)
{
	int length = strlen(text);
	int start = 0;
	int at;
	UChar32 c;

	if (GetDatabaseEncoding() != PG_UTF8)
	{
		while (length > 0 && isspace((unsigned char) text[length - 1]))
			length--;
		text[length] = '\0';
		while (isspace((unsigned char) *text))
			text++;
		return text;
	}
	for (at = 0; at < length;)
	{
		U8_NEXT(text, at, length, c);
		if (!is_invisible(c))
			break;
		start = at;
	}
	for (at = length; at > start;)
	{
		U8_PREV(text, start, at, c);
		if (!is_invisible(c))
			break;
		length = at;
	}
	text[length] = '\0';
	return text + start;
}

/*
 * The words of a text, each folded and once. They are told apart before they are folded, since
 * then some spaces are gone: where a text has all of them, it has them also in one piece.
 */
List *
fold_words(const char *text)
{
	bool utf8 = GetDatabaseEncoding() == PG_UTF8;
	int length = strlen(text);
	List *words = NIL;

	for (int start = 0, at = 0, next = 0; at <= length; at = next)
	{
		UChar32 c = 0;

		next = at + 1;
		if (at < length && utf8)
		{
			next = at;
			U8_NEXT(text, next, length, c);
			if (!u_isUWhiteSpace(c))
				continue;
		}
		else if (at < length && !isspace((unsigned char) text[at]))
			continue;
		if (at > start)
		{
			char *word = fold_string(pnstrdup(text + start, at - start));

			if (*word != '\0')
				words = list_append_unique(words, makeString(word));
		}
		start = next;
	}
	return words;
}

/* Whether search has anything to look for in a text. */
bool
has_text(const char *text)
{
	/* Most texts have an ASCII letter or digit. */
	for (const char *at = text; *at != '\0'; at++)
		if (isalnum((unsigned char) *at) && !IS_HIGHBIT_SET(*at))
			return true;
	return *trim_text(fold_string(text)) != '\0';
}
