// What a manager looks at: how far deals come, what changed in the pipeline this quarter, and targets. Amounts are strings; only where a bar
// begins and ends is a number.
import { useEffect, useState } from 'react'
import { call } from './api.js'
import { money, number } from './texts.js'

// Bars one below the other, each part from one amount to another, of all that they span.
function Bars({ title, rows }) {
	const ends = rows.flatMap(row => row.parts.flatMap(part => [part.from, part.to]))
	const least = Math.min(0, ...ends)
	const place = value => 100 * (value - least) / (Math.max(0, ...ends) - least || 1)
	const span = ({ from, to }) => ({ insetInlineStart: `${place(Math.min(from, to))}%`, width: `${Math.abs(place(to) - place(from))}%` })
	return (
		<figure aria-label={title}>
			<figcaption>{title}</figcaption>
			{rows.map((row, i) => (
				<div key={i} className="bar">
					<span>{row.label}</span>
					<div>{row.parts.map(part => <i key={part.kind} className={part.kind} style={span(part)} />)}</div>
					<b>{row.amounts.filter(Boolean).map((amount, n) => <span key={n}>{n > 0 && ' / '}<bdi>{amount}</bdi></span>)}</b>
				</div>
			))}
		</figure>
	)
}

// Currencies are never added up: a picture for each.
const apart = (rows, title, bars) => [...Map.groupBy(rows, row => row.currency)].map(([currency, some]) =>
	<Bars key={currency} title={[title, currency].filter(Boolean).join(' · ')} rows={bars(some)} />)

// Each change begins where the one before it ended.
function steps(changes, text, language) {
	let level = 0
	return changes.map(({ change, currency, amount }) => {
		const from = ['begin', 'end'].includes(change) ? 0 : level
		level = from + Number(amount)
		return { label: text.changes[change], amounts: [money(amount, currency, language)], parts: [{ kind: change, from, to: level }] }
	})
}

export function Reports({ fields, language, text, version, seen, tell }) {
	const [reports, setReports] = useState(null)
	useEffect(() => {
		let current = true
		Promise.all([call('funnel'), call('waterfall'), call('attainment')])
			.then(all => current && (setReports(all), seen(all[0][0]?.cursor ?? null))).catch(tell)
		return () => { current = false }
	}, [language, version, seen, tell])

	if (!reports) return null
	const [funnel, waterfall, attainment] = reports
	const name = stage => fields.stage_id.choices?.find(choice => choice.value === stage.stage_id)?.label ?? stage.stage
	return (
		<section className="reports">
			<Bars title={text.funnel} rows={funnel.map(stage => ({
				label: name(stage), amounts: [number(stage.went_on, language), number(stage.entered, language)],
				parts: [{ kind: 'entered', from: 0, to: Number(stage.entered) }, { kind: 'went_on', from: 0, to: Number(stage.went_on) }],
			}))} />
			{apart(waterfall, text.waterfall, changes => steps(changes, text, language))}
			{apart(attainment, text.attainment, people => people.map(one => ({
				label: one.owner ?? text.none, amounts: [money(one.won, one.currency, language), money(one.target, one.currency, language)],
				parts: [{ kind: 'won', from: 0, to: Number(one.won) }, { kind: 'open', from: Number(one.won), to: Number(one.won) + Number(one.open_estimated) },
					{ kind: 'target', from: 0, to: Number(one.target) }],
			})))}
		</section>
	)
}
