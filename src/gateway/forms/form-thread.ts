import { serveOrders } from '../../base/thread/index.ts'
import { readForm } from './read-form.ts'

/** The thread behind `FormReader`. */
serveOrders(readForm)
