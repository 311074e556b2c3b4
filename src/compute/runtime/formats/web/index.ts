import type { Assignment } from '../../../protocol/index.ts'
import { readDeployment } from '../../deployment.ts'
import { createRequest, readRequestHeader } from '../../fetch/index.ts'
import { createContext } from '../../globals/context.ts'
import type { Cookie } from '../../globals/cookies.ts'
import type { Invocation } from '../../invocation.ts'
import { OwnPromise } from '../../own-globals.ts'
import { requestScope } from '../../scope.ts'
import { UserModule } from '../../user-module.ts'
import type { Format } from '../format.ts'
import { findEventHandler, respondToEvent } from './events/index.ts'
import { unwrap, type WebHandler } from './handler.ts'
import { failWith, respondWith } from './outcome.ts'

/** The web format: `(request, context) => Response` (runtime.md §1–§6). */
export function createWebFormat(assignment: Assignment): Format {
  const deployment = readDeployment(assignment)
  const module = new UserModule(assignment.entryPath, unwrap)

  function run(invocation: Invocation): void {
    const { loaded } = module
    if (loaded !== undefined) return start(loaded.value, invocation)
    module.load().then(
      (handler) => start(handler, invocation),
      (error: unknown) => invocation.fail(error, 'load'),
    )
  }

  function start(handler: WebHandler, invocation: Invocation): void {
    requestScope.run(invocation, call, handler, invocation)
  }

  /** Runs inside the request scope, and so does everything that follows from it. */
  function call(handler: WebHandler, invocation: Invocation): void {
    const cookies: Cookie[] = []
    try {
      invocation.context = createContext(invocation, deployment, cookies)
      const slug = handler.isObject ? readRequestHeader(invocation.headers, 'x-netlify-event') : undefined
      const event = slug === undefined ? undefined : findEventHandler(handler.value, slug)
      if (event !== undefined) return respondToEvent(event, invocation)
      const { method, url, body } = invocation.call
      const request = createRequest({
        method,
        url,
        headers: invocation.headers,
        body,
        signal: invocation.abort?.signal,
      })
      const result = handler.call(request, invocation.context)
      if (isThenable(result))
        OwnPromise.resolve(result).then(
          (value) => respondWith(value, cookies, invocation),
          (error: unknown) => failWith(error, invocation),
        )
      else respondWith(result, cookies, invocation)
    } catch (error) {
      failWith(error, invocation)
    }
  }

  return { run }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
