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

// Where the keys of opportunities lead, by their columns; with tenants their ids go with all of them.
await client.query(`SET opportunities.tenant = 'acme'`)
await client.query(`SELECT opportunities.create_crm('shared', tenant => true)`)
const keys = { account: { account_id: 'id' }, pipeline: { pipeline_id: 'id' }, stage: { stage_id: 'id', pipeline_id: 'pipeline_id' } }
const keysOf = { crm: keys, shared: Object.fromEntries(Object.entries(keys).map(([table, columns]) => [table, { ...columns, tenant_id: 'tenant_id' }])) }

// drizzle-kit, whose defaults of text that are expressions want the wrapping that doc/clients.md shows
const [, pattern] = readFileSync('doc/clients.md', 'utf8').match(/sed -E -i '(.*)' .*schema\.ts/)
const require = createRequire(new URL(`../../${packages}/`, import.meta.url))
async function pull(name) {
	const out = `${folder}/${name}`
	mkdirSync(out)
	writeFileSync(`${out}/drizzle.json`, JSON.stringify({
		dialect: 'postgresql', schemaFilter: [name], out: `./${out}`, dbCredentials: { url: `postgres://${PGUSER}@localhost/${PGDATABASE}?host=${PGHOST}` },
	}))
	run('drizzle-kit/bin.cjs', 'pull', '--config', `${out}/drizzle.json`)
	execFileSync('sed', ['-E', '-i', pattern, `${out}/schema.ts`])
	for (const file of ['schema', 'relations']) {
		const code = require('typescript').transpile(readFileSync(`${out}/${file}.ts`, 'utf8'), { module: 'esnext', target: 'es2022' })
		writeFileSync(`${out}/${file}.mjs`, code.replace('from "./schema"', 'from "./schema.mjs"'))
	}
	const read = file => import(new URL(`../../${out}/${file}.mjs`, import.meta.url))
	return { ...await read('schema'), ...await read('relations') }
}
const schema = await pull('crm')
const shared = await pull('shared')
for (const [table, name] of [[schema.opportunityInCrm, 'crm'], [shared.opportunityInShared, 'shared']]) {
	const found = require('drizzle-orm/pg-core').getTableConfig(table).foreignKeys.map(key => key.reference()).map(({ columns, foreignColumns, foreignTable }) =>
		[require('drizzle-orm').getTableName(foreignTable), Object.fromEntries(columns.map((column, i) => [column.name, foreignColumns[i].name]))])
	assert.deepEqual(Object.fromEntries(found), keysOf[name], `drizzle: keys of ${name}`)
}
const relations = require('drizzle-orm').extractTablesRelationalConfig(schema, require('drizzle-orm').createTableRelationsHelpers).tables.opportunityInCrm.relations
for (const [table, columns] of Object.entries(keys)) {
	const { config } = relations[`${table}InCrm`]
	assert.deepEqual([config.fields[0].name, config.references[0].name], Object.entries(columns)[0], `drizzle: relation to ${table}`)
}
for (const [table, columns] of Object.entries(needed)) {
	const [, drizzle] = Object.entries(schema).find(([name]) => snake(name) === `${table}_in_crm`)
	const found = Object.values(require('drizzle-orm').getTableColumns(drizzle)).filter(column => column.notNull && !column.hasDefault && !column.generated && !column.generatedIdentity)
	assert.deepEqual(found.map(column => column.name).sort(), columns, `drizzle: ${table}`)
}

// what doc/orm.md shows of it
{
	const [, code] = readFileSync('doc/orm.md', 'utf8').match(/\n## Drizzle\n.*?^```js\n(.*?)^```$/ms)
	const { eq, and } = require('drizzle-orm')
	const db = require('drizzle-orm/node-postgres').drizzle(client)
	const save = new Function('db', 'eq', 'and', 'opportunityInCrm', 'seen', `return (async () => { ${code} return saved })()`)
	const [seen] = await db.insert(schema.opportunityInCrm).values({ pipelineId: 1, stageId: 1, title: 'Network', amount: '1200.500' }).returning()
	assert.deepEqual([seen.version, seen.amountMode, seen.estimatedAmount], [1, 'manual', '120.0500000'])
	const saved = await save(db, eq, and, schema.opportunityInCrm, seen)
	assert.deepEqual([saved.version, saved.stageId], [2, 1])
	await assert.rejects(save(db, eq, and, schema.opportunityInCrm, seen), /somebody was faster/)
}

// Prisma's introspection, whose adapter knows no name and no "char"; what it writes is read as its client reads it
const engine = await import(new URL(`../../${packages}/@prisma/schema-engine-wasm/schema_engine_bg.js`, import.meta.url))
const { instance } = await WebAssembly.instantiate(readFileSync(`${packages}/@prisma/schema-engine-wasm/schema_engine_bg.wasm`), { './schema_engine_bg.js': engine })
engine.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()
const { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } = require('@prisma/driver-adapter-utils')
const adapters = new (require('@prisma/adapter-pg').PrismaPg)({ host: PGHOST, user: PGUSER, database: PGDATABASE })
const connect = adapters.connect.bind(adapters)
const text = { 18: 1042, 19: 25, 1003: 1009 }
adapters.connect = async () => {
	const adapter = await connect()
	const perform = adapter.performIO.bind(adapter)
	const query = adapter.queryRaw.bind(adapter)
	let chars
	adapter.performIO = async sql => {
		const result = await perform(sql)
		chars = result.fields.map(field => field.dataTypeID === 18)
		for (const field of result.fields) field.dataTypeID = text[field.dataTypeID] ?? field.dataTypeID
		return result
	}
	adapter.queryRaw = async sql => {
		const result = await query(sql)
		return { ...result, columnTypes: result.columnTypes.map((type, i) => chars[i] ? ColumnTypeEnum.Character : type) }
	}
	return adapter
}
for (const name of ['crm', 'shared']) {
	const start = ['schema.prisma', `generator client {\n provider = "prisma-client"\n}\ndatasource db {\n provider = "postgresql"\n schemas = ["${name}"]\n}\n`]
	const prisma = await engine.SchemaEngine.new({ datamodels: [start] }, () => {}, bindMigrationAwareSqlAdapterFactory(adapters))
	const { schema: { files: [{ content }] } } = await prisma.introspect({
		schema: { files: [{ path: start[0], content: start[1] }] }, baseDirectoryPath: '/', force: true, compositeTypeDepth: 0, namespaces: [name] })
	const { datamodel: { models } } = JSON.parse(require('@prisma/prisma-schema-wasm').get_dmmf(JSON.stringify({ prismaSchema: [[start[0], content]] })))
	for (const [table, columns] of Object.entries(needed)) {
		const found = models.find(model => model.name === table).fields.filter(field => field.isRequired && !field.hasDefaultValue && !field.isList && field.kind !== 'object')
		assert.deepEqual(found.map(field => field.name).sort(), columns, `Prisma: ${table} of ${name}`)
	}
	const links = models.find(model => model.name === 'opportunity').fields.filter(field => field.relationFromFields?.length)
	assert.deepEqual(Object.fromEntries(links.map(field => [field.type, Object.fromEntries(field.relationFromFields.map((column, i) => [column, field.relationToFields[i]]))])),
		keysOf[name], `Prisma: keys of ${name}`)
}

// PostGraphile, with our functions: what only reads is a query, and no argument stands in the way of its own
const { createPostGraphileSchema } = require('postgraphile')
const pool = new pg.Pool({ host: PGHOST, user: PGUSER, database: PGDATABASE })
const graphql = require('graphql').printSchema(await createPostGraphileSchema(pool, 'crm'))
const renamed = { create_opportunity: 'opportunity_from_json', currency: 'totals_currency', exchange_rate: 'rate_of_day' }
const whole = await createPostGraphileSchema(pool, ['crm', 'opportunities'], {
	includeExtensionResources: true, jsonScalarAsString: true,
	appendPlugins: [require('graphile-utils').makePgSmartTagsPlugin(Object.entries(renamed).map(([from, name]) => (
		{ kind: 'procedure', match: procedure => procedure.name === from, tags: { name } })))],
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
		AND proname NOT IN (SELECT proname FROM pg_proc WHERE pronamespace = 'opportunities'::regnamespace GROUP BY proname HAVING count(*) > 1)
	GROUP BY proname ORDER BY proname`)
assert.ok(functions.length > 20)
const camel = name => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
for (const { name, writes } of functions) {
	const known = camel(renamed[name] ?? name)
	assert.ok(known in (writes ? mutations : queries), `PostGraphile: ${name} is a ${writes ? 'mutation' : 'query'}`)
}
await client.end()
