// Compares where months and years begin in opportunities.period_of with what JavaScript's Intl says, day by day
// over 40 years. Reads the database that psql connects to by default (PGHOST, PGDATABASE, …).
import { execFileSync } from 'node:child_process'

const calendars = ['gregory', 'persian', 'islamic-civil', 'islamic-umalqura', 'hebrew', 'indian', 'coptic', 'ethiopic', 'buddhist', 'roc']
const units = { month: { era: 'short', year: 'numeric', month: 'long' }, year: { era: 'short', year: 'numeric' } }
const first = Date.UTC(2000, 0, 1)
const last = Date.UTC(2040, 0, 1)

const rows = execFileSync('psql', ['-XAtq', '-F', ' ', '-c', `
	SET datestyle = 'ISO, YMD';
	SELECT calendar, unit, to_char(day, 'YYYY-MM-DD'), opportunities.period_of(unit, day::date, calendar)
	FROM unnest('{${calendars}}'::text[]) calendar, unnest('{${Object.keys(units)}}'::text[]) unit,
		generate_series('2000-01-01'::timestamp, '2040-01-01', '1 day') day`], { encoding: 'utf8', maxBuffer: 1 << 28 })
const ours = new Map(rows.trim().split('\n').map(row => row.split(' ')).map(([calendar, unit, day, start]) => [`${calendar} ${unit} ${day}`, start]))

let compared = 0
let starts = 0
const wrong = []
for (const calendar of calendars) {
	for (const [unit, parts] of Object.entries(units)) {
		const format = new Intl.DateTimeFormat(`en-u-ca-${calendar}`, { ...parts, timeZone: 'UTC' })
		if (format.resolvedOptions().calendar !== calendar) throw new Error(`Intl has no calendar ${calendar}`)
		let start
		let name = format.format(first - 86400000)
		for (let time = first; time <= last; time += 86400000) {
			const day = new Date(time).toISOString().slice(0, 10)
			const next = format.format(time)
			if (next !== name) {
				start = day
				starts++
			}
			name = next
			// The unit that holds the first day may have begun before it.
			if (start === undefined) continue
			compared++
			const answer = ours.get(`${calendar} ${unit} ${day}`)
			if (answer !== start) wrong.push(`${calendar} ${unit} of ${day}: Intl ${start}, ours ${answer}`)
		}
	}
}

console.log(`ICU ${process.versions.icu}: ${calendars.length} calendars, ${starts} starts, ${compared} days compared, ${wrong.length} different`)
if (wrong.length > 0) {
	console.log(wrong.slice(0, 10).join('\n'))
	process.exit(1)
}
