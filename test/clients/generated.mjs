// What generators of clients make of a CRM: all that triggers fill may be left out of an INSERT, and what only reads is a query.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import pg from 'pg'

const { PGHOST, PGUSER, PGDATABASE } = process.env
const packages = 'test/clients/node_modules'
const folder = `${packages}/.generated`
const url = `postgres://${PGUSER}@/${PGDATABASE}?host=${PGHOST}`
const run = (program, ...args) => execFileSync('node', [`${packages}/${program}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const client = new pg.Client({ host: PGHOST, user: PGUSER, database: PGDATABASE })
await client.connect()
await client.query(readFileSync('test/clients/crm.sql', 'utf8'))

// What an INSERT can't do without.
const needed = {
	opportunity: ['pipeline_id', 'title'],
	opportunity_line: ['opportunity_id'],
	activity: ['kind', 'opportunity_id'],
	document: ['kind', 'opportunity_id'],
	payment: ['amount', 'opportunity_id'],
	saved_filter: ['definition', 'name'],
	saved_view: ['name'],
}
const snake = name => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

// kysely-codegen
run('kysely-codegen/dist/cli/bin.js', '--dialect', 'postgres', '--url', url, '--include-pattern', 'crm.*', '--out-file', `${folder}/kysely.ts`)
const kysely = readFileSync(`${folder}/kysely.ts`, 'utf8').replace(/\/\*\*.*?\*\//gs, '')
for (const [table, columns] of Object.entries(needed)) {
	const [, body] = kysely.match(new RegExp(`interface Crm${table.replace(/(^|_)(.)/g, (_, __, letter) => letter.toUpperCase())} \\{(.*?)\\n\\}`, 's'))
	const found = [...body.matchAll(/^ +(\w+): (.*);$/gm)].filter(([, , type]) => !/Generated|null/.test(type)).map(([, name]) => name)
	assert.deepEqual(found.sort(), columns, `kysely: ${table}`)
}

// drizzle-kit, whose defaults of text that are expressions want the wrapping that doc/clients.md shows
writeFileSync(`${folder}/drizzle.json`, JSON.stringify({
	dialect: 'postgresql', schemaFilter: ['crm'], out: `./${folder}`, dbCredentials: { url: `postgres://${PGUSER}@localhost/${PGDATABASE}?host=${PGHOST}` },
}))
run('drizzle-kit/bin.cjs', 'pull', '--config', `${folder}/drizzle.json`)
const [, pattern] = readFileSync('doc/clients.md', 'utf8').match(/sed -E -i '(.*)' .*schema\.ts/)
execFileSync('sed', ['-E', '-i', pattern, `${folder}/schema.ts`])
const require = createRequire(new URL(`../../${packages}/`, import.meta.url))
writeFileSync(`${folder}/schema.mjs`, require('typescript').transpile(readFileSync(`${folder}/schema.ts`, 'utf8'), { module: 'esnext', target: 'es2022' }))
const schema = await import(new URL(`../../${folder}/schema.mjs`, import.meta.url))
for (const [table, columns] of Object.entries(needed)) {
	const [, drizzle] = Object.entries(schema).find(([name]) => snake(name) === `${table}_in_crm`)
	const found = Object.values(require('drizzle-orm').getTableColumns(drizzle)).filter(column => column.notNull && !column.hasDefault && !column.generated && !column.generatedIdentity)
	assert.deepEqual(found.map(column => column.name).sort(), columns, `drizzle: ${table}`)
}

// PostGraphile, with our functions: what only reads is a query, and no argument stands in the way of its own
const { createPostGraphileSchema } = require('postgraphile')
const pool = new pg.Pool({ host: PGHOST, user: PGUSER, database: PGDATABASE })
const graphql = require('graphql').printSchema(await createPostGraphileSchema(pool, 'crm'))
const whole = await createPostGraphileSchema(pool, ['crm', 'opportunities'], {
	includeExtensionResources: true, jsonScalarAsString: true,
	appendPlugins: [require('graphile-utils').makePgSmartTagsPlugin({
		kind: 'procedure', match: ({ name }) => name === 'create_opportunity', tags: { name: 'opportunity_from_json' } })],
})
await pool.end()
for (const [table, columns] of Object.entries(needed)) {
	const [, body] = graphql.match(new RegExp(`\\ninput ${table.replace(/(^|_)(.)/g, (_, __, letter) => letter.toUpperCase())}Input \\{(.*?)\\n\\}`, 's'))
	const found = [...body.matchAll(/^ {2}(\w+): [\w[\]!]+!$/gm)].map(([, name]) => snake(name))
	assert.deepEqual(found.sort(), columns, `PostGraphile: ${table}`)
}
const queries = whole.getQueryType().getFields()
const mutations = whole.getMutationType().getFields()
const { rows: functions } = await client.query(`
	SELECT proname AS name, bool_or(provolatile = 'v') AS writes FROM pg_proc
	WHERE pronamespace = 'opportunities'::regnamespace AND prokind = 'f' AND prorettype <> 'opportunities.totals'::regtype
		AND NOT proargtypes::oid[] && '{record,opportunities.totals}'::regtype[]::oid[]
	GROUP BY proname HAVING count(*) = 1 ORDER BY proname`)
assert.ok(functions.length > 20)
const camel = name => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
for (const { name, writes } of functions) {
	const known = name === 'create_opportunity' ? 'opportunityFromJson' : camel(name)
	assert.ok(known in (writes ? mutations : queries), `PostGraphile: ${name} is a ${writes ? 'mutation' : 'query'}`)
}
await client.end()
