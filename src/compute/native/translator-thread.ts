import { parentPort } from 'node:worker_threads'
import { toResultFailure } from './failure.ts'
import { translate } from './translations.ts'
import { findTransfer, type Order, type Reply } from './translator-messages.ts'

/** The thread behind `Translator`: does one order after the other. */
const port = parentPort!

port.on('message', (order: Order) => {
  const reply = work(order)
  port.postMessage(reply, findTransfer('result' in reply ? reply.result : undefined))
})

port.postMessage('ready')

function work({ kind, args }: Order): Reply {
  try {
    return { result: translate(kind, args) }
  } catch (error) {
    return { failure: toResultFailure(error) }
  }
}
