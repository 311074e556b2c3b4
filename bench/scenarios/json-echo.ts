import { createLoadScenario } from '../load-scenario.ts'

/** An order of the size that forms and webhooks have: 1 KB. */
const ITEM = { sku: 'A-1042', name: 'Folding travel map', quantity: 2, price: 12.5, tags: ['map', 'paper'] }
const order = { id: 4711, customer: 'Ana', note: '', items: Array.from({ length: 10 }, () => ITEM) }
order.note = 'x'.repeat(1024 - JSON.stringify(order).length)

export default createLoadScenario('1 KB JSON POST echo', 'echo', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(order),
})
