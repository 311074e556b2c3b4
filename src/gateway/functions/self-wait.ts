import type { CallError } from '../../compute/pool/index.ts'
import type { RunningCall, RunningCalls } from './running-calls.ts'

/**
 * Set by `fetch` inside instances on requests to this server's own address: the ID of the request that the calling code works
 * for. It never reaches a function. Anybody can send it, but only the ID of a call that runs now means anything.
 */
export const CALLER_HEADER = 'x-roost-caller'

/**
 * What a function that had no free instance is told when it waits for itself: the request comes from one of its own calls, which
 * keeps an instance until it is answered, or from a function that such a call waits for. Certain where the chain of calls
 * leads back to it; only possible where every instance was busy for the whole wait and the caller is on this machine
 * (`node:http`, a program). Everything else is told what it would be told anyway.
 */
export function explainSelfWait(
  error: CallError,
  call: RunningCall,
  { running, isLocal }: { running: RunningCalls; isLocal: boolean },
): CallError {
  if (error.code !== 'POOL_SATURATED') return error
  const { name } = call.version
  const ring = findRing(call, running)
  if (ring !== undefined)
    return rephrase(
      { ...error, code: 'FUNCTION_WAITS_FOR_ITSELF' },
      `The function "${name}" waits for itself (${ring.join(' → ')}): one of its running invocations made this request, and all of its instances are busy. ${REMEDY}`,
    )
  if (!isLocal || error.isStandstill !== true) return error
  return rephrase(
    error,
    `${error.failure.errorMessage}, and none of its invocations has ended in the meantime. This request came from this machine: if "${name}", or a function that it calls, made the request, "${name}" waits for itself. ${REMEDY}`,
  )
}

const REMEDY = 'Raise `concurrency` of the function, or call its code directly instead of its URL.'

/** Rings longer than this are not followed. */
const MOST_STEPS = 16

/** The functions from the one that is asked for back to itself, or undefined when its caller is another. */
function findRing(call: RunningCall, running: RunningCalls): string[] | undefined {
  const names = [call.version.name]
  let next = call.caller === undefined ? undefined : running.find(call.caller)
  for (let step = 0; next !== undefined && step < MOST_STEPS; step++) {
    names.unshift(next.version.name)
    if (next.version.id === call.version.id) return names
    next = next.caller === undefined ? undefined : running.find(next.caller)
  }
  return undefined
}

function rephrase(error: CallError, errorMessage: string): CallError {
  return { ...error, failure: { ...error.failure, errorMessage } }
}
