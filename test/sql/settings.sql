-- The settings, and the functions that read them.
SET opportunities.user_name = '';
CREATE ROLE regress_settings_ann;

-- me(): the setting, else the current role
SET ROLE regress_settings_ann;
SELECT opportunities.me();
SET opportunities.user_name = 'bob@example.com';
SELECT opportunities.me();
RESET ROLE;
SELECT opportunities.me();
SET opportunities.user_name = '';
SELECT opportunities.me() = current_user AS "the role again";
BEGIN;
SET LOCAL opportunities.user_name = 'for this transaction';
SELECT opportunities.me();
COMMIT;
SELECT opportunities.me() = current_user AS "the role again";

-- default_currency()
SELECT opportunities.default_currency() IS NULL AS "unnamed";
SET opportunities.currency = 'EUR';
SELECT opportunities.default_currency();
RESET opportunities.currency;
SELECT opportunities.default_currency() IS NULL AS "unnamed";

-- business_date(): the business's zone, else the session's
SET TimeZone = 'UTC';
SELECT opportunities.business_date('2024-03-20 22:30:00+00');
SET opportunities.time_zone = 'Asia/Tehran';
SELECT opportunities.business_date('2024-03-20 20:29:59+00') AS before_midnight,
	opportunities.business_date('2024-03-20 20:30:00+00') AS midnight;
SET TimeZone = 'Pacific/Honolulu';
SELECT opportunities.business_date('2024-03-20 20:30:00+00') AS "still Tehran's";
RESET opportunities.time_zone;
SELECT opportunities.business_date('2024-03-20 09:59:59+00') AS before_midnight,
	opportunities.business_date('2024-03-20 10:00:00+00') AS midnight;
SELECT opportunities.business_date('-infinity'), opportunities.business_date('infinity'),
	opportunities.business_date('0044-03-15 12:00:00-10 BC'), opportunities.business_date(NULL) IS NULL AS "null";

-- what is refused
SET opportunities.time_zone = 'Asia/Teheran';
SHOW opportunities.time_zone;
SET opportunities.curency = 'EUR';

-- a value is the session's; one of a role or database holds in new sessions
SET opportunities.currency = 'USD';
SELECT current_database() AS database \gset
ALTER DATABASE :"database" SET opportunities.currency = 'IRR';
ALTER DATABASE :"database" SET opportunities.user_name = 'carol';
\c -
SELECT opportunities.default_currency(), opportunities.me();
ALTER DATABASE :"database" RESET opportunities.currency;
ALTER DATABASE :"database" RESET opportunities.user_name;
\c -
SELECT opportunities.default_currency() IS NULL AS "unnamed", opportunities.me() = current_user AS "the role";

DROP ROLE regress_settings_ann;
