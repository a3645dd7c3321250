// The map of doc/forms.md from the rows of fields() to react-querybuilder: each of its fields, with each of its operators
// and the value that a row has, makes a rule that the builder's own functions know, and that a filter takes.
import assert from 'node:assert'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { defaultOperators, getOption, isRuleGroup, prepareRuleGroup, transformQuery } from '@react-querybuilder/core'

const page = readFileSync(new URL('../../doc/forms.md', import.meta.url), 'utf8')
const [, map] = page.match(/^```js\n(const inputTypes.*?)^```$/ms)
assert.ok(map.trim().split('\n').length <= 10, 'ten lines')
const file = join(mkdtempSync(join(tmpdir(), 'fields-')), 'map.mjs')
writeFileSync(file, map)
const { toField } = await import(file)

const client = new pg.Client()
await client.connect()
await client.query(`SET client_min_messages = warning; SELECT opportunities.create_crm(starter => true); SET search_path = crm, opportunities, public`)
await client.query(`INSERT INTO custom_field (name, type) VALUES ('seats', 'number'), ('due', 'date'), ('vip', 'bool'), ('color', 'choice')`)
await client.query(`INSERT INTO choice (field, value, label) VALUES ('custom.color', 'red', 'Red'), ('source', 'web', NULL)`)
await client.query(`INSERT INTO account (name) VALUES ('Alborz')`)
await client.query(`UPDATE stage SET required_fields = '{title}' WHERE id = 2`)
await client.query('SELECT create_opportunity($1)', [{
	account_id: '1', pipeline_id: '1', stage_id: '2', title: 'Network', source: 'web', tags: ['a'], competitors: ['b'], amount: '10.50', expected_close: '2026-03-01',
	'custom.seats': 3, 'custom.due': '2026-01-01', 'custom.vip': true, 'custom.color': 'red',
}])

const { rows } = await client.query('SELECT * FROM fields()')
const fields = rows.map(toField)
const { rows: [{ list }] } = await client.query('SELECT list(fields => $1)', [fields.map(field => field.name)])
const [row] = list.rows

let rules = 0
for (const field of fields) {
	assert.ok(field.label, field.name)
	for (const { name: operator } of field.operators) {
		assert.ok(getOption(defaultOperators, operator), `${field.name}: ${operator} is one of the builder's`)
		const editor = field.valueEditorType(operator)
		assert.equal(['select', 'multiselect'].includes(editor), field.values !== undefined)
		if (row[field.name] == null && !/null/i.test(operator))
			continue
		const one = field.values ? field.values[0].name : Array.isArray(row[field.name]) ? row[field.name][0] : row[field.name]
		const value = /between/i.test(operator) ? [one, one] : /^(not)?in$/i.test(operator) ? [one] : one
		const query = prepareRuleGroup({ combinator: 'and', rules: [{ field: field.name, operator, value }] })
		assert.ok(isRuleGroup(transformQuery(query)))
		const { rows: problems } = await client.query('SELECT * FROM check_filter($1) WHERE severity = \'error\'', [query])
		assert.deepEqual(problems, [], `${field.name} ${operator}`)
		rules++
	}
}
assert.ok(fields.length > 50 && rules > 200)
const stage = fields.find(field => field.name === 'stage_id')
assert.deepEqual(stage.values[0], { name: '1', label: 'Lead' })
assert.equal(fields.find(field => field.name === 'expected_close').inputType, 'date')
await client.end()
console.log(`react-querybuilder: ${fields.length} fields, ${rules} rules`)
