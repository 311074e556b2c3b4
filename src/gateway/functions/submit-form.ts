import { isRoostError } from '../../base/errors/index.ts'
import type { Call } from '../../compute/pool/index.ts'
import type { FormReading } from '../forms/index.ts'
import { findHeader, identifyClient, refuse } from '../http/index.ts'
import { toAddressKey } from '../limits/index.ts'
import type { Target } from './deploy.ts'
import type { GatewayRequest } from './request.ts'
import { thankForForm } from './thank-for-form.ts'
import { toCall } from './to-call.ts'

/**
 * Has a form read and its functions run, in the background: the client is answered once the runs have been taken over. It
 * does not matter whether the client still waits; it has sent everything.
 * @param size what is held of the host's memory for bodies.
 */
export function submitForm(request: GatewayRequest, body: Buffer | undefined, size: number): void {
  const { gateway, reply } = request
  readForm(request, body)
    .then((reading) => answer(request, reading))
    .catch((error: unknown) => {
      if (!isRoostError(error) || error.status !== 503) return reply.crash(error)
      const { code, message } = error
      reply.sendOwn(refuse(code, reply.requestId, message, ['retry-after', '5']), code)
    })
    .finally(() => gateway.budget.give(size))
}

async function readForm(
  { deploy, gateway, head }: GatewayRequest,
  body: Buffer | undefined,
): Promise<FormReading> {
  const { ip } = identifyClient(head, gateway.trustedHops)
  return gateway.forms.read(toAddressKey(ip), {
    body: toOwnBytes(body),
    contentType: findHeader(head.headers, 'content-type')!,
    submission: {
      ip,
      userAgent: findHeader(head.headers, 'user-agent'),
      referrer: findHeader(head.headers, 'referer'),
      createdAt: new Date().toISOString(),
      siteUrl: deploy.siteUrl,
    },
  })
}

/** Bytes that can go to another thread: those of a part of a buffer would take the whole buffer along. */
function toOwnBytes(body: Buffer = Buffer.alloc(0)): Uint8Array {
  return body.length === body.buffer.byteLength ? body : Uint8Array.from(body)
}

async function answer(request: GatewayRequest, reading: FormReading): Promise<void> {
  const { reply } = request
  if (reading.kind === 'invalid') reply.refuse('FORM_INVALID', `The form cannot be read: ${reading.why}.`)
  else if (reading.kind === 'large') reply.refuse('BODY_TOO_LARGE', `The form is too large: ${reading.why}.`)
  else {
    if (reading.kind === 'payload') await runReceivers(request, reading.json)
    thankForForm(request)
  }
}

/**
 * Each function on its own: one that there is no room for does not undo the runs of others, which a client that sends its form
 * again would run twice.
 * @throws what was said of the first, if none has been taken over.
 */
async function runReceivers(request: GatewayRequest, json: Uint8Array): Promise<void> {
  const { deploy, gateway, reply } = request
  const body = Buffer.from(json.buffer, json.byteOffset, json.length)
  const results = await Promise.allSettled(
    deploy.formReceivers.map(async (fn) => gateway.background(fn.version, toEvent(request, fn, body))),
  )
  const lost = results.filter((result) => result.status === 'rejected')
  if (lost.length > 0 && lost.length === results.length) throw lost[0]!.reason
  for (const { reason } of lost)
    gateway.log.error({ event: 'form.lost', ...reply.record.names }, `A form did not run: ${reason}`)
}

/** Says about the visitor who they are, which a run does not need to know, and which would be kept with it. */
const CREDENTIALS = new Set(['authorization', 'cookie'])

/** The event (runtime.md §9.1, §9.6): at the path of the page, with the visitor's headers. */
function toEvent(request: GatewayRequest, fn: Target, body: Buffer): Call {
  const { head } = request
  const plain = { ...request, head: { ...head, headers: dropHeaders(head.headers) } }
  const call = toCall(plain, { fn, route: undefined, params: '' }, body, undefined)
  return {
    ...call,
    headers: `${call.headers}content-type: application/json\r\nx-netlify-event: submission_created\r\n`,
  }
}

/** Without what describes the form's body, which is not passed on, and without credentials. */
function dropHeaders(headers: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase()
    if (!name.startsWith('content-') && !CREDENTIALS.has(name)) kept.push(headers[i]!, headers[i + 1]!)
  }
  return kept
}
