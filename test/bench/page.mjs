// The page of examples/board over 20,000 opportunities in a browser, each time as to one who was never there: from its address to
// the painted cards of the board, beside the bare query of that board. Prints both, in milliseconds, and the ratio. It makes a database
// `page` anew: dev/server run node test/bench/page.mjs, after make check-clients, which installs the packages and builds the page, or
// make bench. LOADS: how many times (21).
import { execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(new URL('../clients/', import.meta.url)) // whose packages these are
const pg = require('pg')
const { chromium } = require('playwright-core')
const folder = 'examples/board'
const loads = Number(process.env.LOADS ?? 21)
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]

process.chdir(new URL('../..', import.meta.url).pathname)
execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-c', 'DROP DATABASE IF EXISTS page WITH (FORCE)', '-c', 'CREATE DATABASE page'], { stdio: ['ignore', 'inherit', 'ignore'] })
process.env.PGDATABASE = 'page'
const db = new pg.Client()
await db.connect()
await db.query('CREATE EXTENSION opportunities')
await db.query(readFileSync('test/clients/page.sql', 'utf8'))
execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', `${folder}/setup.sql`])
await db.query(`SET search_path = crm, opportunities, public;
	INSERT INTO account (name) SELECT 'Account ' || n FROM generate_series(1, 2000) AS n;
	INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, currency, amount, probability, expected_close, closed_at, close_reason)
	SELECT 1, s, 1 + n % 2000, 'Opportunity ' || n, CASE n % 3 WHEN 0 THEN 'sara' ELSE 'omid' END, CASE n % 5 WHEN 0 THEN 'USD' ELSE 'EUR' END, n * 7.25, n % 100,
		current_date + n % 90, CASE WHEN s > 4 THEN now() - n % 400 * interval '1 day' END, CASE WHEN s = 6 THEN 'price' END
	FROM generate_series(1, 20000) AS n, LATERAL (SELECT 1 + n % 6 AS s) AS stage`)
await db.query('VACUUM ANALYZE opportunity, account')

const server = spawn('node', ['server.mjs'], { cwd: folder, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
const address = await new Promise(resolve => server.stdout.on('data', text => resolve(String(text).match(/http:\S+/)[0])))
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })

// When the first card has been painted, as the browser counts from the beginning of the navigation: a message that is sent in the
// frame that paints it arrives when that is done.
const watch = () => new MutationObserver((_, observer) => {
	if (!document.querySelector('.card')) return
	observer.disconnect()
	requestAnimationFrame(() => {
		const { port1, port2 } = new MessageChannel()
		port1.onmessage = () => { window.drawn = performance.now() }
		port2.postMessage(null)
	})
}).observe(document, { childList: true, subtree: true })

try {
	const drawn = []
	const bare = []
	let cards
	for (let i = 0; i <= loads; i++) {
		const context = await browser.newContext({ viewport: { width: 1760, height: 800 } })
		const page = await context.newPage()
		await page.addInitScript(watch)
		await page.goto(`${address}?user=sara`)
		await page.waitForFunction(() => window.drawn)
		cards = await page.locator('.card').count()
		const began = performance.now()
		await db.query(`SELECT opportunities.board_json(lane_by => NULL, fields => '{title,account.name,label(owner),amount,currency,probability,expected_close,tags,stale,close_reason,version}')`)
		if (i > 0) {
			bare.push(performance.now() - began)
			drawn.push(await page.evaluate(() => window.drawn))
		}
		await context.close()
	}
	console.log(`the page over 20,000 opportunities, ${cards} cards: ${median(drawn).toFixed(0)} ms (${Math.min(...drawn).toFixed(0)} at best), the bare query ${median(bare).toFixed(1)} ms, ratio ${median(drawn.map((one, i) => one / bare[i])).toFixed(1)}`)
} finally {
	await browser.close()
	server.kill()
	await db.end()
}
