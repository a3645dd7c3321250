// How the page opens, as its address says. Its first calls are under way before its code is there.
import { begin, signIn } from './api.js'

const from = new URLSearchParams(location.search)
export const start = {
	user: from.get('user') ?? 'sara', language: from.get('language') ?? 'en', layout: from.get('layout') ?? 'board', lane: from.get('lane') ?? '',
	filter: '', rules: null, search: '',
}

const shown = ['title', 'account.name', 'label(owner)', 'amount', 'currency', 'probability', 'expected_close', 'tags', 'stale', 'close_reason', 'version']
export const selection = ({ filter, rules, search }) => ({ filter: filter || null, rules, search: search || null })
export const boardOf = (chosen, lane) => ({ ...chosen, lane_by: lane || null, fields: shown })

signIn(start.user, start.language)
for (const name of ['fields', 'rights', 'filters']) begin(name)
if (start.layout === 'board') begin('board', boardOf(selection(start), start.lane))
