CREATE FUNCTION opportunities.team(users regclass DEFAULT NULL, leader text DEFAULT NULL)
	RETURNS SETOF text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'team';
COMMENT ON FUNCTION opportunities.team(regclass, text) IS
	'A person and everybody below, by their logins: for policies, "owner IN (SELECT opportunities.team(''crm.app_user''))".
users: a relation with the columns login and manager, default app_user on the search_path. leader: default me(); there also where users does not list them. Errors: 42P01 unknown_relation; 42703 column_missing.';
