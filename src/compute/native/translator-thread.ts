import { serveOrders } from '../../base/thread/index.ts'
import { toResultFailure } from './failure.ts'
import { translate } from './translations.ts'
import type { Order, Reply } from './translator-messages.ts'

/** The thread behind `Translator`. */
serveOrders(({ kind, args }: Order): Reply => {
  try {
    return { result: translate(kind, args) }
  } catch (error) {
    return { failure: toResultFailure(error) }
  }
})
