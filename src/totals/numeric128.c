/* Numerics as 128-bit integers and back, by their format on disk. */
#include "postgres.h"

#include "totals/numeric128.h"

#define NUMERIC_SPECIAL_FORM(header) (((header) &0xC000) == 0xC000)
#define NUMERIC_LONG_NEGATIVE 0x4000
#define NUMERIC_LONG_SCALE(header) ((header) &0x3FFF)

#define NBASE 10000

/* Base-10000 digits of an int128, and one more for the hundredths. */
#define MAX_LENGTH 11

#define INT128_MAXIMUM ((int128) (~(uint128) 0 >> 1))
#define POWER_64 INT64CONST(10000000000000000)

static const int128 power[NUMERIC128_DIGITS + 1] = {
	1,
	NBASE,
	(int128) NBASE *NBASE,
	(int128) NBASE *NBASE *NBASE,
	(int128) POWER_64,
	(int128) POWER_64 *NBASE,
	(int128) POWER_64 *NBASE *NBASE,
	(int128) POWER_64 *NBASE *NBASE *NBASE,
	(int128) POWER_64 *POWER_64,
	(int128) POWER_64 *POWER_64 *NBASE,
};

/* a × b; false where that overflows. (clang's builtin would need a library that gcc's lacks.) */
bool
multiply_128(int128 a, int128 b, int128 *product)
{
	uint128 size = a < 0 ? -(uint128) a : a;
	uint128 other = b < 0 ? -(uint128) b : b;

	if (size != 0 && other > (uint128) INT128_MAXIMUM / size)
		return false;
	*product = a * b;
	return true;
}

/* Multiply by 10000^digits; false, and nothing done, where that overflows. */
bool
shift_128(int128 *value, int digits)
{
	if (*value == 0 || digits == 0)
		return true;
	return digits <= NUMERIC128_DIGITS && multiply_128(*value, power[digits], value);
}

/* How many decimals a numeric shows; -1 for NaN and the infinities. */
int
numeric_decimals(Datum numeric)
{
	uint16 header;

	memcpy(&header, VARDATA_ANY(PG_DETOAST_DATUM_PACKED(numeric)), sizeof(header));
	if (NUMERIC_SPECIAL_FORM(header))
		return -1;
	return NUMERIC_SHORT_FORM(header) ? NUMERIC_SHORT_SCALE(header) : NUMERIC_LONG_SCALE(header);
}

/*
 * How many digits a numeric has before its point, rounded up to a multiple of four, and after it;
 * false for NaN and the infinities.
 */
bool
numeric_extent(Datum numeric, int *whole, int *decimals)
{
	const char *data = VARDATA_ANY(PG_DETOAST_DATUM_PACKED(numeric));
	uint16 header;
	int16 weight;

	*decimals = numeric_decimals(numeric);
	if (*decimals < 0)
		return false;
	memcpy(&header, data, sizeof(header));
	if (NUMERIC_SHORT_FORM(header))
		weight = NUMERIC_SHORT_WEIGHT(header);
	else
		memcpy(&weight, data + sizeof(header), sizeof(weight));
	*whole = 4 * (weight + 1);
	return true;
}

/* Decode a numeric; false where it isn't finite or doesn't fit. */
bool
numeric_to_128(Datum numeric, Numeric128 *value)
{
	struct varlena *detoasted = PG_DETOAST_DATUM_PACKED(numeric);
	const char *data = VARDATA_ANY(detoasted);
	const char *end = data + VARSIZE_ANY_EXHDR(detoasted);
	uint16 header;
	int16 weight;
	bool negative;
	int length;
	int128 mantissa = 0;

	memcpy(&header, data, sizeof(header));
	data += sizeof(header);
	if (NUMERIC_SPECIAL_FORM(header))
		return false;
	if (NUMERIC_SHORT_FORM(header))
	{
		weight = NUMERIC_SHORT_WEIGHT(header);
		negative = NUMERIC_SHORT_NEGATIVE(header);
		value->scale = NUMERIC_SHORT_SCALE(header);
	}
	else
	{
		memcpy(&weight, data, sizeof(weight));
		data += sizeof(weight);
		negative = (header & NUMERIC_LONG_NEGATIVE) != 0;
		value->scale = NUMERIC_LONG_SCALE(header);
	}

	length = (end - data) / sizeof(int16);
	if (length > MAX_LENGTH)
		return false;
	for (; data < end; data += sizeof(int16))
	{
		int16 digit;

		memcpy(&digit, data, sizeof(digit));
		if (!shift_128(&mantissa, 1) || !add_128(&mantissa, digit, 1))
			return false;
	}

	value->digits = length - weight - 1;
	if (mantissa == 0)
		value->digits = 0;
	if (value->digits > NUMERIC128_DIGITS)
		return false;
	if (value->digits < 0)
	{
		if (!shift_128(&mantissa, -value->digits))
			return false;
		value->digits = 0;
	}
	value->mantissa = negative ? -mantissa : mantissa;
	return true;
}

/* mantissa × 10000^-digits as a numeric, divided by 100 where `hundredths` says so. */
Numeric
numeric_from_128(int128 mantissa, int digits, bool hundredths, int scale)
{
	uint128 rest = mantissa < 0 ? -(uint128) mantissa : mantissa;
	int16 digit[MAX_LENGTH];
	int first = MAX_LENGTH;
	int last = MAX_LENGTH;
	int weight;
	int length;
	uint16 header[2];
	Size header_size;
	Size size;
	char *result;

	for (; rest != 0; rest /= NBASE)
		digit[--first] = rest % NBASE;
	if (hundredths && first < MAX_LENGTH)
	{
		int carry = 0;

		for (int i = last - 1; i >= first; i--)
		{
			int product = digit[i] * 100 + carry;

			digit[i] = product % NBASE;
			carry = product / NBASE;
		}
		if (carry != 0)
			digit[--first] = carry;
		digits++;
	}

	weight = last - first - 1 - digits;
	while (last > first && digit[last - 1] == 0)
		last--;
	length = last - first;
	if (length == 0)
		weight = 0;

	if (scale <= 0x3F && weight >= -0x40 && weight <= 0x3F)
	{
		header[0] = 0x8000 | (mantissa < 0 ? 0x2000 : 0) | (scale << 7) | (weight & 0x7F);
		header_size = sizeof(uint16);
	}
	else
	{
		header[0] = (mantissa < 0 ? NUMERIC_LONG_NEGATIVE : 0) | scale;
		header[1] = (uint16) (int16) weight;
		header_size = 2 * sizeof(uint16);
	}
	size = VARHDRSZ + header_size + length * sizeof(int16);
	result = palloc(size);
	SET_VARSIZE(result, size);
	memcpy(result + VARHDRSZ, header, header_size);
	memcpy(result + VARHDRSZ + header_size, digit + first, length * sizeof(int16));
	return (Numeric) result;
}
