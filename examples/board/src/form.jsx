// The form of one opportunity, made of what fields() says. An error that names a field stands beside it.
import { useEffect, useState } from 'react'
import { call } from './api.js'

const inputs = { date: 'date' }

export function Form({ fields, text, card, close, reload, tell }) {
	const [values, setValues] = useState(null)
	const [changes, setChanges] = useState({})
	const [wrong, setWrong] = useState(null)
	const writable = Object.values(fields).filter(field => field.writable && field.type !== 'json')

	useEffect(() => {
		if (!card.id) return setValues({})
		call('read', { id: card.id, fields: [...writable.map(field => field.name), 'version'] }).then(([row]) => setValues(row.card)).catch(tell)
	}, [card.id])

	const save = async event => {
		event.preventDefault()
		try {
			await (card.id ? call('edit', { id: card.id, changes, expected: values.version }) : call('create', { changes }))
			close()
			reload()
		} catch (error) {
			setWrong(error.conflict ? { message: text.undone } : error)
		}
	}

	if (!values) return null
	return (
		<dialog open>
			<form onSubmit={save}>
				{writable.map(field => {
					const given = changes[field.name] !== undefined ? changes[field.name] : values[field.name]
					const set = value => setChanges({ ...changes, [field.name]: value })
					return (
						<label key={field.name} className={wrong?.field === field.name ? 'wrong' : ''}>
							{field.label}{field.required && <abbr title={text.required}>*</abbr>}
							{field.choices
								? <select name={field.name} value={given ?? ''} onChange={event => set(event.target.value || null)}>
									<option value="" />
									{field.choices.filter(choice => choice.active || choice.value === given).map(choice => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
								</select>
								: field.type === 'bool'
									? <input name={field.name} type="checkbox" checked={given ?? false} onChange={event => set(event.target.checked)} />
									: <input name={field.name} type={inputs[field.type] ?? 'text'} dir="auto" value={Array.isArray(given) ? given.join(', ') : given ?? ''}
										onChange={event => set(field.type === 'list' ? event.target.value.split(/[,،]\s*/).filter(Boolean) : event.target.value || null)} />}
							{wrong?.field === field.name && <em>{wrong.message}</em>}
						</label>
					)
				})}
				{wrong && !writable.some(field => field.name === wrong.field) && <p role="alert">{wrong.message}</p>}
				<button>{text.save}</button>
				<button type="button" onClick={close}>{text.cancel}</button>
			</form>
		</dialog>
	)
}
