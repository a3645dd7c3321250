// The driver of node: types that it hands over, named arguments, prepared statements, errors with their codes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import pg from 'pg'

const client = new pg.Client({ host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE })
await client.connect()
await client.query(readFileSync('test/clients/crm.sql', 'utf8'))
await client.query('SET search_path = crm; SET TimeZone = UTC')

// numeric and bigint as strings, digits kept; the same within JSON
const { rows: [hospital] } = await client.query('SELECT id, amount, tags, expected_close FROM opportunity WHERE title = $1', ['بیمارستان'])
assert.equal(hospital.id, '2')
assert.equal(hospital.amount, '12345678901234567890.123456789')
assert.deepEqual(hospital.tags, [])
const { rows: columns } = await client.query('SELECT stage, count, final_total, cards, by_currency FROM opportunities.board(scope => $1, cards => $2) WHERE count > 0', [{ owner: 'omid' }, 5])
assert.equal(columns.length, 1)
assert.deepEqual([columns[0].stage, columns[0].count, columns[0].final_total], ['Qualified', '1', '12345678901234567890.123456789'])
assert.equal(columns[0].cards[0].amount, '12345678901234567890.123456789')
assert.equal(columns[0].by_currency[0].final_total, '12345678901234567890.123456789')

// arrays, JSON and a filter as parameters, in a statement that is prepared once
const report = { name: 'report', text: 'SELECT * FROM opportunities.report(by => $1, rules => $2, subtotals => $3)' }
const rules = { combinator: 'and', rules: [{ field: 'state', operator: '=', value: 'won' }] }
for (let i = 0; i < 3; i++) {
	const { rows } = await client.query({ ...report, values: [['owner', 'quarter(closed_on)'], rules, true] })
	assert.deepEqual(rows.map(row => row.dimensions), [
		{ owner: 'sara', 'quarter(closed_on)': '2026-01-01' },
		{ owner: 'sara', _level: 1 },
		{ _level: 0 }])
	assert.deepEqual([rows[0].won, rows[0].final_total, rows[0].currency, Number(rows[0].win_rate)], ['1', '70.00', 'USD', 1])
}

// an error names its code and field
await assert.rejects(client.query(`SELECT opportunities.report(by => '{ownr}')`), error =>
	error.code === '42703' && error.constraint === 'unknown_field' && error.column === 'ownr' && /owner/.test(error.hint))

// the views give plain values
const { rows: lines } = await client.query('SELECT product, net, won_net FROM bi_line ORDER BY id')
assert.deepEqual(lines, [{ product: 'Switch', net: '50.00', won_net: '50.00' }, { product: 'Phone', net: '20.00', won_net: '20.00' }])
const { rows: [nowruz] } = await client.query(`SELECT persian_month_label, persian_day FROM calendar WHERE date = '2026-03-21'`)
assert.deepEqual(nowruz, { persian_month_label: 'فروردین ۱۴۰۵', persian_day: 1 })
await client.end()
