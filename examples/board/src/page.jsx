// The page: who, in which language, what is looked at, and how. Board and grid show the same selection.
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { call, listen, signIn } from './api.js'
import { Board } from './board.jsx'
import { selection, start } from './start.js'
import texts from './texts.js'
import './style.css'

// These come when they are asked for.
const part = (name, load) => lazy(() => load().then(parts => ({ default: parts[name] })))
const Filter = part('Filter', () => import('./filter.jsx'))
const Form = part('Form', () => import('./form.jsx'))
const Grid = part('Grid', () => import('./grid.jsx'))
const Reports = part('Reports', () => import('./reports.jsx'))

function Page() {
	const [user, setUser] = useState(start.user)
	const [language, setLanguage] = useState(start.language)
	const [layout, setLayout] = useState(start.layout)
	const [lane, setLane] = useState(start.lane)
	const [search, setSearch] = useState(start.search)
	const [filter, setFilter] = useState(start.filter)
	const [rules, setRules] = useState(start.rules)
	const [filters, setFilters] = useState([])
	const [building, setBuilding] = useState(false)
	const [fields, setFields] = useState(null)
	const [rights, setRights] = useState({})
	const [form, setForm] = useState(null)
	const [message, setMessage] = useState(null)
	const [version, setVersion] = useState(0)
	const text = texts[language]
	signIn(user, language)

	const reload = useCallback(() => setVersion(old => old + 1), [])
	const tell = useCallback(error => setMessage(error ? [error.message, error.hint].filter(Boolean).join('. ') : null), [])
	// Ours and others' changes: the cursor that came with what is drawn says whether there are any since.
	const cursor = useRef(null)
	const seen = useCallback(next => { cursor.current = next }, [])
	useEffect(() => listen(async () => {
		if (cursor.current === null) return
		try {
			const [{ changes }] = await call('changes', { cursor: cursor.current })
			if (changes.changes.length > 0) reload()
		} catch (error) { // a history that isn't this one any more: read anew
			tell(error)
			reload()
		}
	}), [user, reload, tell])
	useEffect(() => {
		Promise.all([call('fields'), call('rights'), call('filters')]).then(([rows, [{ rights }], filters]) => {
			setFields(Object.fromEntries(rows.map(row => [row.name, row])))
			setRights(rights)
			setFilters(filters)
		}).catch(tell)
	}, [user, language, version, tell])

	if (!fields) return message && <p role="alert">{message}</p>
	const chosen = selection({ filter, rules, search })
	const shared = { fields, rights, language, text, chosen, version, reload, seen, tell, open: setForm }
	return (
		<main dir={language === 'fa' ? 'rtl' : 'ltr'} lang={language}>
			<header>
				<nav>
					{['board', 'grid', 'reports'].map(one => <button key={one} aria-pressed={layout === one} onClick={() => setLayout(one)}>{text[one]}</button>)}
				</nav>
				<input type="search" placeholder={text.search} value={search} onChange={event => setSearch(event.target.value)} />
				<select aria-label={text.filters} value={filter} onChange={event => setFilter(event.target.value)}>
					<option value="">{text.everything}</option>
					{filters.map(one => <option key={one.name}>{one.name}</option>)}
				</select>
				<button aria-pressed={rules !== null} onClick={() => setBuilding(!building)}>{text.filter}</button>
				{layout === 'board' && <select aria-label={text.lanes} value={lane} onChange={event => setLane(event.target.value)}>
					<option value="">{text.lanes}: {text.none}</option>
					{Object.values(fields).filter(one => one.lane).map(one => <option key={one.name} value={one.name}>{one.label}</option>)}
				</select>}
				{rights.create && <button onClick={() => setForm({})}>{text.create}</button>}
				<span className="who">
					<select aria-label="user" value={user} onChange={event => setUser(event.target.value)}><option>sara</option><option>omid</option></select>
					<select aria-label="language" value={language} onChange={event => setLanguage(event.target.value)}><option value="en">English</option><option value="fa">فارسی</option></select>
				</span>
			</header>
			{message && <p role="alert" onClick={() => setMessage(null)}>{message}</p>}
			<Suspense>
				{building && <Filter {...shared} rules={rules} use={setRules} />}
				{layout === 'board' ? <Board {...shared} lane={lane} /> : layout === 'grid' ? <Grid {...shared} /> : <Reports {...shared} />}
				{form && <Form {...shared} card={form} close={() => setForm(null)} />}
			</Suspense>
		</main>
	)
}

createRoot(document.getElementById('root')).render(<Page />)
