#!/bin/sh
# ODBC, by unixODBC's isql: tables and columns as a spreadsheet finds them, and values with every digit.
set -eu

isql_here() {
	isql -v -b -k "Driver={PostgreSQL Unicode};Servername=$PGHOST;Port=${PGPORT:-5432};Database=$PGDATABASE;Username=$PGUSER;BoolsAsChar=0" "$@"
}

check() {
	printf '%s' "$2" | grep -qF -- "$3" || {
		printf '%s: no "%s" in\n%s\n' "$1" "$3" "$2"
		exit 1
	}
	echo "ok: $1"
}

PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -f test/clients/crm.sql >/dev/null
# isql names a table without its schema
psql -X -q -c "ALTER DATABASE $PGDATABASE SET search_path = crm, public"

tables=$(echo 'help' | isql_here -d'|')
for table in opportunity stage bi_opportunity bi_line bi_stage_history calendar; do
	check "SQLTables: $table" "$tables" "|crm|$table|"
done
columns=$(echo 'help bi_opportunity' | isql_here -d'|')
check 'SQLColumns: amount' "$columns" '|bi_opportunity|amount|2|numeric'
check 'SQLColumns: closed_on' "$columns" '|closed_on|9|date|'
check 'SQLColumns: title' "$columns" '|title|'

rows=$(echo "SELECT title, amount, closed_on, state FROM crm.bi_opportunity ORDER BY id" | isql_here -d'|')
check 'every digit' "$rows" '|12345678901234567890.123456789|'
check 'every letter' "$rows" 'بیمارستان'
check 'a date' "$rows" '|70.00|2026-02-10|won'
rows=$(echo "SELECT dimensions ->> 'owner' AS owner, count, final_total FROM opportunities.report('crm.opportunity', '{owner}')" | isql_here -d'|')
check 'a report' "$rows" 'omid|1|12345678901234567890.123456789'
rows=$(echo "SELECT opportunities.report('crm.opportunity', '{ownr}')" | isql_here -d'|' 2>&1 || true)
check 'an error' "$rows" 'has no field "ownr"'
