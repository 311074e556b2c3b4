import { acceptForm } from './accept-form.ts'
import { answerFromBuilders } from './answer-from-builders.ts'
import { answerFromCache } from './answer-from-cache.ts'
import { answerNotFound } from './answer-not-found.ts'
import { answerStatic } from './answer-static.ts'
import { applyRules } from './apply-rules.ts'
import { callFunction } from './call-function.ts'
import { checkBasicAuth } from './check-basic-auth.ts'
import { compressResponse } from './compress-response.ts'
import { findFunction } from './find-function.ts'
import { limitRate } from './limit-rate.ts'
import { proxyRequest } from './proxy-request.ts'
import { refuseDoubleSlash } from './refuse-double-slash.ts'
import { refusePrivate } from './refuse-private.ts'
import { refuseWhileDraining } from './refuse-while-draining.ts'
import type { GatewayRequest, Step } from './request.ts'

/** Who answers a request (runtime.md §14): the first step that can. */
export const STEPS: readonly Step[] = [
  refuseWhileDraining, // 503 while the server shuts down
  refuseDoubleSlash, // 404 for `//host/x`
  checkBasicAuth, // 401 for what is behind a password
  findFunction, // routes and default URLs; names that no function has are refused
  applyRules, // redirects; rewrites to functions, files and other servers
  limitRate, // 429, or another path, for who asks too often
  refusePrivate, // 403 or 404 for functions that only a schedule or an event may run
  compressResponse, // what functions respond, for clients that accept it
  answerFromBuilders, // an on-demand builder's answer that is kept
  answerFromCache, // a response of a function or proxy that is kept for all (dev-and-edge.md §12)
  callFunction, // the function that was found
  proxyRequest, // another server, where a rewrite leads to one
  acceptForm, // a form that a function is waiting for; it is posted to a page, so before files
  answerStatic, // a file of the deploy
  answerNotFound, // the site's own 404 page, else a line of text
]

/**
 * Asks the steps in their order until one answers; the last must. A step that has to wait for something holds up this
 * request only, and the steps behind it are not asked for a client that has left meanwhile.
 */
export function runSteps(request: GatewayRequest, steps: readonly Step[] = STEPS, from = 0): void {
  for (let at = from; at < steps.length; at++) {
    const outcome = steps[at]!(request)
    if (outcome === 'answer') return request.trace?.end(steps[at]!.name)
    if (outcome === 'pass') continue
    const { reply } = request
    outcome.until
      .then((late) => {
        if (late === 'answer') request.trace?.end(steps[at]!.name)
        else if (!reply.isOver) runSteps(request, steps, at + 1)
      })
      .catch((error: unknown) => reply.crash(error))
    return
  }
  throw new Error(`no step answers ${request.path}`)
}

/** For a request that another one has led to: it begins behind `step`. */
export function continueAfter(step: Step, request: GatewayRequest): void {
  try {
    runSteps(request, STEPS, STEPS.indexOf(step) + 1)
  } catch (error) {
    request.reply.crash(error)
  }
}
