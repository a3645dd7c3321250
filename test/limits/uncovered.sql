-- Functions of the extension that no case calls, but for those that only others call, take nothing, or take what has one size.
SELECT string_agg(DISTINCT p.proname, ' ') FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'opportunities'
WHERE p.prorettype <> 'trigger'::regtype AND p.pronargs > 0 AND NOT 'internal'::regtype = ANY (p.proargtypes) AND p.prorettype <> 'internal'::regtype
	AND p.proname NOT IN ('business_date', 'business_time', 'crm_version', 'currency', 'days_between', 'elapsed_days', 'is_one_of_few', 'may_hide_rows', 'next_number', 'period_of', 'rollup_mark_out', 'row_state', 'row_state_wanted', 'totals_send', 'totals_ge', 'totals_gt', 'totals_le', 'totals_lt', 'totals_ne', 'totals_hash_extended')
	AND strpos(:'cases', p.proname || '(') = 0;
