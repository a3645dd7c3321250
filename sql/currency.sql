CREATE FUNCTION opportunities.currency_digits(currency text) RETURNS integer
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'currency_digits';
COMMENT ON FUNCTION opportunities.currency_digits(text) IS
	'How many digits amounts of a currency have after the point, as ICU knows it: 0 for JPY, 3 for KWD. 2 for NULL, the unnamed currency, and for what is no code of a currency. A CRM goes by its table currency where that has the code.';

CREATE FUNCTION opportunities_internal.keep_currency() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_currency';
COMMENT ON FUNCTION opportunities_internal.keep_currency() IS
	'Trigger before INSERT or UPDATE of a row: the columns that its arguments name hold codes of currencies in their one form, that of currency_code, and such as the table currency lists, where it lists any. Errors: 23514 unknown_currency.';

CREATE FUNCTION opportunities_internal.currency_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'currency_trigger';
COMMENT ON FUNCTION opportunities_internal.currency_trigger() IS
	'Trigger of currency, before INSERT or UPDATE of a row: the code in its one form, and the digits that ICU knows where none are given.';

CREATE FUNCTION opportunities_internal.used_currency_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'used_currency_trigger';
COMMENT ON FUNCTION opportunities_internal.used_currency_trigger() IS
	'Trigger of currency, after INSERT, UPDATE or DELETE of a row: a code that is in use stays, and so do the digits that lines are rounded to. Errors: 23503 currency_in_use; 23514 currency_digits.';
