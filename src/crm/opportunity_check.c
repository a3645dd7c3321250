/* Checks of the rows of opportunities, their lines, activities and stages. */
#include "postgres.h"

#include "crm/check.h"

/* The checks of opportunities and of what is no document. */
const RowCheck opportunity_checks[] = {
	{"pipeline_missing", "opportunity",
	 "SELECT o.id, format('pipeline %%s does not exist', o.pipeline_id) "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.pipeline AS p ON {p=o}p.id = o.pipeline_id "
	 "WHERE p.id IS NULL"},
	{"account_missing", "opportunity",
	 "SELECT o.id, format('account %%s does not exist', o.account_id) "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.account AS a ON {a=o}a.id = o.account_id "
	 "WHERE o.account_id IS NOT NULL AND a.id IS NULL"},
	{"stage_missing", "opportunity",
	 "SELECT o.id, format('stage %%s does not exist', o.stage_id) "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE o.stage_id IS NOT NULL AND s.id IS NULL"},
	{"stage_of_another_pipeline", "opportunity",
	 "SELECT o.id, format('stage %%s is of pipeline %%s, the opportunity of pipeline %%s', "
	 "o.stage_id, s.pipeline_id, o.pipeline_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE s.pipeline_id <> o.pipeline_id"},
	{"stage_inactive", "opportunity",
	 "SELECT o.id, format('stage %%s is not active', o.stage_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE NOT s.active"},
	{"not_closed", "opportunity",
	 "SELECT o.id, format('stage %%s is final, but closed_at or closed_on is empty', o.stage_id), "
	 "o.tableoid, o.ctid, c.at AS closed_at, opportunities.business_date(c.at) AS closed_on "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "CROSS JOIN LATERAL coalesce(o.closed_at, opportunities.business_moment(o.closed_on), "
	 "o.stage_entered_at) AS c (at) "
	 "WHERE s.kind <> 'open' AND (o.closed_at IS NULL OR o.closed_on IS NULL)"},
	{"closed_in_open_stage", "opportunity",
	 "SELECT o.id, 'not in a final stage, but closed_at or closed_on is set', o.tableoid, o.ctid, "
	 "NULL::timestamptz AS closed_at, NULL::date AS closed_on, NULL::text AS close_reason "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE (s.id IS NULL OR s.kind = 'open') "
	 "AND (o.closed_at IS NOT NULL OR o.closed_on IS NOT NULL)"},
	{"closed_in_future", "opportunity",
	 "SELECT o.id, format('closed_at is %%s', o.closed_at) FROM %1$s.opportunity AS o "
	 "WHERE o.closed_at > now()"},
	{"close_reason_open", "opportunity",
	 "SELECT o.id, 'not in a final stage, but close_reason is set', o.tableoid, o.ctid, "
	 "NULL::text AS close_reason "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE (s.id IS NULL OR s.kind = 'open') AND o.close_reason IS NOT NULL"},
	{"close_reason_required", "opportunity",
	 "SELECT o.id, format('stage %%s requires a close reason', o.stage_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE s.kind <> 'open' AND s.reason_required AND (opportunities.fold(o.close_reason) ~ "
	 "'[^[:space:][:cntrl:]]') IS NOT TRUE"},
	{"probability_range", "opportunity",
	 "SELECT o.id, format('probability is %%s', o.probability) FROM %1$s.opportunity AS o "
	 "WHERE o.probability NOT BETWEEN 0 AND 100"},
	{"probability_range", "stage",
	 "SELECT s.id, format('probability is %%s', s.probability) FROM %1$s.stage AS s "
	 "WHERE s.probability NOT BETWEEN 0 AND 100"},
	{"unknown_mode", "opportunity",
	 "SELECT o.id, format('amount_mode is %%L, probability_mode is %%L', o.amount_mode, "
	 "o.probability_mode) FROM %1$s.opportunity AS o "
	 "WHERE (o.amount_mode IN ('auto', 'manual') AND o.probability_mode IN ('auto', 'manual')) "
	 "IS NOT TRUE"},
	{"opportunity_missing", "opportunity_line",
	 "SELECT l.id, format('opportunity %%s does not exist', l.opportunity_id) "
	 "FROM %1$s.opportunity_line AS l LEFT JOIN %1$s.opportunity AS o ON {o=l}o.id = "
	 "l.opportunity_id "
	 "WHERE o.id IS NULL"},
	{"product_missing", "opportunity_line",
	 "SELECT l.id, format('product %%s does not exist', l.product_id) "
	 "FROM %1$s.opportunity_line AS l LEFT JOIN %1$s.product AS p ON {p=l}p.id = l.product_id "
	 "WHERE l.product_id IS NOT NULL AND p.id IS NULL"},
	{"line_not_computed", "opportunity_line",
	 "SELECT l.id, format('net is %%s and tax is %%s, but they come to %%s and %%s', l.net, l.tax, "
	 "c.net, c.tax), l.tableoid, l.ctid, c.net, c.tax FROM %1$s.opportunity_line AS l "
	 "JOIN %1$s.opportunity AS o ON {o=l}o.id = l.opportunity_id "
	 "CROSS JOIN LATERAL opportunities.currency_digits(o.currency) AS d "
	 "CROSS JOIN LATERAL (SELECT n AS net, round(n * l.tax_percent * 0.01, d) AS tax FROM "
	 "round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01, d) AS n) AS c "
	 "WHERE (l.net = c.net AND l.tax = c.tax) IS NOT TRUE"},
	{"amount_not_derived", "opportunity",
	 "SELECT o.id, format('amount_mode is auto and amount is %%s, but the lines give %%s', "
	 "coalesce(o.amount::text, 'empty'), coalesce(l.net::text, 'none')), o.tableoid, o.ctid, l.net "
	 "AS amount "
	 "FROM %1$s.opportunity AS o LEFT JOIN (SELECT {tenant}opportunity_id, sum(net) AS net "
	 "FROM %1$s.opportunity_line GROUP BY {tenant}opportunity_id) AS l ON {l=o}l.opportunity_id = "
	 "o.id "
	 "WHERE o.amount_mode = 'auto' AND o.amount IS DISTINCT FROM l.net"},
	{"currency_form", "opportunity",
	 "SELECT o.id, format('currency is %%L, not %%L', o.currency, c), o.tableoid, o.ctid, "
	 "c AS currency FROM %1$s.opportunity AS o "
	 "CROSS JOIN LATERAL opportunities.currency_code(o.currency) AS c "
	 "WHERE o.currency IS DISTINCT FROM c"},
	{"currency_form", "product",
	 "SELECT p.id, format('currency is %%L, not %%L', p.currency, c), p.tableoid, p.ctid, "
	 "c AS currency FROM %1$s.product AS p "
	 "CROSS JOIN LATERAL opportunities.currency_code(p.currency) AS c "
	 "WHERE p.currency IS DISTINCT FROM c"},
	{"position_missing", "opportunity",
	 "SELECT o.id, 'position is empty', o.tableoid, o.ctid, 0::bigint AS position FROM "
	 "%1$s.opportunity AS o "
	 "WHERE o.position IS NULL"},
	{"version_missing", "opportunity",
	 "SELECT o.id, 'version is empty or less than 1', o.tableoid, o.ctid, 1::bigint AS version "
	 "FROM %1$s.opportunity AS "
	 "o "
	 "WHERE o.version IS NULL OR o.version < 1"},
	{"pipeline_missing", "stage",
	 "SELECT s.id, format('pipeline %%s does not exist', s.pipeline_id) "
	 "FROM %1$s.stage AS s LEFT JOIN %1$s.pipeline AS p ON {p=s}p.id = s.pipeline_id "
	 "WHERE p.id IS NULL"},
	{"pipeline_without_final_stage", "pipeline",
	 "SELECT p.id, 'it has stages, but no active final one' "
	 "FROM %1$s.pipeline AS p "
	 "WHERE EXISTS (SELECT FROM %1$s.stage AS s WHERE {s=p}s.pipeline_id = p.id) "
	 "AND NOT EXISTS (SELECT FROM %1$s.stage AS s WHERE {s=p}s.pipeline_id = p.id "
	 "AND s.active AND s.kind <> 'open')"},
	{"last_activity", "opportunity",
	 "SELECT o.id, format('last_activity_at is %%s, not %%s', coalesce(o.last_activity_at::text, "
	 "'empty'), coalesce(a.done_at::text, 'empty')), o.tableoid, o.ctid, a.done_at AS "
	 "last_activity_at "
	 "FROM %1$s.opportunity AS o CROSS JOIN LATERAL "
	 "(SELECT max(a.done_at) AS done_at FROM %1$s.activity AS a WHERE {a=o}a.opportunity_id = "
	 "o.id) AS a WHERE o.last_activity_at IS DISTINCT FROM a.done_at"},
	{"opportunity_missing", "activity",
	 "SELECT a.id, format('opportunity %%s does not exist', a.opportunity_id) "
	 "FROM %1$s.activity AS a LEFT JOIN %1$s.opportunity AS o ON {o=a}o.id = a.opportunity_id "
	 "WHERE o.id IS NULL"},
	{"value_unreadable", "opportunity",
	 "SELECT o.id, format('custom.%%s is %%s, which is not of type %%s', v.key, v.value, f.type) "
	 "FROM %1$s.opportunity AS o CROSS JOIN LATERAL "
	 "jsonb_each(CASE WHEN jsonb_typeof(o.custom) = 'object' THEN o.custom ELSE '{}' END) AS v "
	 "CROSS JOIN LATERAL (SELECT f.type FROM %1$s.custom_field AS f WHERE {f=o}f.name = v.key "
	 "AND coalesce(f.pipeline_id = o.pipeline_id, true) ORDER BY f.pipeline_id LIMIT 1) AS f "
	 "WHERE v.value <> 'null' AND NOT CASE f.type WHEN 'number' THEN jsonb_typeof(v.value) = "
	 "'number' "
	 "WHEN 'bool' THEN jsonb_typeof(v.value) = 'boolean' "
	 "WHEN 'choice' THEN jsonb_typeof(v.value) = 'string' "
	 "WHEN 'date' THEN opportunities_internal.custom_date(o.custom, v.key) IS NOT NULL ELSE true "
	 "END"},
	{"manager_missing", "app_user",
	 "SELECT u.login, format('manager %%L does not exist', u.manager) "
	 "FROM %1$s.app_user AS u LEFT JOIN %1$s.app_user AS m ON {m=u}m.login = u.manager "
	 "WHERE u.manager IS NOT NULL AND m.login IS NULL"},
	{"stage_change_gap", "stage_change",
	 "SELECT c.id, format('opportunity %%s was last moved into stage %%s, this move is from "
	 "stage %%s', c.opportunity_id, c.came_to, coalesce(c.from_stage_id::text, 'none')) "
	 "FROM (SELECT *, lag(to_stage_id) OVER (PARTITION BY {tenant}opportunity_id, deleted_at "
	 "ORDER BY id) AS came_to FROM %1$s.stage_change) AS c "
	 "WHERE c.came_to IS NOT NULL AND c.came_to IS DISTINCT FROM c.from_stage_id"},
	{"stage_change_missing", "opportunity",
	 "SELECT o.id, format('it was last moved into stage %%s, but is in stage %%s', c.to_stage_id, "
	 "coalesce(o.stage_id::text, 'none')), {o.tenant}o.id AS opportunity_id, "
	 "c.to_pipeline_id AS from_pipeline_id, c.to_stage_id AS from_stage_id, "
	 "o.pipeline_id AS to_pipeline_id, o.stage_id AS to_stage_id, "
	 "o.stage_entered_by AS changed_by, greatest(c.changed_at, o.stage_entered_at) AS changed_at, "
	 "c.left_at AS entered_at, greatest(c.left_at, o.stage_entered_at) AS left_at "
	 "FROM %1$s.opportunity AS o JOIN (SELECT DISTINCT ON ({tenant}opportunity_id) * "
	 "FROM %1$s.stage_change WHERE deleted_at IS NULL "
	 "ORDER BY {tenant}opportunity_id, id DESC) AS c ON {c=o}c.opportunity_id = o.id "
	 "WHERE c.to_stage_id IS DISTINCT FROM o.stage_id",
	 "stage_change"},
};

const int opportunity_check_count = lengthof(opportunity_checks);
