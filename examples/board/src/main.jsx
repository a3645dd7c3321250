import { start } from './start.js'
import { day, money } from './texts.js'

import('./page.jsx')
// while that comes: the first of a kind takes as long as a hundred cards
money('0.00', null, start.language)
day('2000-01-01', start.language)
