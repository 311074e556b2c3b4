import { compileTargetHost, resolveHost, type TargetHost } from './target-host.ts'
import { compileTemplate, fillTemplate, isFixed, type Template } from './template.ts'

/** Where a rule leads a request. */
export interface RuleTarget {
  /** `http(s)://host[:port]`; undefined: a path of this site. */
  readonly origin: string | undefined
  readonly path: string
  /** '' or with its `?`. */
  readonly query: string
  /** '' or with its `#`. */
  readonly fragment: string
}

/** The `to` of a rule, read for the values that its `from` and its query capture. */
export interface TargetPattern {
  readonly host: TargetHost | undefined
  readonly path: Template
  /** Undefined: the query of the request is passed on. */
  readonly query: Template | undefined
  readonly fragment: Template
  /** Where no value goes into it; only the query may have to be added. */
  readonly fixed: RuleTarget | undefined
}

/** Undefined when `to` is neither a path nor an http(s) URL: such a rule leads nowhere. */
export function compileTarget(to: string, names: readonly string[]): TargetPattern | undefined {
  const [beforeFragment, fragment] = cut(to, '#')
  const [place, query] = cut(beforeFragment, '?')
  const url = /^(https?):\/\/([^/]+)(.*)$/is.exec(place)
  if (url === null && !place.startsWith('/')) return undefined
  const host = url === null ? undefined : compileTargetHost(url[1]!.toLowerCase(), url[2]!, names)
  if (url !== null && host === undefined) return undefined
  const target = {
    host,
    path: compileTemplate(url === null ? place : url[3]! || '/', names),
    query: query === undefined ? undefined : compileTemplate(query, names),
    fragment: fragment === undefined ? [] : ['#', ...compileTemplate(fragment, names)],
  }
  const templates = [target.path, target.query ?? [], target.fragment]
  const isAllFixed = (host === undefined || host.origin !== undefined) && templates.every(isFixed)
  return { ...target, fixed: isAllFixed ? fillTarget(target, host?.origin, [], '') : undefined }
}

/**
 * The target of one match (dev-and-edge.md §2.4, §2.8), or undefined when the values would lead elsewhere than the author
 * wrote: to a host that a label of theirs cannot be part of, or up in the path by dot segments.
 */
export function resolveTarget(
  target: TargetPattern,
  values: readonly string[],
  requestQuery: string,
): RuleTarget | undefined {
  if (target.fixed !== undefined)
    return target.query === undefined && requestQuery !== ''
      ? { ...target.fixed, query: requestQuery }
      : target.fixed
  const origin = target.host && resolveHost(target.host, values)
  if (target.host !== undefined && origin === undefined) return undefined
  const filled = fillTarget(target, origin, values, requestQuery)
  return isFixed(target.path) || !hasDotSegment(filled.path) ? filled : undefined
}

function fillTarget(
  { path, query, fragment }: Omit<TargetPattern, 'fixed'>,
  origin: string | undefined,
  values: readonly string[],
  requestQuery: string,
): RuleTarget {
  const filled = fillTemplate(path, values)
  return {
    origin,
    // Browsers take `//host` for another server.
    path: origin === undefined ? filled.replace(/^\/{2,}/, '/') : filled,
    query: query === undefined ? requestQuery : withMark(fillTemplate(query, values)),
    fragment: fillTemplate(fragment, values),
  }
}

function hasDotSegment(path: string): boolean {
  return (path.includes('.') || path.includes('%2')) && DOT_SEGMENT.test(path)
}

/** Also behind what a server may decode to a slash. */
const DOT_SEGMENT = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\]|%2f|%5c)/i

function withMark(query: string): string {
  return query === '' ? '' : `?${query}`
}

function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
