#ifndef NUMERIC128_H
#define NUMERIC128_H

#include "postgres.h"

#include "base/compat.h"
#include "utils/numeric.h"

/*
 * Numerics as integers. A finite numeric is mantissa × 10000^-digits, shown with `scale` decimals:
 * base 10000 is numeric's own, so that nothing has to be divided.
 *
 * numeric128.c and the inline function below are the only code that knows numeric's stored form,
 * which is private to the server but the same in all its versions (else pg_upgrade could not work).
 */
typedef struct Numeric128
{
	int128 mantissa;
	int digits;
	int scale;
} Numeric128;

/* The largest power of 10000 that an int128 can hold. */
#define NUMERIC128_DIGITS 9

#define NUMERIC_SHORT_FORM(header) (((header) &0xC000) == 0x8000)
#define NUMERIC_SHORT_NEGATIVE(header) (((header) &0x2000) != 0)
#define NUMERIC_SHORT_SCALE(header) (((header) &0x1F80) >> 7)
#define NUMERIC_SHORT_WEIGHT(header) ((int) (((header) &0x7F) ^ 0x40) - 0x40)

extern int numeric_decimals(Datum numeric);
extern bool numeric_extent(Datum numeric, int *whole, int *decimals);
extern bool numeric_to_128(Datum numeric, Numeric128 *value);
extern Numeric numeric_from_128(int128 mantissa, int digits, bool hundredths, int scale);
extern bool multiply_128(int128 a, int128 b, int128 *product);
extern bool shift_128(int128 *value, int digits);

/* Add to a sum, or with a sign of -1 subtract from it; false, and nothing done, on overflow. */
static inline bool
add_128(int128 *sum, int128 value, int sign)
{
	int128 result;

	if (unlikely(sign < 0 ? __builtin_sub_overflow(*sum, value, &result)
						  : __builtin_add_overflow(*sum, value, &result)))
		return false;
	*sum = result;
	return true;
}

/*
 * The numeric × 10000^digits, where that is a whole number below 10^16 and the numeric is in the
 * short form: any ordinary amount. Reads the value where it lies, short varlena header or not.
 */
static inline bool
numeric_to_64(Datum numeric, int digits, int64 *value, int *scale)
{
	static const int64 power[] = {1, 10000, 100000000, INT64CONST(1000000000000)};
	const char *data = DatumGetPointer(numeric);
	int16 digit[4];
	uint16 header;
	int length;
	int top;
	int64 sum = 0;

	if (likely(VARATT_IS_SHORT(data)))
	{
		length = VARSIZE_SHORT(data) - VARHDRSZ_SHORT;
		data = VARDATA_SHORT(data);
	}
	else if (!VARATT_IS_EXTENDED(data))
	{
		length = VARSIZE(data) - VARHDRSZ;
		data = VARDATA(data);
	}
	else
		return false;

	memcpy(&header, data, sizeof(header));
	if (unlikely(!NUMERIC_SHORT_FORM(header)))
		return false;

	length = (length - sizeof(header)) / sizeof(int16);
	top = NUMERIC_SHORT_WEIGHT(header) + digits;
	if (unlikely((unsigned) top >= lengthof(power) || length > top + 1))
		return false;

	data += sizeof(header);
	switch (length)
	{
		case 4:
			memcpy(&digit[3], data + 6, sizeof(int16));
			sum += digit[3] * power[top - 3];
			pg_fallthrough;
		case 3:
			memcpy(&digit[2], data + 4, sizeof(int16));
			sum += digit[2] * power[top - 2];
			pg_fallthrough;
		case 2:
			memcpy(&digit[1], data + 2, sizeof(int16));
			sum += digit[1] * power[top - 1];
			pg_fallthrough;
		case 1:
			memcpy(&digit[0], data, sizeof(int16));
			sum += digit[0] * power[top];
	}
	*value = NUMERIC_SHORT_NEGATIVE(header) ? -sum : sum;
	*scale = NUMERIC_SHORT_SCALE(header);
	return true;
}

#endif
