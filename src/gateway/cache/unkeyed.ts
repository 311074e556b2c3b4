import { joinHeader, rememberNames } from '../http/index.ts'
import type { Instructions } from './instructions.ts'

/**
 * Why a response is not to be stored for others: something that its function saw and that is not part of the key may have
 * changed it, and whoever sends such a header would choose what everybody gets. What browsers send by themselves, and what
 * proxies and tracing add, does not count: a function that depends on it says so with `vary`. Other headers must be named
 * by `vary` or `netlify-vary` when they come.
 *
 * @returns a sentence, or undefined.
 */
export function findUnkeyed(
  request: readonly string[],
  response: readonly string[],
  instructions: Instructions,
): string | undefined {
  for (let i = 0; i < request.length; i += 2) {
    const name = judgeName(request[i]!)
    if (name === 'connection') {
      if (hidesHeaders(request[i + 1]!))
        return 'the request has headers that "connection" keeps from the function'
      continue
    }
    if (name === '' || instructions.headers.includes(name)) continue
    if (name === 'origin' && allowsEveryOrigin(response)) continue
    return `the request has the header "${name.slice(0, 100)}", which the response does not name in vary`
  }
  return undefined
}

/**
 * What `connection` names is not passed on (RFC 9110 §7.6.1). The key has it all the same: its client would get a response
 * for which it was not there, and so would everybody who sends the header after it.
 */
function hidesHeaders(connection: string): boolean {
  return connection.split(',').some((option) => !OF_CONNECTIONS.has(option.trim().toLowerCase()))
}

/** Options that hide nothing that a function would be given. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  '',
  'close',
  'keep-alive',
  'te',
  'upgrade',
  'http2-settings',
])

/** A page's own origin in the response would be everybody's. */
function allowsEveryOrigin(response: readonly string[]): boolean {
  const allowed = joinHeader(response, 'access-control-allow-origin')
  return allowed === undefined || allowed === '*'
}

/** Its lower-case form, or '' for one that does not count. */
const judgeName = rememberNames((name): string => {
  const lower = name.toLowerCase()
  return ORDINARY.has(lower) || ORDINARY_STARTS.some((start) => lower.startsWith(start)) ? '' : lower
})

/** What the function is not given needs no mention (request-headers.ts): it stands here as far as clients send it. */
const ORDINARY: ReadonlySet<string> = new Set([
  // part of the key (base-key.ts), or judged in judge-response.ts
  'host',
  'authorization',
  // browsers
  'accept',
  'access-control-request-headers',
  'access-control-request-method',
  'cache-control',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'device-memory',
  'dnt',
  'downlink',
  'dpr',
  'ect',
  'from',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'priority',
  'purpose',
  'range',
  'referer',
  'rtt',
  'save-data',
  'upgrade-insecure-requests',
  'user-agent',
  'viewport-width',
  'width',
  'x-purpose',
  'x-requested-with',
  // never given to functions
  'client-ip',
  'expect',
  'forwarded',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-country',
  'x-language',
  // proxies and tracing
  'b3',
  'baggage',
  'cdn-loop',
  'traceparent',
  'tracestate',
  'true-client-ip',
  'x-amzn-trace-id',
  'x-client-ip',
  'x-cloud-trace-context',
  'x-correlation-id',
  'x-real-ip',
  'x-request-id',
  'x-request-start',
])

const ORDINARY_STARTS = [
  'accept-',
  'sec-',
  'x-forwarded-', // part of the key, or never given to functions
  'cf-',
  'x-b3-',
  'x-datadog-',
  'x-envoy-',
  // never given to functions
  'netlify-',
  'x-netlify-',
  'x-nf-',
  'x-roost-',
] as const
