/* Checks of the rows of documents, their lines and payments. */
#include "postgres.h"

#include "crm/check.h"

/* The checks of documents, their lines, payments, and what opportunities follow of them. */
const RowCheck document_checks[] = {
	{"opportunity_missing", "document",
	 "SELECT d.id, format('opportunity %%s does not exist', d.opportunity_id) "
	 "FROM %1$s.document AS d LEFT JOIN %1$s.opportunity AS o ON {o=d}o.id = d.opportunity_id "
	 "WHERE o.id IS NULL"},
	{"account_missing", "document",
	 "SELECT d.id, format('account %%s does not exist', d.account_id) "
	 "FROM %1$s.document AS d LEFT JOIN %1$s.account AS a ON {a=d}a.id = d.account_id "
	 "WHERE d.account_id IS NOT NULL AND a.id IS NULL"},
	{"currency_differs", "document",
	 "SELECT d.id, format('its currency is %%s, that of opportunity %%s is %%s', "
	 "coalesce(d.currency, 'empty'), o.id, coalesce(o.currency, 'empty')) "
	 "FROM %1$s.document AS d JOIN %1$s.opportunity AS o ON {o=d}o.id = d.opportunity_id "
	 "WHERE d.currency IS DISTINCT FROM o.currency"},
	/* What returns a line of an invoice may take less: what is left of it. */
	{"line_not_computed", "document_line",
	 "SELECT l.id, format('net is %%s and tax is %%s, but they come to %%s and %%s', l.net, l.tax, "
	 "c.net, c.tax), l.tableoid, l.ctid, c.net, c.tax FROM %1$s.document_line AS l "
	 "JOIN %1$s.document AS o ON {o=l}o.id = l.document_id "
	 "CROSS JOIN LATERAL opportunities.currency_digits(o.currency) AS d "
	 "CROSS JOIN LATERAL (SELECT n AS net, round(n * l.tax_percent * 0.01, d) AS tax FROM "
	 "round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01, d) AS n) AS c "
	 "WHERE l.source_line_id IS NULL AND (l.net = c.net AND l.tax = c.tax) IS NOT TRUE"},
	{"sums_not_derived", "document",
	 "SELECT d.id, format('net is %%s, tax %%s and total %%s, but the lines give %%s and %%s', "
	 "d.net, d.tax, d.total, coalesce(l.net, 0), coalesce(l.tax, 0)), d.tableoid, d.ctid, "
	 "coalesce(l.net, 0) AS net, coalesce(l.tax, 0) AS tax, "
	 "coalesce(l.net + l.tax, 0) AS total "
	 "FROM %1$s.document AS d LEFT JOIN (SELECT {tenant}document_id, sum(net) AS net, "
	 "sum(tax) AS tax FROM %1$s.document_line GROUP BY {tenant}document_id) AS l "
	 "ON {l=d}l.document_id = d.id "
	 "WHERE (d.net = coalesce(l.net, 0) AND d.tax = coalesce(l.tax, 0) "
	 "AND d.total = d.net + d.tax) IS NOT TRUE"},
	{"document_empty", "document",
	 "SELECT d.id, format('it is %%s, but has no lines', d.status) FROM %1$s.document AS d "
	 "WHERE d.status <> 'draft' AND NOT EXISTS (SELECT FROM %1$s.document_line AS l "
	 "WHERE {l=d}l.document_id = d.id)"},
	{"number_of_draft", "document",
	 "SELECT d.id, format('it is %%s, and its number is %%s', d.status, "
	 "coalesce(d.number::text, 'empty')) FROM %1$s.document AS d "
	 "WHERE (d.status = 'draft') <> (d.number IS NULL)"},
	{"number_gap", "document",
	 "SELECT n.id, format('after %%s %%s the next number is %%s', n.kind, n.number, n.next) "
	 "FROM (SELECT d.id, d.kind, d.number, lead(d.number) OVER (PARTITION BY {tenant}d.kind "
	 "ORDER BY d.number) AS next FROM %1$s.document AS d WHERE d.number IS NOT NULL) AS n "
	 "WHERE n.next > n.number + 1"},
	{"duplicate_number", "document",
	 "SELECT n.id, format('another %%s has the number %%s', n.kind, n.number) "
	 "FROM (SELECT d.id, d.kind, d.number, lead(d.number) OVER (PARTITION BY {tenant}d.kind "
	 "ORDER BY d.number) AS next FROM %1$s.document AS d WHERE d.number IS NOT NULL) AS n "
	 "WHERE n.next = n.number"},
	{"number_gap", "document_counter",
	 "SELECT c.kind, format('the first number is %%s, not %%s', d.number, c.first_number), "
	 "c.tableoid, c.ctid, d.number AS first_number "
	 "FROM (SELECT {tenant}kind, min(number) AS number FROM %1$s.document "
	 "WHERE number IS NOT NULL GROUP BY {tenant}kind) AS d "
	 "JOIN %1$s.document_counter AS c ON {c=d}c.kind = d.kind "
	 "WHERE c.first_number <> d.number"},
	{"source_unfit", "document",
	 "SELECT d.id, format('it is made from document %%s, kind %%s, %%s, of opportunity %%s', s.id, "
	 "s.kind, s.status, s.opportunity_id) FROM %1$s.document AS d "
	 "JOIN %1$s.document AS s ON {s=d}s.id = d.source_document_id "
	 "WHERE s.opportunity_id <> d.opportunity_id OR s.status = 'draft' "
	 "OR s.kind <> CASE d.kind WHEN 'invoice' THEN 'quote' WHEN 'return' THEN 'invoice' ELSE '' "
	 "END "
	 "OR (d.kind = 'return' AND d.status = 'confirmed' AND s.status <> 'confirmed')"},
	{"already_invoiced", "document",
	 "SELECT d.id, format('quote %%s has another invoice', d.source_document_id) "
	 "FROM %1$s.document AS d WHERE d.kind = 'invoice' AND d.status <> 'void' "
	 "AND EXISTS (SELECT FROM %1$s.document AS e WHERE {e=d}"
	 "e.source_document_id = d.source_document_id AND e.kind = 'invoice' AND e.status <> 'void' "
	 "AND e.id < d.id)"},
	{"return_exceeds_invoice", "document",
	 "SELECT i.id, format('its total is %%s, and %%s is returned', i.total, r.total) "
	 "FROM %1$s.document AS i JOIN (SELECT {tenant}source_document_id, sum(total) AS total "
	 "FROM %1$s.document WHERE kind = 'return' AND status = 'confirmed' "
	 "GROUP BY {tenant}source_document_id) AS r ON {r=i}r.source_document_id = i.id "
	 "WHERE r.total > i.total"},
	{"return_exceeds_invoice", "document_line",
	 "SELECT l.id, format('its quantity is %%s, and %%s is returned', l.quantity, r.quantity) "
	 "FROM %1$s.document_line AS l JOIN (SELECT {tenant}source_line_id, sum(quantity) AS quantity "
	 "FROM %1$s.document_line AS b WHERE source_line_id IS NOT NULL AND EXISTS (SELECT "
	 "FROM %1$s.document AS d WHERE {d=b}d.id = b.document_id AND d.kind = 'return' "
	 "AND d.status = 'confirmed') "
	 "GROUP BY {tenant}source_line_id) AS r ON {r=l}r.source_line_id = l.id "
	 "WHERE abs(r.quantity) > abs(l.quantity) OR r.quantity * l.quantity < 0"},
	{"document_missing", "document_line",
	 "SELECT l.id, format('document %%s does not exist', l.document_id) "
	 "FROM %1$s.document_line AS l LEFT JOIN %1$s.document AS d ON {d=l}d.id = l.document_id "
	 "WHERE d.id IS NULL"},
	{"product_missing", "document_line",
	 "SELECT l.id, format('product %%s does not exist', l.product_id) "
	 "FROM %1$s.document_line AS l LEFT JOIN %1$s.product AS p ON {p=l}p.id = l.product_id "
	 "WHERE l.product_id IS NOT NULL AND p.id IS NULL"},
	{"opportunity_missing", "payment",
	 "SELECT p.id, format('opportunity %%s does not exist', p.opportunity_id) "
	 "FROM %1$s.payment AS p LEFT JOIN %1$s.opportunity AS o ON {o=p}o.id = p.opportunity_id "
	 "WHERE o.id IS NULL"},
	{"currency_form", "document",
	 "SELECT d.id, format('currency is %%L, not %%L', d.currency, c), d.tableoid, d.ctid, "
	 "c AS currency FROM %1$s.document AS d "
	 "CROSS JOIN LATERAL opportunities.currency_code(d.currency) AS c "
	 "WHERE d.currency IS DISTINCT FROM c"},
	{"currency_form", "payment",
	 "SELECT p.id, format('currency is %%L, not %%L', p.currency, c), p.tableoid, p.ctid, "
	 "c AS currency FROM %1$s.payment AS p "
	 "CROSS JOIN LATERAL opportunities.currency_code(p.currency) AS c "
	 "WHERE p.currency IS DISTINCT FROM c"},
	{"currency_differs", "payment",
	 "SELECT p.id, format('its currency is %%s, that of opportunity %%s is %%s', "
	 "coalesce(p.currency, 'empty'), o.id, coalesce(o.currency, 'empty')) "
	 "FROM %1$s.payment AS p JOIN %1$s.opportunity AS o ON {o=p}o.id = p.opportunity_id "
	 "WHERE p.currency IS DISTINCT FROM o.currency"},
	{"document_of_another_opportunity", "payment",
	 "SELECT p.id, format('document %%s is of opportunity %%s', d.id, d.opportunity_id) "
	 "FROM %1$s.payment AS p JOIN %1$s.document AS d ON {d=p}d.id = p.document_id "
	 "WHERE d.opportunity_id <> p.opportunity_id"},
	{"realized_not_derived", "opportunity",
	 "SELECT o.id, format('realized_amount is %%s, but the documents give %%s', "
	 "o.realized_amount, d.realized), o.tableoid, o.ctid, d.realized AS realized_amount FROM "
	 "%1$s.opportunity AS o "
	 "JOIN (SELECT {tenant}opportunity_id, coalesce(sum(CASE kind WHEN 'invoice' THEN total "
	 "WHEN 'return' THEN -total END) FILTER (WHERE status = 'confirmed'), 0) AS realized "
	 "FROM %1$s.document GROUP BY {tenant}opportunity_id) AS d ON {d=o}d.opportunity_id = o.id "
	 "WHERE o.realized_amount <> d.realized"},
};

const int document_check_count = lengthof(document_checks);
