// The client of doc/live.md: two people at one board, in step within a second; a lost connection; a log that was off.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import pg from 'pg'

const [, code] = readFileSync('doc/live.md', 'utf8').match(/^```js\n(.*?)^```/ms)
const { follow } = await import(`data:text/javascript,${encodeURIComponent(code)}`)

const connect = async () => {
	const client = new pg.Client({ host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE })
	await client.connect()
	return client
}
const writer = await connect()
await writer.query(`SET client_min_messages = warning; SELECT opportunities.create_crm(starter => true); SELECT opportunities.notify_changes('crm')`)
const write = text => writer.query(`SET search_path = crm, opportunities; ${text}`)
await write(`INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'Network'), (1, 1, 'Printers')`)

// What a page shows: the titles and stages of cards, read as its user may.
const shown = new Map()
const reader = await connect()
let reads = 0
const read = async (where, ids) => {
	reads++
	const { rows } = await reader.query(`SELECT id, title, stage_id FROM crm.opportunity WHERE ${where}`, ids)
	for (const { id, title, stage_id } of rows) shown.set(id, `${title} in ${stage_id}`)
}
const page = {
	all: async () => { shown.clear(); await read('true') },
	some: ids => read('id = ANY ($1)', [ids]),
	gone: ids => ids.forEach(id => shown.delete(id)),
}
const shows = async (expected) => {
	const until = Date.now() + 1000
	while (Date.now() < until && JSON.stringify([...shown.values()].sort()) !== JSON.stringify(expected)) await new Promise(done => setTimeout(done, 10))
	assert.deepEqual([...shown.values()].sort(), expected)
}

let client = await connect()
let following = await follow(client, 'crm.opportunity', page)
await shows(['Network in 1', 'Printers in 1'])
await write("SELECT move('1', '2')")
await shows(['Network in 2', 'Printers in 1'])
await write(`BEGIN; DELETE FROM opportunity WHERE id = 2; INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'Phones'); COMMIT`)
await shows(['Network in 2', 'Phones in 1'])

// while it is away
await client.end()
await following.turn()
await write(`UPDATE opportunity SET title = 'Kitchen' WHERE title = 'Phones'`)
const before = reads
client = await connect()
following = await follow(client, 'crm.opportunity', page, following.cursor())
await shows(['Kitchen in 1', 'Network in 2'])
assert.equal(reads, before + 1)

// a gap
await write('ALTER TABLE opportunity DISABLE TRIGGER zz_log')
await write(`UPDATE opportunity SET title = 'Chairs' WHERE title = 'Kitchen'`)
await write('ALTER TABLE opportunity ENABLE TRIGGER zz_log')
await write(`UPDATE opportunity SET stage_id = 3 WHERE title = 'Network'`)
await shows(['Chairs in 1', 'Network in 3'])
for (const connection of [client, reader, writer]) await connection.end()
