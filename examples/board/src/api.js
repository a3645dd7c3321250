// Calls of the server: the rows, or an Error with what the database says of it.
let who = ''
export const signIn = (user, language) => { who = new URLSearchParams({ user, language }) }

export async function call(name, args = {}) {
	const response = await fetch(`/api/${name}?${who}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(args) })
	const answer = await response.json()
	if (!response.ok) throw Object.assign(new Error(answer.message), answer, { conflict: response.status === 409 })
	return answer
}

export const exportUrl = list => `/api/export?${who}&list=${encodeURIComponent(JSON.stringify(list))}`

// Calls back whenever something changed, for as long as nobody calls what it returns.
export function listen(changed) {
	const events = new EventSource(`/api/events?${who}`)
	events.onmessage = changed
	events.onopen = changed
	return () => events.close()
}
