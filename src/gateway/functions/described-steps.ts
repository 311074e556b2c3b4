import { REQUEST_ID } from '../http/index.ts'
import { acceptForm, isForm } from './accept-form.ts'
import { answerFromBuilders } from './answer-from-builders.ts'
import { answerFromCache } from './answer-from-cache.ts'
import { answerNotFound } from './answer-not-found.ts'
import { answerStatic } from './answer-static.ts'
import { applyRules } from './apply-rules.ts'
import { callFunction } from './call-function.ts'
import { checkBasicAuth } from './check-basic-auth.ts'
import { compressResponse } from './compress-response.ts'
import { describeCache } from './describe-cache.ts'
import { namePath } from './describe-route.ts'
import { findFunction } from './find-function.ts'
import { applyLimit, limitRate } from './limit-rate.ts'
import { proxyRequest } from './proxy-request.ts'
import { refuseDoubleSlash } from './refuse-double-slash.ts'
import { refusePrivate } from './refuse-private.ts'
import { refuseWhileDraining } from './refuse-while-draining.ts'
import type { GatewayRequest, Step, StepOutcome } from './request.ts'
import { STEPS } from './steps.ts'
import { thankForForm } from './thank-for-form.ts'

/** Steps that change nothing, here or elsewhere: they are asked as they are. */
export const HARMLESS: ReadonlySet<Step> = new Set([
  refuseWhileDraining,
  refuseDoubleSlash,
  checkBasicAuth,
  findFunction,
  applyRules,
  refusePrivate,
  compressResponse,
  answerFromBuilders,
  answerStatic,
  answerNotFound,
])

/** Steps that act, and those that say what they would do. Each pair decides alike. */
export const DESCRIPTIONS: ReadonlyMap<Step, Step> = new Map([
  [limitRate, describeLimit],
  [answerFromCache, describeCache],
  [callFunction, describeCall],
  [proxyRequest, describeProxy],
  [acceptForm, describeForm],
])

/** The steps of `roost why`: each step is in one of the two lists, which a test holds. */
export const DESCRIBED_STEPS: readonly Step[] = STEPS.map(
  (step) => DESCRIPTIONS.get(step) ?? refuseUnknown(step),
)

function refuseUnknown(step: Step): Step {
  if (HARMLESS.has(step)) return step
  throw new Error(`nobody says what ${step.name} would do`)
}

function describeLimit(request: GatewayRequest): StepOutcome {
  return applyLimit(request, 'peek')
}

function describeCall({ match, reply, trace }: GatewayRequest): StepOutcome {
  if (match === undefined) return 'pass'
  const { fn } = match
  const source = fn.mainFile
  const details = { rule: namePath(match), ...(source !== undefined && { source }) }
  trace!.target = {
    kind: 'function',
    name: fn.name,
    ...(match.route !== undefined && { route: details.rule }),
  }
  if (fn.isBackground) {
    trace!.answered('function', `${fn.name} runs in the background`, details)
    reply.send(202, [], '')
  } else {
    trace!.answered('function', `${fn.name} answers`, details)
    reply.abort()
  }
  return 'answer'
}

function describeProxy({ gateway, deploy, head, body, reply, rule, trace }: GatewayRequest): StepOutcome {
  if (rule?.target.origin === undefined) return 'pass'
  const request = { head, body, reply, rule: rule.rule, target: rule.target, site: deploy }
  const aim = gateway.proxy.describe(request)
  if ('code' in aim) {
    trace!.answered('proxy', `${aim.at} is not asked: ${aim.reason}`)
    reply.refuse(aim.code, aim.reason)
  } else {
    const url = aim.target.origin + aim.target.path
    trace!.answered('proxy', `${url} answers`)
    trace!.target = { kind: 'proxy', url, headers: toPairs(aim.headers) }
    reply.abort()
  }
  return 'answer'
}

function describeForm(request: GatewayRequest): StepOutcome {
  const { deploy, trace } = request
  if (deploy.formReceivers.length === 0 || !isForm(request)) return 'pass'
  const functions = deploy.formReceivers.map(({ name }) => name)
  trace!.answered('form', `it is read, and runs ${functions.join(', ')} in the background`)
  trace!.target = { kind: 'form', functions }
  thankForForm(request)
  return 'answer'
}

/** Without what differs for each request. A signature is as good as the secret for a while. */
export function toPairs(headers: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i]!, headers[i + 1]!]
    if (name !== REQUEST_ID) pairs.push([name, name === 'x-nf-sign' ? '(a signature)' : value])
  }
  return pairs
}
