// The page of examples/board in a browser, with two people at once. Screenshots go to .build/page.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import pg from 'pg'
import { chromium } from 'playwright-core'

const folder = 'examples/board'
const shots = '.build/page'
mkdirSync(shots, { recursive: true })

const db = new pg.Client()
await db.connect()
const ask = async (sql, values) => (await db.query(sql, values)).rows[0]
await db.query(readFileSync('test/clients/page.sql', 'utf8'))
execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', `${folder}/setup.sql`])
await db.query('SET search_path = crm, opportunities, public')

const server = spawn('node', ['server.mjs'], { cwd: folder, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
const address = await new Promise(resolve => server.stdout.on('data', text => resolve(String(text).match(/http:\S+/)[0])))
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })

let checks = 0
const check = async (what, work) => {
	try {
		await work()
		checks++
	} catch (error) {
		for (const page of pages) await page.screenshot({ path: `${shots}/failed-${pages.indexOf(page)}.png` })
		error.message = `${what}: ${error.message}`
		throw error
	}
}
const pages = []
async function open(query) {
	const context = await browser.newContext({ viewport: { width: 1760, height: 800 } })
	const page = await context.newPage()
	pages.push(page)
	page.setDefaultTimeout(10000)
	page.on('pageerror', error => { throw error })
	await page.goto(`${address}?${new URLSearchParams(query)}`)
	await page.waitForSelector('.card, tbody tr')
	return page
}
const column = (page, name) => page.locator(`article[aria-label="${name}"]`)
const titles = async place => place.locator('.card b').allTextContents()
const eventually = async (value, wanted, within = 5000) => {
	const end = Date.now() + within
	for (;;) {
		const found = await value()
		try { return assert.deepEqual(found, wanted) } catch (error) { if (Date.now() > end) throw error }
		await new Promise(resolve => setTimeout(resolve, 50))
	}
}
// A card is dragged by the keyboard: lifted, moved, dropped.
async function drag(page, title, ...keys) {
	const card = page.locator('.card', { hasText: title }).first()
	await card.focus()
	await page.keyboard.press('Space')
	for (const key of keys) {
		await page.waitForTimeout(350)
		await page.keyboard.press(key)
	}
	await page.waitForTimeout(350)
	await page.keyboard.press('Space')
	await page.waitForTimeout(400)
}

try {
	const sara = await open({ user: 'sara' })
	const omid = await open({ user: 'omid' })

	await check('a board with its columns, cards and totals, currencies apart', async () => {
		await eventually(() => sara.locator('article').evaluateAll(all => all.map(one => one.getAttribute('aria-label'))),
			['No stage', 'Lead', 'Qualified', 'Proposal', 'Negotiation', 'Won', 'Lost'])
		assert.deepEqual(await titles(column(sara, 'Lead')), ['Barcode printers', 'Network'])
		const text = await column(sara, 'Lead').locator('.totals').innerText()
		assert.match(text, /Final\s+3,500\.00\sEUR\s+197,100\.00\sUSD/)
	})
	await check('the totals of the whole board', async () => {
		assert.match(await sara.locator('footer').innerText(), /12,345,678,901,234,670,640\.123456789\sEUR\s+197,100\.00\sUSD/)
	})
	await sara.screenshot({ path: `${shots}/board.png` })

	await check('a drag within a column changes the order, for others too, within a second', async () => {
		await drag(sara, 'Network', 'ArrowUp')
		await eventually(() => titles(column(sara, 'Lead')), ['Network', 'Barcode printers'])
		await eventually(() => titles(column(omid, 'Lead')), ['Network', 'Barcode printers'], 1500)
	})
	await check('a drag to another stage', async () => {
		await drag(sara, 'Barcode printers', 'ArrowRight')
		await eventually(async () => (await titles(column(sara, 'Qualified'))).includes('Barcode printers'), true)
		await eventually(async () => (await ask(`SELECT s.name FROM opportunity AS o JOIN stage AS s ON s.id = o.stage_id WHERE title = 'Barcode printers'`)).name, 'Qualified')
	})
	await check('a drag is one call, whose answer draws the card, its place, and what both columns hold', async () => {
		const calls = []
		sara.on('request', request => request.url().includes('/api/') && calls.push(new URL(request.url()).pathname))
		await sara.route('**/api/changes*', () => {})
		await sara.route('**/api/board*', () => {})
		await db.query(`UPDATE opportunity SET position = position - 1 WHERE title = 'Hospital'`)
		calls.length = 0
		await drag(sara, 'Network', 'ArrowRight')
		await eventually(() => column(sara, 'Qualified').locator('h3 small').innerText(), '3')
		assert.deepEqual(calls.filter(name => name !== '/api/changes'), ['/api/move'])
		assert.match(await column(sara, 'Qualified').locator('.totals').innerText(), /Final\s+12,345,678,901,234,571,390\.123456789\sEUR\s+197,100\.00\sUSD/)
		assert.equal(await column(sara, 'Lead').locator('h3 small').innerText(), '0')
		assert.deepEqual([...await titles(column(sara, 'Qualified'))].sort(), ['Barcode printers', 'Hospital', 'Network'])
		await drag(sara, 'Network', 'ArrowLeft')
		await eventually(() => column(sara, 'Lead').locator('.totals').innerText().then(text => /197,100\.00\sUSD/.test(text)), true)
		sara.removeAllListeners('request')
		await sara.unroute('**/api/board*')
		await sara.unroute('**/api/changes*')
		await sara.reload()
		await eventually(() => titles(column(sara, 'Lead')), ['Network'])
	})
	await check('a drag to a final stage asks for the reason', async () => {
		omid.once('dialog', dialog => dialog.accept('price'))
		await drag(omid, 'Kitchen', 'ArrowRight', 'ArrowRight', 'ArrowRight')
		await eventually(async () => (await ask(`SELECT close_reason FROM opportunity WHERE title = 'Kitchen'`)).close_reason, 'price')
		await eventually(async () => (await titles(column(sara, 'Lost'))).includes('Kitchen'), true, 1500)
	})
	await check('what is refused is told, and undone', async () => {
		omid.once('dialog', dialog => dialog.dismiss())
		await drag(omid, 'Support', 'ArrowRight', 'ArrowRight')
		await omid.waitForSelector('[role=alert]')
		assert.match(await omid.locator('[role=alert]').innerText(), /reason/)
		await eventually(async () => (await titles(column(omid, 'Negotiation'))).includes('Support'), true)
	})
	await check('a drag shows which columns take the card, by the transitions of its pipeline; what a stage asks for is told', async () => {
		await db.query(`INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 4, 3), (1, 3, 4), (1, 4, 5)`)
		await db.query(`UPDATE stage SET required_fields = '{description}' WHERE id = 3`)
		await omid.reload()
		await omid.waitForSelector('.card')
		await omid.waitForSelector('[data-rfd-drag-handle-draggable-id]')
		await omid.locator('.card', { hasText: 'Support' }).focus()
		await omid.keyboard.press('Space')
		await eventually(() => omid.locator('article.shut').evaluateAll(all => all.map(one => one.ariaLabel)), ['Lead', 'Qualified', 'Lost'])
		await omid.keyboard.press('Escape')
		await eventually(() => omid.locator('article.shut').count(), 0)
		await drag(omid, 'Support', 'ArrowLeft')
		await eventually(async () => /requires a value of description/.test(await omid.locator('[role=alert]').innerText()), true)
		await drag(omid, 'Support', 'ArrowLeft', 'ArrowLeft')
		await eventually(async () => /"Qualified" cannot be entered from stage "Negotiation"/.test(await omid.locator('[role=alert]').innerText()), true)
		await eventually(async () => (await titles(column(omid, 'Negotiation'))).includes('Support'), true)
		await db.query(`DELETE FROM stage_transition; UPDATE stage SET required_fields = '{}'`)
		await omid.reload()
		await omid.waitForSelector('[data-rfd-drag-handle-draggable-id]')
	})
	await check('a conflict is told, and the card is as it is now', async () => {
		await omid.route('**/api/changes*', () => {})
		await omid.route('**/api/board*', () => {})
		await db.query(`UPDATE opportunity SET title = 'Network, changed' WHERE title = 'Network'`)
		await omid.waitForTimeout(300)
		await drag(omid, 'Network', 'ArrowRight')
		await omid.waitForSelector('text=Somebody changed it meanwhile')
		assert.deepEqual(await titles(column(omid, 'Lead')), ['Network'])
		await omid.unroute('**/api/board*')
		await omid.unroute('**/api/changes*')
		await omid.reload()
		await eventually(() => titles(column(omid, 'Lead')), ['Network, changed'])
	})
	await check('right click: a quote, an invoice, a call', async () => {
		const menu = async (entry, title) => {
			await sara.locator('.card', { hasText: title }).first().click({ button: 'right' })
			await sara.locator('menu button', { hasText: entry }).click()
		}
		await menu('Quote', 'Hospital')
		await menu('Invoice', 'Support')
		sara.once('dialog', dialog => dialog.accept('Delivery'))
		await menu('Call', 'Support')
		await eventually(() => ask(`SELECT (SELECT count(*) FROM document WHERE kind = 'quote' AND number IS NOT NULL) AS quotes,
			(SELECT realized_amount FROM opportunity WHERE title = 'Support') AS realized, (SELECT subject FROM activity) AS call`), { quotes: '1', realized: '12500.00', call: 'Delivery' })
		await menu('Delete', 'Somebody called')
		await eventually(() => titles(column(sara, 'No stage')), [])
		assert.equal(await omid.locator('menu button', { hasText: 'Delete' }).count(), 0)
	})
	await check('lanes by owner, and a drag to another lane gives it to that one', async () => {
		await sara.selectOption('[aria-label=Lanes]', 'owner')
		await eventually(() => sara.locator('.lane h2').allTextContents(), ['امید کریمی', 'سارا رضایی'])
		await sara.screenshot({ path: `${shots}/lanes.png` })
		await sara.selectOption('[aria-label=Lanes]', '')
	})
	await check('a filter is built, applied and saved', async () => {
		await sara.click('header button:text("Filter")')
		await sara.click('.ruleGroup button:has-text("Rule")')
		await sara.selectOption('.rule-fields', 'amount')
		await sara.selectOption('.rule-operators', '>=')
		await sara.fill('.rule-value', '100000')
		await sara.click('.filter > button:text("Filter")')
		await eventually(() => titles(sara), ['Network, changed', 'Hospital'])
		await sara.fill('.filter > input', 'Large')
		await sara.click('.filter > button:text("Save")')
		await sara.screenshot({ path: `${shots}/filter.png` })
		await eventually(async () => (await ask(`SELECT count(*) AS count FROM saved_filter WHERE name = 'Large' AND owner = 'sara'`)).count, '1')
		await sara.click('.filter > button:text("Cancel")')
		await sara.selectOption('[aria-label="Saved filters"]', 'Large')
		await eventually(() => titles(sara), ['Network, changed', 'Hospital'])
		await sara.selectOption('[aria-label="Saved filters"]', '')
		await sara.click('header button:text("Filter")')
	})
	await check('the form, made of fields: an error stands beside its field, then it is made', async () => {
		await sara.click('header button:text("New")')
		await sara.fill('dialog [name=amount]', 'many')
		await sara.click('dialog button:text("Save")')
		await sara.waitForSelector('label.wrong [name=amount], label.wrong [name=title], label.wrong [name=pipeline_id]')
		await sara.fill('dialog [name=amount]', '۴۲۰۰٫۵۰')
		await sara.fill('dialog [name=title]', 'از فرم')
		if (await sara.locator('dialog [name=pipeline_id]').count() > 0)
			await sara.locator('dialog [name=pipeline_id]').evaluate(input => input.tagName) === 'SELECT' ? await sara.selectOption('dialog [name=pipeline_id]', '1') : await sara.fill('dialog [name=pipeline_id]', '1')
		await sara.click('dialog button:text("Save")')
		await eventually(async () => (await ask(`SELECT amount FROM opportunity WHERE title = 'از فرم'`))?.amount, '4200.50')
		await eventually(() => titles(column(omid, 'No stage')), ['از فرم'], 1500)
	})
	await check('the form edits what it shows', async () => {
		await sara.locator('.card', { hasText: 'از فرم' }).dblclick()
		await sara.fill('dialog [name=title]', 'از فرم، دوباره')
		await sara.click('dialog button:text("Save")')
		await eventually(() => titles(column(omid, 'No stage')), ['از فرم، دوباره'], 1500)
	})
	await check('the grid: sorted, its pages and totals', async () => {
		await sara.click('nav button:text("Grid")')
		await sara.waitForSelector('tbody tr')
		await sara.click('th button:text("Title")')
		await eventually(() => sara.locator('tbody tr td:nth-child(2)').first().innerText(), 'Barcode printers')
		assert.match(await sara.locator('footer').innerText(), /1–7 \/ 7/)
		await sara.screenshot({ path: `${shots}/grid.png` })
	})
	await check('reports: the funnel, a waterfall of each currency that ends with what is open, and targets', async () => {
		await db.query(`INSERT INTO target (owner, period, first_day, amount, currency) SELECT login, 'quarter', period_of('quarter', business_date(now())), amount, 'EUR'
			FROM (VALUES ('sara', 9000), ('omid', 12000)) AS t (login, amount)`)
		await sara.click('nav button:text("Reports")')
		await sara.waitForSelector('figure')
		const open = await ask(`SELECT final_total(totals(amount, 0, 0)) AS usd FROM opportunity WHERE closed_on IS NULL AND currency = 'USD'`)
		const usd = sara.locator('figure', { hasText: 'USD' }).first().locator('.bar', { hasText: 'End' })
		assert.equal((await usd.locator('b').innerText()).replaceAll(/[^\d.]/g, ''), open.usd)
		const won = await ask(`SELECT won FROM attainment('THIS_QUARTER', '{owner}') WHERE dimensions ->> 'owner' = 'omid' AND currency = 'EUR'`)
		const target = sara.locator('figure[aria-label^="Won / target"] .bar', { hasText: '12,000' }).locator('bdi').first()
		assert.equal((await target.innerText()).replaceAll(/[^\d.]/g, ''), won.won ?? '')
		const funnel = await ask('SELECT string_agg(entered::text, $1 ORDER BY stage_position) AS entered FROM funnel()', [' '])
		assert.equal((await sara.locator('figure').first().locator('.bar b span:last-child bdi').allInnerTexts()).join(' '), funnel.entered)
		await sara.locator('.reports').screenshot({ path: `${shots}/reports.png` })
		await sara.click('nav button:text("Grid")')
		await sara.waitForSelector('tbody tr')
	})
	await check('several rows edited at once, with a result for each', async () => {
		for (const box of (await sara.locator('tbody input').all()).slice(0, 2)) await box.check()
		await sara.selectOption('.tools select', 'owner')
		await sara.fill('.tools form input', 'omid')
		await sara.click('.tools form button:text("Save")')
		await eventually(() => sara.locator('tbody td.updated, tbody td.unchanged').count(), 2)
	})
	await check('export has the rows and a byte order mark', async () => {
		const file = await (await fetch(new URL(await sara.locator('a:text("Export")').getAttribute('href'), address))).text()
		assert.match(file, /title,account\.name/)
		assert.equal(file.trim().split('\n').length, 8)
	})
	await check('exports that are broken off leave the connections to others', async () => {
		await db.query(`INSERT INTO opportunity (pipeline_id, title) SELECT 1, repeat('exported ', 100) FROM generate_series(1, 20000)`)
		const list = encodeURIComponent(JSON.stringify({ fields: ['title'] }))
		for (let i = 0; i < 12; i++) {
			const aborted = new AbortController()
			const answer = await fetch(`${address}api/export?user=sara&list=${list}`, { signal: aborted.signal })
			await answer.body.getReader().read()
			aborted.abort()
		}
		const answer = await fetch(`${address}api/rights?user=sara`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}', signal: AbortSignal.timeout(10000) })
		assert.equal(answer.status, 200)
		await db.query(`DELETE FROM opportunity WHERE title LIKE 'exported%'`)
	})
	await check('in Persian: from right to left, with Persian digits, words and days', async () => {
		const page = await open({ user: 'omid', language: 'fa' })
		assert.equal(await page.locator('main').getAttribute('dir'), 'rtl')
		await page.waitForSelector('text=مجموع نهایی')
		assert.match(await column(page, 'سرنخ').innerText(), /۱۹۷٬۱۰۰/)
		await page.screenshot({ path: `${shots}/board-fa.png` })
		await page.click('nav button:text("نمای لیستی")')
		await page.waitForSelector('tbody tr')
		assert.match(await page.locator('tbody').innerText(), /۲۹ آذر ۱۴۰۵/)
		await page.screenshot({ path: `${shots}/grid-fa.png` })
		await page.click('nav button:text("گزارش‌ها")')
		await page.waitForSelector('figure')
		await page.locator('.reports').screenshot({ path: `${shots}/reports-fa.png` })
	})
	await check('nobody else signs in', async () => {
		assert.equal((await fetch(`${address}api/board?user=mallory`, { method: 'POST' })).status, 401)
		assert.equal((await fetch(`${address}api/__proto__?user=sara`, { method: 'POST' })).status, 404)
	})
	await check('what no page asks is refused, and ends nothing', async () => {
		const { port } = new URL(address)
		for (const path of ['//', '/%00', '/../../server.mjs'])
			assert.ok([400, 404].includes(await new Promise(resolve => get({ host: '127.0.0.1', port, path }, response => resolve(response.resume().statusCode)))), path)
		const post = async (name, type, body) => (await fetch(`${address}api/${name}?user=sara`, { method: 'POST', headers: { 'content-type': type }, body })).status
		for (const body of ['', '{', 'null', '[]', '"x"', '{"fields": "x"}', '{"search": "\\u0000"}']) assert.equal(await post('list', 'application/json', body), 400, body)
		assert.equal(await post('edit', 'text/plain', '{"id": 1, "changes": {"title": "from elsewhere"}}'), 415)
		assert.equal((await fetch(`${address}api/events`)).status, 401)
		assert.equal((await fetch(`${address}api/export?user=sara&list=null`)).status, 400)
	})
	await check('connections that are lost are made anew, and the page follows again', async () => {
		await db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
		await eventually(async () => (await ask(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN opportunities'`)).count, '1')
		await db.query(`UPDATE opportunity SET title = 'Found again' WHERE title = 'Support'`)
		await eventually(async () => (await titles(omid)).includes('Found again'), true)
	})
	console.log(`the page: ${checks} checks`)
} finally {
	await browser.close()
	server.kill()
	await db.end()
}
