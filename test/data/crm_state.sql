-- Roles but the one that runs the tests, whatever it is called; and rights but the one that servers from 17 on have.
CREATE FUNCTION pg_temp.role(role oid) RETURNS text LANGUAGE sql AS $$
SELECT nullif(role::regrole::text, quote_ident(session_user))
$$;
CREATE FUNCTION pg_temp.rights(acl aclitem[]) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(line, ', ' ORDER BY line) FROM (
	SELECT concat_ws(' ', CASE WHEN grantee = 0 THEN 'public' ELSE pg_temp.role(grantee) END,
		string_agg(privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END, ' ' ORDER BY privilege_type)) AS line
	FROM aclexplode(acl) WHERE privilege_type <> 'MAINTAIN' GROUP BY grantee) AS g
$$;

-- What a schema holds, one line a property, the same for two schemas that hold the same: but for rows and the order of columns.
CREATE FUNCTION pg_temp.crm_state(schema name) RETURNS SETOF text LANGUAGE sql AS $state$
WITH relation AS (
	SELECT oid, relname::text AS name, relkind, relowner, relacl, reloptions, relrowsecurity, relforcerowsecurity
	FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(schema)) AND relkind IN ('r', 'p', 'v', 'm', 'S')
), property (line) AS (
	SELECT concat_ws(' ', 'relation', name, relkind, pg_temp.role(relowner), pg_temp.rights(relacl), reloptions, relrowsecurity, relforcerowsecurity) FROM relation
	UNION ALL
	SELECT concat_ws(' ', 'column', name, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
		attcollation, pg_temp.rights(attacl), pg_get_expr(adbin, adrelid))
	FROM relation JOIN pg_attribute ON attrelid = oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attnum > 0 AND NOT attisdropped AND relkind <> 'S'
	UNION ALL
	SELECT concat_ws(' ', 'constraint', name, conname, pg_get_constraintdef(k.oid), convalidated)
	FROM relation JOIN pg_constraint AS k ON conrelid = relation.oid WHERE contype <> 'n'
	UNION ALL
	SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid) FROM relation JOIN pg_index ON indrelid = oid
	UNION ALL
	SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled) FROM relation JOIN pg_trigger AS t ON tgrelid = relation.oid WHERE NOT tgisinternal
	UNION ALL
	SELECT concat_ws(' ', 'policy', name, polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
	FROM relation JOIN pg_policy ON polrelid = relation.oid
	UNION ALL
	SELECT concat_ws(' ', 'view', name, pg_get_viewdef(oid)) FROM relation WHERE relkind IN ('v', 'm')
	UNION ALL
	SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), pg_temp.role(proowner), pg_temp.rights(proacl)) FROM pg_proc WHERE pronamespace = to_regnamespace(quote_ident(schema))
	UNION ALL
	SELECT concat_ws(' ', 'comment', pg_describe_object(classoid, objoid, objsubid), description) FROM pg_description
	WHERE classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM relation)
		OR classoid = 'pg_proc'::regclass AND objoid IN (SELECT oid FROM pg_proc WHERE pronamespace = to_regnamespace(quote_ident(schema)))
)
SELECT replace(line, quote_ident(schema) || '.', '') FROM property
$state$;

-- How two schemas differ.
CREATE FUNCTION pg_temp.crm_differs(one name, other name) RETURNS TABLE (only_in name, line text) LANGUAGE sql AS $$
SELECT CASE WHEN b IS NULL THEN one ELSE other END, coalesce(a, b)
FROM pg_temp.crm_state(one) AS a FULL JOIN pg_temp.crm_state(other) AS b ON a = b WHERE a IS NULL OR b IS NULL ORDER BY 2, 1
$$;
