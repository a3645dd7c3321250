// node's asUser of doc/pools.md through pgbouncer in transaction mode: requests of people of two tenants at the same time, some of which fail.
// Each gets what is theirs, by statements that are prepared once where pgbouncer passes them on, and nothing is left for the next.
// Needs programs: pgbouncer
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const folder = mkdtempSync(join(tmpdir(), 'pools'))
execFileSync('test/clients/page-files', ['doc/pools.md', folder])
const { asUser } = await import(join(folder, 'as-user.mjs'))
rmSync(folder, { recursive: true })

const pool = new pg.Pool({ max: 6 })
const { rows: people } = await pool.query('SELECT * FROM person')
const titles = ({ tenant, login, role }) => people
	.filter(other => other.tenant === tenant && (other.login === login || role === 'clients_manager'))
	.flatMap(other => Array.from({ length: other.number }, (_, n) => `${other.tenant} ${other.login} ${n + 1}`)).sort()

const prepared = process.env.POOL_PREPARES ? name => ({ name }) : () => ({})
async function request(person, fails) {
	const work = asUser(pool, person, async client => {
		const who = await client.query({ ...prepared('who'), text: 'SELECT me(), current_user::text AS role' })
		assert.deepEqual(who.rows, [{ me: person.login, role: person.role }])
		const deals = await client.query({ ...prepared('deals'), text: 'SELECT title FROM opportunity ORDER BY title COLLATE "C"' })
		assert.deepEqual(deals.rows.map(row => row.title), titles(person))
		const board = await client.query({ ...prepared('board'), text: 'SELECT sum(count) AS deals FROM board(filter => $1)', values: ['first'] })
		assert.deepEqual(board.rows, [{ deals: '1' }])
		if (fails) {
			await client.query(`INSERT INTO opportunity (pipeline_id, title, owner) SELECT id, 'lost', me() FROM pipeline`)
			throw new Error('in the middle')
		}
	})
	await (fails ? assert.rejects(work, /in the middle/) : work)
}

let seed = process.env.SEED ?? Date.now() % 1000000
console.log(`SEED=${seed}, prepared statements: ${process.env.POOL_PREPARES ?? 'no'}`)
const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648) % n
await Promise.all(Array.from({ length: 6 }, async () => {
	for (let i = 0; i < 40; i++)
		await request(people[random(people.length)], random(5) === 0)
}))

// nothing is left: neither a name, nor a role, nor a row
for (let i = 0; i < 10; i++)
	assert.deepEqual((await pool.query(`SELECT me(), current_user::text AS role, current_setting('opportunities.tenant') AS tenant`)).rows,
		[{ me: 'clients_application', role: 'clients_application', tenant: '' }])
const server = new pg.Client({ host: process.env.SERVER_HOST, port: 5432, user: 'postgres' })
await server.connect()
assert.deepEqual((await server.query('SELECT count(*) FROM crm.opportunity')).rows, [{ count: '21' }])
await server.end()

// what the page warns of
const [one, another] = [new pg.Client(), new pg.Client()]
await one.connect()
await another.connect()
await assert.rejects(one.query('SET LOCAL opportunities.user_name = $1', ['sara']), { code: '42601' })
await one.query(`SELECT set_config('opportunities.user_name', $1, true)`, ['sara'])
assert.equal((await one.query('SELECT opportunities.me()')).rows[0].me, 'clients_application')
await one.query(`SET opportunities.user_name = 'sara'`)
assert.equal((await another.query('SELECT opportunities.me()')).rows[0].me, 'sara')
await one.end()
await another.end()
await pool.end()
