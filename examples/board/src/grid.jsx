// The grid: columns as chosen, sorted, page by page, with the totals of all rows below, several rows edited at once, and export.
import { useEffect, useState } from 'react'
import { call, exportUrl } from './api.js'
import { number, value } from './texts.js'
import { Totals } from './totals.jsx'

const first = ['title', 'account.name', 'stage.name', 'owner', 'amount', 'currency', 'probability', 'expected_close']

export function Grid({ fields, rights, language, text, chosen, version, reload, seen, tell, open }) {
	const [columns, setColumns] = useState(first)
	const [sort, setSort] = useState(null)
	const [place, setPlace] = useState({})
	const [page, setPage] = useState(null)
	const [ids, setIds] = useState([])
	const [edit, setEdit] = useState({ field: 'owner', value: '' })
	const [results, setResults] = useState({})
	// people see names and labels, where values have them
	const shown = name => fields[name]?.choices ? `label(${name})` : name
	const asked = JSON.stringify({ ...chosen, fields: columns.map(shown), sort: sort && [sort] })

	useEffect(() => { setPlace({}); setIds([]); setResults({}) }, [asked])
	useEffect(() => {
		let current = true
		call('list', { ...JSON.parse(asked), ...place, size: 25 }).then(([{ page, cursor }]) => current && (setPage(page), seen(cursor))).catch(tell)
		return () => { current = false }
	}, [asked, place, language, version, seen, tell])

	const many = async (name, args) => {
		try {
			const rows = await call(name, { ids, on_error: 'skip', ...args })
			setResults(Object.fromEntries(rows.map(row => [row.id, row])))
		} catch (error) {
			tell(error)
		}
		reload()
	}

	if (!page) return null
	return (
		<section className="grid">
			<div className="tools">
				<details>
					<summary>{text.columns}</summary>
					{Object.values(fields).map(field => (
						<label key={field.name}>
							<input type="checkbox" checked={columns.includes(field.name)}
								onChange={event => setColumns(event.target.checked ? [...columns, field.name] : columns.filter(name => name !== field.name))} />
							{field.label}
						</label>
					))}
				</details>
				{rights.export && <a href={exportUrl({ ...chosen, fields: columns, sort: sort && [sort] })}>{text.export}</a>}
				{ids.length > 0 && <form onSubmit={event => { event.preventDefault(); many('edit_many', { changes: { [edit.field]: edit.value || null } }) }}>
					{number(ids.length, language)} {text.chosen}: {text.change}
					<select value={edit.field} onChange={event => setEdit({ ...edit, field: event.target.value })}>
						{Object.values(fields).filter(field => field.writable && field.type !== 'json').map(field => <option key={field.name} value={field.name}>{field.label}</option>)}
					</select>
					{text.to} <input value={edit.value} onChange={event => setEdit({ ...edit, value: event.target.value })} />
					{rights.edit_many && <button>{text.save}</button>}
					{rights.delete_many && <button type="button" onClick={() => many('delete_many')}>{text.remove}</button>}
				</form>}
			</div>
			<table>
				<thead>
					<tr>
						<th />
						{columns.map(name => <th key={name} className={fields[name]?.type}>
							<button onClick={() => setSort(sort === name ? `-${name}` : name)}>{fields[name]?.label ?? name} {sort === name ? '▲' : sort === `-${name}` ? '▼' : ''}</button>
						</th>)}
						<th />
					</tr>
				</thead>
				<tbody>
					{page.rows.map(row => (
						<tr key={row.id} onDoubleClick={() => open(row)}>
							<td><input type="checkbox" aria-label={row.id} checked={ids.includes(row.id)} onChange={event => setIds(event.target.checked ? [...ids, row.id] : ids.filter(id => id !== row.id))} /></td>
							{columns.map(name => <td key={name} className={fields[name]?.type}>{value(fields[name], row[shown(name)], language)}</td>)}
							<td className={results[row.id]?.status}>{results[row.id] && (results[row.id].message ?? text.done)}</td>
						</tr>
					))}
				</tbody>
			</table>
			<footer>
				<button disabled={!page.previous} onClick={() => setPlace({ before: page.previous })}>{text.previous}</button>
				{number(page.first, language)}–{number(page.first + page.rows.length - 1, language)} / {number(page.totals.count, language)}
				<button disabled={!page.next} onClick={() => setPlace({ after: page.next })}>{text.next}</button>
				<Totals by={page.totals.by_currency} language={language} text={text} />
			</footer>
		</section>
	)
}
