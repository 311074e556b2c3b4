import { RoostError } from '../errors/index.ts'

/** As the public port says it. */
const RETRY_AFTER_SECONDS = 5

/** Headers that every listener puts on its answer to a request that it refuses: the code, and when to come again. */
export function toRefusalHeaders({ code, status, details }: RoostError): Record<string, string> {
  const { retryAfterSeconds } = details
  return {
    ...(typeof retryAfterSeconds === 'number' && { 'retry-after': String(retryAfterSeconds) }),
    'x-roost-error': code,
    ...(status === 503 && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
  }
}

export function hostBusy(message: string): RoostError {
  return new RoostError('HOST_BUSY', message, { hint: `Try again after ${RETRY_AFTER_SECONDS} seconds.` })
}
