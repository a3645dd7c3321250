// A filter: react-querybuilder over the fields of the database. Its own format is what is saved and applied.
import { useState } from 'react'
import { QueryBuilder } from 'react-querybuilder'
import 'react-querybuilder/dist/query-builder.css'
import { call } from './api.js'

const inputTypes = { number: 'number', date: 'date', datetime: 'datetime-local', time: 'time' }

// What fields() says of a field, as the builder wants it.
const toField = field => ({
	name: field.name,
	label: field.label,
	operators: field.operators.map(name => ({ name, label: name })),
	inputType: inputTypes[field.type] ?? 'text',
	values: field.choices?.map(choice => ({ name: choice.value, label: choice.label })),
	valueEditorType: operator => (field.type === 'bool' ? 'checkbox' : !field.choices ? 'text' : /in$/i.test(operator) ? 'multiselect' : 'select'),
})

export function Filter({ fields, text, rules, use, tell, reload }) {
	const [query, setQuery] = useState(rules ?? { combinator: 'and', rules: [] })
	const [name, setName] = useState('')
	const save = () => call('save_filter', { name, rules: query, shared: false }).then(reload).catch(tell)

	return (
		<section className="filter">
			<QueryBuilder fields={Object.values(fields).filter(field => field.operators.length).map(toField)} query={query} onQueryChange={setQuery} />
			<button onClick={() => use(query.rules.length ? query : null)}>{text.filter}</button>
			<button onClick={() => use(null)}>{text.cancel}</button>
			<input placeholder={text.filterName} value={name} onChange={event => setName(event.target.value)} />
			<button disabled={!name} onClick={save}>{text.save}</button>
		</section>
	)
}
