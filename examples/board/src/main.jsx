import { createRoot } from 'react-dom/client'
import { Page } from './page.jsx'
import './style.css'

createRoot(document.getElementById('root')).render(<Page />)
