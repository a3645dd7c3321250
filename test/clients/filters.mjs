// Compares what filter definitions select with what the SQL selects that react-querybuilder writes for them:
// random definitions, over the public data set's opportunities and over a table with NULLs everywhere.
// RQB_SEED and COUNT choose the definitions. With the argument "sample" it writes the file that
// test/sql/filter_sample.sql reads, in place of comparing.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { convertFromIC, joinWith, transformQuery } from '@react-querybuilder/core'
import { defaultRuleProcessorSQL, defaultValueProcessorByRule, formatQuery } from '@react-querybuilder/core/formatQuery'

const sample = process.argv[2] === 'sample'
const seed = Number(process.env.RQB_SEED ?? (sample ? 1 : Date.now() % 1000000))
const count = Number(process.env.COUNT ?? (sample ? 300 : 2000))
const root = new URL('../..', import.meta.url).pathname
process.chdir(root)

// ---- Tables

const tables = {
	'peer.filter_rows': {
		name: 'text', nickname: 'text', price: 'numeric', cost: 'numeric', size: 'integer', stock: 'integer', bought: 'date', sold: 'date',
		seen: 'timestamptz', heard: 'timestamptz', active: 'boolean', hidden: 'boolean', tags: 'text[]', numbers: 'integer[]',
	},
	'public_crm.opportunity': {
		title: 'text', owner: 'text', source: 'text', stage_id: 'integer', account_id: 'integer', amount: 'numeric', probability: 'numeric', estimated_amount: 'numeric',
		expected_close: 'date', closed_on: 'date', closed_at: 'timestamptz', created_at: 'timestamptz', archived: 'boolean', tags: 'text[]', competitors: 'text[]',
	},
}

function psql(script) {
	return execFileSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1'], { input: script, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'inherit'] })
}

const literal = text => `'${String(text).replaceAll("'", "''")}'`

// ---- Random definitions

let state = seed
function random() {
	state = (state + 0x6d2b79f5) | 0
	let t = Math.imul(state ^ (state >>> 15), 1 | state)
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const below = n => Math.floor(random() * n)
const chance = share => random() < share
const pick = list => list[below(list.length)]

const comparisons = ['=', '!=', '<', '>', '<=', '>=']
const likes = ['contains', 'beginsWith', 'endsWith', 'doesNotContain', 'doesNotBeginWith', 'doesNotEndWith']
const lists = ['in', 'notIn']
const ranges = ['between', 'notBetween']
const anchors = ['now', ...['Day', 'Week', 'Month', 'Year'].flatMap(unit => [`startOf${unit}`, `endOf${unit}`])]
const units = ['minute', 'hour', 'day', 'week', 'month', 'year']

const isRelative = value => value?.mode === 'relative'
const relative = () => ({ mode: 'relative', anchor: pick(anchors), offset: chance(0.3) ? 0 : below(240) - 120, unit: pick(units) })

function operatorOf(type) {
	if (type.endsWith('[]')) return pick(['null', 'notNull'])
	if (type === 'boolean') return pick(['=', '!=', 'in', 'notIn', 'null', 'notNull'])
	return pick([...comparisons, ...comparisons, ...lists, ...lists, ...ranges, ...ranges, 'null', 'notNull', ...(type === 'text' ? [...likes, ...likes] : [])])
}

// A value of the column, or near one.
function valueOf(type, pool, operator) {
	if (type === 'boolean') return chance(0.8) ? chance(0.5) : pick(['true', 'false'])
	const value = pool.length > 0 ? pick(pool) : { text: 'x', integer: '1', numeric: '1', date: '2024-02-29', timestamptz: '2024-03-10T02:30:00Z' }[type]
	if (type === 'text') {
		if (likes.includes(operator)) {
			const start = below(value.length + 1)
			// A search for nothing that can be seen is an error.
			const part = (chance(0.2) ? value : value.slice(start, start + 1 + below(5))).trim() || 'Acme'
			return chance(0.3) ? part.toUpperCase() : chance(0.1) ? pick(['%', '_', '\\', "'", ',']) : part
		}
		return chance(0.1) ? value.toUpperCase() : value
	}
	if (type === 'integer') {
		const number = Number(value) + (chance(0.2) ? below(3) - 1 : 0)
		return chance(0.5) ? number : String(number)
	}
	if (type === 'numeric') return chance(0.1) ? Number(value) + pick([-0.01, 0.25, 1]) : chance(0.5) ? Number(value) : value
	if ((type === 'date' || type === 'timestamptz') && !sample && chance(0.15)) return relative()
	return value
}

function ruleOf(table) {
	const types = tables[table]
	const field = pick(Object.keys(types))
	const type = types[field]
	const operator = operatorOf(type)
	const rule = { field, operator, value: '' }
	if (chance(0.5)) rule.valueSource = 'value'
	if (type.endsWith('[]') && chance(0.85)) return matchOf(table, field, type)

	if (operator === 'null' || operator === 'notNull') {
		rule.value = pick(['', null, 'x'])
		return rule
	}
	const same = Object.keys(types).filter(other => types[other] === type && other !== field)
	if (same.length > 0 && chance(0.15)) {
		const fields = [pick(same), pick([field, ...same])]
		rule.valueSource = 'field'
		rule.value = lists.includes(operator) || ranges.includes(operator) ? (chance(0.5) ? fields : fields.join(',')) : fields[0]
		return rule
	}
	const value = () => valueOf(type, pools[table][field], operator)
	if (lists.includes(operator) || ranges.includes(operator)) {
		const values = Array.from({ length: ranges.includes(operator) ? 2 : 1 + below(4) }, value)
		// The package doesn't read an escaped comma back within a range.
		const asString = chance(0.5) && !values.some(isRelative) && !(ranges.includes(operator) && values.some(text => /[\\,]/.test(String(text))))
		if (type === 'text') {
			// In a string, blank parts are no parts.
			for (let i = 0; i < values.length; i++) values[i] = values[i].trim() || 'Acme'
		}
		rule.value = asString ? joinWith(values.map(String), pick([',', ', '])) : values
	} else {
		rule.value = value()
	}
	return rule
}

// A group applied to the elements of an array.
function matchOf(table, field, type) {
	const element = type.slice(0, -2)
	const operators = element === 'text' ? [...comparisons, ...likes, ...lists, ...ranges, 'null', 'notNull'] : [...comparisons, ...lists, ...ranges, 'null', 'notNull']
	const pool = element === 'text' ? ['new', 'New', 'old', 'hot', 'hot, hot', 'cold'] : ['0', '1', '2', '3']
	const group = depth => {
		const rules = Array.from({ length: 1 + below(2) }, () => {
			if (depth > 0 && chance(0.2)) return group(depth - 1)
			const operator = pick(operators)
			const value = () => valueOf(element, pool, operator)
			return { field: '', operator, value: lists.includes(operator) || ranges.includes(operator) ? [value(), value()] : value() }
		})
		return { combinator: pick(['and', 'or']), ...(chance(0.2) ? { not: true } : {}), rules }
	}
	const mode = pick(['all', 'some', 'none', 'atLeast', 'atMost', 'exactly'])
	const match = { mode }
	if (mode.startsWith('at') || mode === 'exactly') match.threshold = pick([0, 1, 1, 2, 3, 0.5, 0.25])
	return { field, operator: '=', value: group(1), match }
}

const isGroup = rule => typeof rule === 'object' && Array.isArray(rule.rules)

function groupOf(table, depth) {
	const members = Array.from({ length: chance(0.02) ? 0 : 1 + below(3 + depth) }, () => {
		const member = depth > 0 && chance(0.3) ? groupOf(table, depth - 1) : ruleOf(table)
		if (chance(0.05)) Object.assign(member, pick([{ id: 'a1', path: [0] }, { disabled: true }, { meta: { rules: [] } }, { muted: false }]))
		return member
	})
	const between = chance(0.3)
	// The package makes a group of members that and binds, true where all of them are muted: one combinator, then.
	const only = between && chance(0.3) ? pick(['and', 'or']) : undefined
	if (!between || only) for (const member of members) if (chance(0.08)) member.muted = true
	const combinator = () => only ?? pick(['and', 'and', 'or', 'or', 'xor'])
	const group = between
		? { rules: members.flatMap((member, i) => (i > 0 ? [combinator(), member] : [member])) }
		: { combinator: combinator(), rules: members }
	if (members.some(member => !member.muted) && chance(0.2)) group.not = pick([true, true, 'complement'])
	else if (chance(0.1)) group.not = false
	return group
}

// ---- The SQL of the package

const escaped = text => String(text).replace(/[\\%_]/g, '\\$&')

// Written as the package's own date functions describe it: the anchor first, then the offset.
function relativeSQL({ anchor, offset, unit }, type) {
	const date = type === 'date'
	const [, bound, period] = /^(start|end)Of(.*)$/.exec(anchor) ?? []
	let moment = date ? 'current_date' : 'current_timestamp'
	if (bound) moment = `date_trunc('${period}', ${moment})`
	if (bound === 'end') moment += ` + interval '1 ${period}' - interval '1 ${date ? 'day' : 'microsecond'}'`
	if (offset) moment += ` + interval '${offset} ${unit}'`
	return date ? `(${moment})::date` : moment
}

// A definition as the package can write it in PostgreSQL's SQL: <+> stands for xor, complement is an operator.
function forPackage(group) {
	const plain = group.rules.includes('xor') ? convertFromIC(group) : group
	const exclusive = plain.combinator === 'xor'
	const copy = { ...plain, ...(exclusive ? { combinator: '<+>' } : {}) }
	copy.rules = plain.rules.map(member => {
		if (typeof member === 'string') return member
		if (!isGroup(member)) return member.match ? { ...member, value: forPackage(member.value) } : member
		const inner = forPackage(member)
		return exclusive && inner.not ? { combinator: 'and', rules: [inner], muted: inner.muted } : inner
	})
	if (copy.not !== 'complement') return copy
	return { combinator: 'and', muted: copy.muted, rules: [{ field: '', operator: 'complement', value: { ...copy, not: false, muted: false } }] }
}

function packageSQL(table, definition) {
	const types = tables[table]
	const options = {
		format: 'sql', preset: 'postgresql', parseNumbers: 'strict-limited',
		fields: Object.entries(types).map(([name, type]) => ({ name, value: name, label: name, ...(['numeric', 'integer'].includes(type) ? { inputType: 'number' } : {}) })),
		operatorProcessor: rule => ({
			between: 'between symmetric', notBetween: 'not between symmetric', in: 'in', notIn: 'not in', null: 'is null', notNull: 'is not null',
		})[rule.operator] ?? (likes.includes(rule.operator) ? (rule.operator.startsWith('doesNot') ? 'not like' : 'like') : rule.operator),
		valueProcessor: (rule, settings) => {
			const values = Array.isArray(rule.value) ? rule.value : [rule.value]
			if (!values.some(isRelative)) return defaultValueProcessorByRule(rule, settings)
			const written = values.map(value => (isRelative(value) ? relativeSQL(value, types[rule.field]) : literal(value)))
			return ranges.includes(rule.operator) ? written.join(' and ') : lists.includes(rule.operator) ? `(${written})` : written[0]
		},
		ruleProcessor: (rule, settings) => {
			if (rule.operator === 'complement') return `(${formatQuery(rule.value, options)} is not true)`
			// An empty list is no value to people; to the package it is one.
			if (!rule.match && types[rule.field]?.endsWith('[]')) return `(coalesce(cardinality("${rule.field}"), 0) ${rule.operator === 'null' ? '=' : '>'} 0)`
			if (rule.match || !likes.includes(rule.operator)) return `(${defaultRuleProcessorSQL(rule, settings)})`
			// The package compares text as it stands and takes % _ \ in it as wildcards.
			const byField = rule.valueSource === 'field'
			const sql = defaultRuleProcessorSQL({ ...rule, value: byField ? rule.value : escaped(rule.value) }, settings)
			const [, like, pattern] = /^ ((?:not )?like) (.*)$/s.exec(sql.slice(rule.field.length + 2))
			const other = byField ? pattern.replace(`"${rule.value}"`, `peer.escaped("${rule.value}")`) : pattern
			return `(opportunities.fold("${rule.field}") ${like} opportunities.fold(${other}))`
		},
	}
	return formatQuery(transformQuery(forPackage(definition), {}), options)
}

// ---- Comparison

const data = existsSync('../shared/data/crm-sales/sales_pipeline.csv') && !sample
if (!data) {
	delete tables['public_crm.opportunity']
	if (!sample) console.log('The public data set is not there: only the table with NULLs is compared.')
}

psql(`
	SET client_min_messages = warning;
	DROP SCHEMA IF EXISTS peer CASCADE;
	DROP SCHEMA IF EXISTS public_crm CASCADE;
	CREATE SCHEMA peer;
	SET search_path = peer;
	CREATE FUNCTION escaped(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN regexp_replace($1, '[\\\\%_]', '\\\\\\&', 'g');
	CREATE FUNCTION differ(boolean, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 <> $2;
	CREATE OPERATOR <+> (FUNCTION = differ, LEFTARG = boolean, RIGHTARG = boolean);
	${readFileSync('test/data/filter_rows.sql', 'utf8')}
	${readFileSync('test/data/filter_compare.sql', 'utf8')}
	${data ? `
	\\i test/data/public_crm.sql
	UPDATE opportunity SET expected_close = (created_at + id % 90 * interval '1 day')::date WHERE id % 4 > 0;
	UPDATE opportunity SET source = (ARRAY['Web', 'Fair', 'Partner, old', owner])[id % 5 + 1], archived = id % 7 = 0,
		tags = (ARRAY['new', 'New', 'old', 'hot', 'hot, hot'])[id % 6 : id % 11 - 1], competitors = (ARRAY['new', 'cold', NULL])[id % 3 : id % 5];
	ANALYZE opportunity;` : ''}
`)

// Values that the columns hold.
const pools = {}
for (const [table, types] of Object.entries(tables)) {
	const columns = Object.entries(types).filter(([, type]) => !type.endsWith('[]') && type !== 'boolean')
	const text = (column, type) => (type === 'timestamptz' ? `to_char("${column}" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')` : `"${column}"::text`)
	pools[table] = JSON.parse(psql(`SET DateStyle = 'ISO, YMD';
		SELECT json_build_object(${columns.map(([column, type]) => `'${column}',
			(SELECT coalesce(json_agg(value ORDER BY md5(value)), '[]') FROM (SELECT value FROM (SELECT DISTINCT ${text(column, type)} AS value FROM ${table}) AS v
				WHERE value IS NOT NULL ORDER BY md5(value) LIMIT 40) AS p)`)})`))
}

const names = Object.keys(tables)
const cases = Array.from({ length: count }, (_, i) => {
	const table = names[i % names.length]
	const rules = groupOf(table, below(4))
	return { table, rules, sql: packageSQL(table, rules) }
})
const rows = cases.map(({ table, rules, sql }, i) => `(${i}, ${literal(table)}, ${literal(JSON.stringify(rules))}, ${literal(sql)})`).join(',\n')
const answers = JSON.parse(psql(`
	SET search_path = peer;
	SET DateStyle = 'ISO, YMD';
	SET TimeZone = 'UTC';
	CREATE FUNCTION expected(relation regclass, sql text, OUT count bigint, OUT problem text) LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE format('SELECT count(*) FROM %s AS o WHERE ', relation) || sql INTO count;
	EXCEPTION WHEN OTHERS THEN
		problem := SQLERRM;
	END $$;
	-- rows for which the package and matches_rules say true, false or NULL differently
	CREATE FUNCTION unlike(relation regclass, rules jsonb, sql text, OUT unlike bigint) LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE format('SELECT count(*) FROM %s AS o WHERE (%s) IS DISTINCT FROM opportunities.matches_rules(o, %L)', relation, sql, rules) INTO unlike;
	EXCEPTION WHEN OTHERS THEN
	END $$;
	BEGIN;
	CREATE TEMP TABLE cases (id integer, relation regclass, rules jsonb, sql text);
	INSERT INTO cases VALUES ${rows};
	SELECT json_agg(json_build_array(e.count, e.problem${sample ? '' : ', o.spliced, o.called, o.problem, u.unlike'}) ORDER BY id)
	FROM cases, expected(relation, sql) AS e ${sample ? '' : ', filter_counts(relation, rules) AS o, unlike(relation, rules, sql) AS u'};
	COMMIT;
`))

const unwritten = answers.filter(([, problem]) => problem)
if (unwritten.length > 0) {
	const i = answers.indexOf(unwritten[0])
	throw new Error(`${unwritten.length} definitions that the package's SQL can't apply, such as ${JSON.stringify(cases[i])}: ${answers[i][1]}`)
}

if (sample) {
	const lines = cases.map(({ rules }, i) => `${answers[i][0]}\t${JSON.stringify(rules).replaceAll('\\', '\\\\')}`)
	writeFileSync('test/data/filter_sample.tsv', `${lines.join('\n')}\n`)
	console.log(`seed ${seed}: ${lines.length} definitions written`)
} else {
	const wrong = cases.flatMap(({ table, rules, sql }, i) => {
		const [expected, , spliced, called, problem, unlike] = answers[i]
		if (spliced === expected && called === expected && unlike === 0) return []
		return [`${table} ${JSON.stringify(rules)}\n  package: ${expected} rows, ${sql}\n  ours:    ${problem ?? `${spliced} by filter_sql, ${called} by matches_rules, ${unlike} rows judged unlike`}`]
	})
	console.log(wrong.slice(0, 20).join('\n'))
	const selective = answers.filter(([expected]) => expected > 0).length
	console.log(`seed ${seed}: ${cases.length} definitions over ${names.join(' and ')}, ${selective} that select rows, ${wrong.length} disagreements`)
	if (wrong.length > 0) process.exit(1)
}
psql('SET client_min_messages = warning; DROP SCHEMA peer CASCADE; DROP SCHEMA IF EXISTS public_crm CASCADE')
