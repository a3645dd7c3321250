import './start.js'

import('./page.jsx')
