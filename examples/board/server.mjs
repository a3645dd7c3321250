// The server of the page: a table of routes over SQL. Each request runs in one transaction, as one user in one role.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import copy from 'pg-copy-streams'

const pool = new pg.Pool({ max: 10 })
pool.on('error', () => {}) // a connection that was lost is replaced
const page = join(import.meta.dirname, 'dist')

// Who signs in; a real application has this in its own table, or in the token that it signed.
const roles = { sara: 'crm_manager', omid: 'crm_seller' }

// What a page calls: SQL, and the names of its parameters, which are the members of the request's JSON.
const selection = 'filter => $1, rules => $2, scope => $3, search => $4'
// from which changes_since goes on, of the same moment as what is read
const now = `opportunities.changes_since(NULL) ->> 'next' AS cursor`
const chosen = ['filter', 'rules', 'scope', 'search']
const routes = {
	fields: ['SELECT * FROM opportunities.fields()', []],
	rights: ['SELECT opportunities.my_rights(ids => $1) AS rights', ['ids']],
	board: [`SELECT opportunities.board_json(${selection}, lane_by => $5, fields => $6) AS board, ${now}`, [...chosen, 'lane_by', 'fields']],
	column_cards: [`SELECT opportunities.column_cards(${selection}, lane_by => $5, fields => $6, after => $7) AS page`, [...chosen, 'lane_by', 'fields', 'after']],
	list: [`SELECT opportunities.list(${selection}, fields => $5, sort => $6, size => $7, after => $8, before => $9) AS page, ${now}`,
		[...chosen, 'fields', 'sort', 'size', 'after', 'before']],
	move: [`SELECT opportunities.move($7, $8, above => $9, below => $10, changes => $11, expected => $12, ${selection}, lane_by => $5, fields => $6, with_totals => true) AS moved`,
		[...chosen, 'lane_by', 'fields', 'id', 'stage_id', 'above', 'below', 'changes', 'expected']],
	create: ['SELECT opportunities.create_opportunity($1) AS card', ['changes']],
	edit: ['SELECT opportunities.edit_opportunity($1, $2, $3) AS card', ['id', 'changes', 'expected']],
	read: [`SELECT opportunities.list(scope => jsonb_build_object('id', $1::text), fields => $2, include_archived => true, with_totals => false) -> 'rows' -> 0 AS card`, ['id', 'fields']],
	edit_many: ['SELECT * FROM opportunities.bulk_edit($1, $2, on_error => $3)', ['changes', 'ids', 'on_error']],
	delete_many: ['SELECT * FROM opportunities.bulk_delete($1, on_error => $2)', ['ids', 'on_error']],
	quote: ['SELECT opportunities.issue_quote($1, confirm => true) AS document', ['id']],
	invoice: ['SELECT opportunities.issue_invoice($1, confirm => true) AS document', ['id']],
	funnel: [`SELECT *, ${now} FROM funnel()`, []],
	waterfall: [`SELECT change, currency, amount FROM pipeline_changes(opportunities.period_start('THIS_QUARTER'), opportunities.business_date(now())) ORDER BY currency`, []],
	attainment: [`SELECT labels ->> 'owner' AS owner, currency, target, won, open_estimated FROM attainment('THIS_QUARTER', '{owner}') ORDER BY currency, owner`, []],
	call: [`SELECT opportunities.log_activity($1, 'call', $2) AS activity`, ['ids', 'subject']],
	filters: ['SELECT name, shared, definition FROM saved_filter WHERE shared OR owner = opportunities.me() ORDER BY shared, name', []],
	save_filter: ['SELECT opportunities.save_filter($1, $2, $3) AS filter', ['name', 'rules', 'shared']],
	changes: ['SELECT opportunities.changes_since($1) AS changes', ['cursor']],
}
// These hold JSON, which the driver would otherwise take for arrays of the server's where they are lists.
const json = new Set(['rules', 'scope', 'changes', 'after', 'before'])

const refuse = (status, message) => { throw Object.assign(new Error(message), { status }) }

// The user of a request, and the language.
function signedIn(request) {
	const given = new URL(request.url, 'http://page').searchParams
	const user = given.get('user')
	return Object.hasOwn(roles, user) ? { user, language: given.get('language') ?? 'en' } : refuse(401, 'nobody is signed in')
}

// Run some work as a user.
async function asUser({ user, language }, work) {
	const client = await pool.connect()
	let unusable = false
	try {
		await client.query('BEGIN')
		await client.query(`SELECT set_config('role', $1, true), set_config('opportunities.user_name', $2, true), set_config('opportunities.language', $3, true)`,
			[roles[user], user, language])
		const result = await work(client)
		await client.query('COMMIT')
		return result
	} catch (error) {
		unusable = !(error instanceof pg.DatabaseError) // an export that was broken off, say, still fills it
		if (!unusable) await client.query('ROLLBACK').catch(() => {}) // the connection may be lost
		throw error
	} finally {
		client.release(unusable)
	}
}

// The members of an object in JSON.
function members(text) {
	let given = null
	try { given = JSON.parse(text) } catch { /* the same as no object */ }
	return typeof given === 'object' && given !== null && !Array.isArray(given) ? given : refuse(400, 'no JSON object')
}

async function body(request) {
	// another site's page can't send this by a form
	if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') refuse(415, 'no JSON was sent')
	let text = ''
	for await (const chunk of request) {
		text += chunk
		if (text.length > 1e6) refuse(413, 'too large')
	}
	return members(text)
}

async function call(name, request) {
	const [sql, names] = routes[name]
	const user = signedIn(request)
	const given = await body(request)
	const values = names.map(key => given[key] == null ? null : json.has(key) ? JSON.stringify(given[key]) : given[key])
	return asUser(user, async client => (await client.query(sql, values)).rows)
}

// The rows of a list as a file, however many: COPY by the query of the list itself.
async function exportRows(request, response) {
	const user = signedIn(request)
	const given = members(new URL(request.url, 'http://page').searchParams.get('list'))
	await asUser(user, async client => {
		const { rows: [{ query }] } = await client.query(`SELECT opportunities.list_sql(${selection}, fields => $5, sort => $6) AS query`,
			[given.filter, given.rules && JSON.stringify(given.rules), null, given.search, given.fields, given.sort])
		response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="opportunities.csv"' })
		response.write('\ufeff')
		await pipeline(client.query(copy.to(`COPY (${query}) TO STDOUT (FORMAT csv, HEADER)`)), response)
	})
}

// Who looks at the page hears that something changed, and asks for what.
const listeners = new Set()
const tell = () => listeners.forEach(response => response.write('data: changed\n\n'))
async function listen() {
	const client = new pg.Client()
	client.on('notification', tell)
	client.on('error', () => {}) // it ends, too
	await client.connect()
	client.on('end', listenAgain)
	await client.query('LISTEN opportunities').catch(() => {}) // it ended
	tell()
}
const listenAgain = () => setTimeout(() => listen().catch(listenAgain), 1000)

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const server = createServer(async (request, response) => {
	try {
		const path = new URL(request.url, 'http://page').pathname
		if (path === '/api/events') {
			signedIn(request)
			response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
			listeners.add(response)
			request.on('close', () => listeners.delete(response))
		} else if (path === '/api/export') {
			await exportRows(request, response)
		} else if (path.startsWith('/api/') && Object.hasOwn(routes, path.slice(5))) {
			response.setHeader('content-type', 'application/json')
			response.end(JSON.stringify(await call(path.slice(5), request)))
		} else {
			const file = normalize(path === '/' ? '/index.html' : path)
			const content = await readFile(join(page, file)).catch(() => refuse(404, 'there is no such file'))
			response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
			response.end(content)
		}
	} catch (error) {
		// what the database says of an error is written for people, and its code and field for programs
		const status = error.status ?? (error.code === 'PT409' ? 409 : error.code ? 400 : 500)
		if (response.headersSent) return response.destroy()
		response.writeHead(status, { 'content-type': 'application/json' })
		response.end(JSON.stringify({ state: error.code, code: error.constraint, field: error.column, message: error.message, detail: error.detail, hint: error.hint }))
	}
})

await listen()
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log(`The page: http://127.0.0.1:${server.address().port}/`))
