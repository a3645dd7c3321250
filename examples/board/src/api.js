// Calls of the server: the rows, or an Error with what the database says of it.
let who = ''
export const signIn = (user, language) => { who = new URLSearchParams({ user, language }) }

async function send(name, args) {
	const response = await fetch(`/api/${name}?${who}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(args) })
	const answer = await response.json()
	if (!response.ok) throw Object.assign(new Error(answer.message), answer, { conflict: response.status === 409 })
	return answer
}

// A call that is begun before whoever makes it is there gets the answer of the one that was begun.
const begun = new Map()
const key = (name, args) => JSON.stringify([name, args])
export const begin = (name, args = {}) => begun.set(key(name, args), send(name, args))
export function call(name, args = {}) {
	const first = begun.get(key(name, args))
	begun.delete(key(name, args))
	return first ?? send(name, args)
}

export const exportUrl = list => `/api/export?${who}&list=${encodeURIComponent(JSON.stringify(list))}`

// Calls back whenever something changed, for as long as nobody calls what it returns.
export function listen(changed) {
	const events = new EventSource(`/api/events?${who}`)
	events.onmessage = changed
	events.onopen = changed
	return () => events.close()
}
