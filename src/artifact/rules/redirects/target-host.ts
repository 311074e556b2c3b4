import { compileTemplate, isFixed, type Template } from './template.ts'

/** The scheme and host of a target: known, or known when a match has given the values for its placeholders. */
export type TargetHost = { readonly origin: string } | OpenHost

interface OpenHost {
  readonly origin: undefined
  readonly scheme: string
  readonly host: Template
  readonly port: string
}

/** @param authority `host` or `host:port`. Undefined when no URL has it, and for one with a user's name in it. */
export function compileTargetHost(
  scheme: string,
  authority: string,
  names: readonly string[],
): TargetHost | undefined {
  // What stands behind the last colon is a port before it is anything else.
  const port = /:\d+$/.exec(authority)?.[0] ?? ''
  const host = compileTemplate(authority.slice(0, authority.length - port.length), names)
  if (isFixed(host)) {
    const origin = toOrigin(scheme, authority)
    return origin === undefined ? undefined : { origin }
  }
  const isPlain = host.every((piece) => typeof piece === 'number' || /^[\w.-]+$/.test(piece))
  return isPlain && !isOpenEnded(host) ? { origin: undefined, scheme, host, port } : undefined
}

/** Whether a value is part of the last label: of `https://example.co:splat` a request could make `https://example.company`. */
function isOpenEnded(host: Template): boolean {
  const last = host.at(-1)
  const endsFixed = typeof last === 'string' && last.includes('.')
  return !endsFixed && host.some((piece) => typeof piece === 'string' && piece.includes('.'))
}

/**
 * The origin of a match. A rule may let the request name a part of the host (dev-and-edge.md §2.4), one label of it: a value
 * that could bring a dot, a port or a path along is refused.
 */
export function resolveHost(target: TargetHost, values: readonly string[]): string | undefined {
  if (target.origin !== undefined) return target.origin
  let host = ''
  for (const piece of target.host) {
    const text = typeof piece === 'string' ? piece : values[piece]!
    if (typeof piece === 'number' && !LABEL.test(text)) return undefined
    host += text
  }
  return host.split('.').every((label) => LABEL.test(label))
    ? toOrigin(target.scheme, host + target.port)
    : undefined
}

/** RFC 1123 §2.1. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** `scheme://host[:port]` in lower case and without the usual port; undefined when this is not all that `authority` says. */
export function toOrigin(scheme: string, authority: string): string | undefined {
  const url = URL.parse(`${scheme}://${authority}`)
  if (url === null || /[@/?#\\\s]/.test(authority) || url.origin === 'null') return undefined
  return url.origin
}
