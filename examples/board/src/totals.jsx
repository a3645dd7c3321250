// The three totals, each currency apart.
import { money } from './texts.js'

export function Totals({ by, language, text }) {
	return (
		<dl className="totals">
			{['final_total', 'estimated_total', 'realized_total'].map(total => (
				<div key={total} className={total}>
					<dt>{text[total]}</dt>
					{by?.map(one => <dd key={one.currency}>{money(one[total], one.currency, language)}</dd>)}
				</div>
			))}
		</dl>
	)
}
