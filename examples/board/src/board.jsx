// The board: a column for each stage, in lanes if asked for. A drag is one call; what it can't do is undone.
import { useEffect, useState } from 'react'
import { call } from './api.js'
import { boardOf } from './start.js'
import { day, money, number } from './texts.js'
import { Totals } from './totals.jsx'

// What drags comes once the cards are there to be looked at; until then they stand still.
const standing = {
	DragDropContext: ({ children }) => children,
	Droppable: ({ children }) => children({}),
	Draggable: ({ children }) => children({}),
}

const same = (cell, column) => cell && ['pipeline_id', 'lane', 'stage_id'].every(key => cell[key] === column[key])

// The columns after a drag: what the answer says of the card and of the columns that it came to and left. Beyond the cards that are loaded it isn't drawn.
const settled = (columns, id, { card, shown, place, column, left }) => columns.map(one => {
	const cards = one.cards.filter(other => other.id !== id)
	if (shown && same(column, one) && place <= cards.length + !one.next) cards.splice(place - 1, 0, card)
	return { ...one, ...[column, left].find(cell => same(cell, one)), cards }
})

export function Board({ fields, rights, language, text, chosen, version, reload, seen, tell, open, lane }) {
	const [columns, setColumns] = useState([])
	const [whole, setWhole] = useState(null)
	const [menu, setMenu] = useState(null)
	const [left, setLeft] = useState(null) // the column whose card is being dragged
	const [{ DragDropContext, Droppable, Draggable }, setDragging] = useState(standing)
	const asked = JSON.stringify(boardOf(chosen, lane))

	useEffect(() => {
		let current = true
		call('board', JSON.parse(asked))
			.then(([{ board, cursor }]) => current && (setColumns(board.columns), setWhole(board.totals), seen(cursor))).catch(tell)
		return () => { current = false }
	}, [asked, language, version, seen, tell])

	const drawn = columns.length > 0
	useEffect(() => { if (drawn) import('@hello-pangea/dnd').then(setDragging).catch(tell) }, [drawn, tell])

	const more = async column => {
		const [{ page }] = await call('column_cards', { ...JSON.parse(asked), after: column.next })
		setColumns(columns.map(one => one === column ? { ...one, cards: [...one.cards, ...page.cards], next: page.next } : one))
	}

	// Whether no transition leads from there to a column; the server has the last word.
	const shut = column => {
		const from = left && left.stage_id !== column.stage_id && rights.entered_from?.[column.stage_id]
		return from && !from.includes(left.pipeline_id === column.pipeline_id ? left.stage_id : null)
	}
	const drop = async ({ source, destination, draggableId: id }) => {
		setLeft(null)
		if (!destination || (source.droppableId === destination.droppableId && source.index === destination.index)) return
		const before = columns
		const from = columns[source.droppableId]
		const to = columns[destination.droppableId]
		const card = from.cards[source.index]
		const changes = {}
		if (lane && from.lane !== to.lane) changes[lane] = to.lane
		if (from.stage_id !== to.stage_id && ['won', 'lost'].includes(to.kind)) {
			const choices = fields.close_reason?.choices?.filter(choice => !choice.stage_kind || choice.stage_kind === to.kind)
			changes.close_reason = prompt([text.reason, ...choices?.map(choice => choice.label) ?? []].join('\n')) || null
		}

		const cards = columns.map(column => column.cards.filter(one => one !== card))
		cards[destination.droppableId].splice(destination.index, 0, card)
		setColumns(columns.map((column, i) => ({ ...column, cards: cards[i] })))
		const neighbour = offset => to.own_order ? cards[destination.droppableId][destination.index + offset]?.id : null
		try {
			const [{ moved }] = await call('move', { ...JSON.parse(asked), id, stage_id: to.stage_id, above: neighbour(1), below: neighbour(-1), changes, expected: card.version })
			setColumns(columns => settled(columns, id, moved))
			tell(null)
		} catch (error) {
			setColumns(before)
			tell(error.conflict ? { message: text.undone } : error)
			reload()
		}
	}

	const act = (name, args) => {
		setMenu(null)
		call(name, args).then(reload).catch(tell)
	}
	const name = column => fields.stage_id.choices?.find(choice => choice.value === column.stage_id)?.label ?? column.stage ?? text.noStage
	const lanes = [...new Set(columns.map(column => column.lane))]
	return (
		<DragDropContext onDragStart={({ source }) => setLeft(columns[source.droppableId])} onDragEnd={drop}>
			{lanes.map(one => (
				<section key={one} className="lane">
					{lane && <h2>{columns.find(column => column.lane === one).lane_label ?? `${text.noLane} ${fields[lane].label}`}</h2>}
					<div className="columns">
						{columns.map((column, i) => column.lane === one && (
							<Droppable key={i} droppableId={String(i)}>{provided => (
								<article ref={provided.innerRef} {...provided.droppableProps} className={shut(column) ? `${column.kind} shut` : column.kind} aria-label={name(column)}>
									<h3>{name(column)} <small>{number(column.count, language)}</small></h3>
									<Totals by={column.by_currency} language={language} text={text} />
									{column.cards.map((card, place) => (
										<Draggable key={card.id} draggableId={card.id} index={place} isDragDisabled={!rights.edit}>{drag => (
											<div ref={drag.innerRef} {...drag.draggableProps} {...drag.dragHandleProps} className={card.stale ? 'card stale' : 'card'}
												onDoubleClick={() => open(card)} onContextMenu={event => { event.preventDefault(); setMenu({ card, x: event.clientX, y: event.clientY }) }}>
												<b>{card.title}</b>
												<span>{card['account.name']}</span>
												<span>{money(card.amount, card.currency, language)} {card.probability && `· ${number(card.probability, language)}${language === 'fa' ? '٪' : '%'}`}</span>
												<span>{card['label(owner)']} {day(card.expected_close, language)}</span>
												{card.tags?.map(tag => <i key={tag}>{tag}</i>)}
											</div>
										)}</Draggable>
									))}
									{provided.placeholder}
									{column.next && <button onClick={() => more(column).catch(tell)}>{text.more}</button>}
								</article>
							)}</Droppable>
						))}
					</div>
				</section>
			))}
			<footer>{text.total} {number(whole?.count, language)} <Totals by={whole?.by_currency} language={language} text={text} /></footer>
			{menu && <menu style={{ top: menu.y, left: menu.x }} onMouseLeave={() => setMenu(null)}>
				<li><button onClick={() => { open(menu.card); setMenu(null) }}>{text.edit}</button></li>
				{rights.documents && <li><button onClick={() => act('quote', { id: menu.card.id })}>{text.quote}</button></li>}
				{rights.documents && <li><button onClick={() => act('invoice', { id: menu.card.id })}>{text.invoice}</button></li>}
				<li><button onClick={() => act('call', { ids: [menu.card.id], subject: prompt(text.subject) })}>{text.phone}</button></li>
				{rights.delete && <li><button onClick={() => act('delete_many', { ids: [menu.card.id], on_error: 'abort' })}>{text.remove}</button></li>}
			</menu>}
		</DragDropContext>
	)
}
