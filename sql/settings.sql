CREATE FUNCTION opportunities.me() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'me';
COMMENT ON FUNCTION opportunities.me() IS
	'The application''s user: the setting opportunities.user_name, or the current role where it is empty. Errors: 55000 user_unset where it is empty and opportunities.require_user_name is on.';

CREATE FUNCTION opportunities.current_tenant() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'current_tenant';
COMMENT ON FUNCTION opportunities.current_tenant() IS
	'The tenant whose data is seen and written: the setting opportunities.tenant. Errors: 55000 tenant_unset where it is empty.';

CREATE FUNCTION opportunities.default_currency() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'default_currency';
COMMENT ON FUNCTION opportunities.default_currency() IS
	'The setting opportunities.currency; NULL, the one unnamed currency, where it is empty.';

CREATE FUNCTION opportunities_internal.default_calendar() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'default_calendar';
COMMENT ON FUNCTION opportunities_internal.default_calendar() IS
	'The setting opportunities.calendar, which a series of numbers keeps.';

CREATE FUNCTION opportunities_internal.default_fiscal_year_start() RETURNS integer
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'default_fiscal_year_start';
COMMENT ON FUNCTION opportunities_internal.default_fiscal_year_start() IS
	'The setting opportunities.fiscal_year_start, which a series of numbers keeps.';

CREATE FUNCTION opportunities.currency_code(currency text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'currency_code';
COMMENT ON FUNCTION opportunities.currency_code(text) IS
	'The one form of a currency''s code: without spaces around it, in upper case. NULL, the one unnamed currency, for what is empty.';

CREATE FUNCTION opportunities.business_date(moment timestamptz) RETURNS date
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_date';
COMMENT ON FUNCTION opportunities.business_date(timestamptz) IS
	'The day of a moment in the business''s time zone, which begins at its first moment: the setting opportunities.time_zone, or the session''s TimeZone where it is empty.';

CREATE FUNCTION opportunities.business_moment(local timestamp) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_moment';
COMMENT ON FUNCTION opportunities.business_moment(timestamp) IS
	'The moment at which clocks in the business''s time zone first show a time or a later one, whether they go back over it or skip it: the setting opportunities.time_zone, or the session''s TimeZone where it is empty.';

CREATE FUNCTION opportunities.business_moment(local timestamp, time_zone text) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zone_moment';
COMMENT ON FUNCTION opportunities.business_moment(timestamp, text) IS
	'The same in a time zone that is named, whatever the settings. Errors: 22023 unknown_time_zone.';

CREATE FUNCTION opportunities.business_time(moment timestamptz) RETURNS timestamp
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'business_time';
COMMENT ON FUNCTION opportunities.business_time(timestamptz) IS
	'What clocks in the business''s time zone show at a moment: the setting opportunities.time_zone, or the session''s TimeZone where it is empty.';
