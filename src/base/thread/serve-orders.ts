import { parentPort } from 'node:worker_threads'
import { findTransfer } from './transfer.ts'

/** The thread behind a `WorkThread`: does one order after the other. What `work` throws ends the thread. */
export function serveOrders<Order, Reply>(work: (order: Order) => Reply | Promise<Reply>): void {
  const port = parentPort!
  port.on('message', async (order: Order) => {
    const reply = await work(order)
    port.postMessage(reply, findTransfer(reply))
  })
  port.postMessage('ready')
}
