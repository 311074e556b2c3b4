import { trimSlash } from '../../../base/lib/index.ts'
import { splitPath, toComparedPath } from '../paths/compared-path.ts'
import type { PathPattern, Run } from './path-pattern.ts'

/** The path of a request, taken apart once for all rules that it is compared with. */
export interface RequestPath {
  /** In the form in which paths are compared, without the slash at its end. */
  readonly compared: string
  readonly segments: readonly string[]
  /** The segments as they came. */
  readonly raw: readonly string[]
  readonly hasSlash: boolean
}

/** Undefined for a path that no rule matches: one with two slashes in a row (dev-and-edge.md §2.4). */
export function readRequestPath(path: string): RequestPath | undefined {
  if (!path.startsWith('/') || path.includes('//')) return undefined
  const trimmed = trimSlash(path)
  const compared = toComparedPath(trimmed)
  const raw = splitPath(trimmed)
  const segments = compared === trimmed ? raw : splitPath(compared)
  return { compared, segments, raw, hasSlash: trimmed.length < path.length }
}

/**
 * What the names of `pattern` stand for, as it came in the request; undefined when the path does not match. A star takes as
 * many segments as it can, the first one first. Time: segments of the pattern × segments of the path.
 */
export function matchPath(pattern: PathPattern, path: RequestPath): readonly string[] | undefined {
  const { runs, stem, literal } = pattern
  if (literal !== undefined) return literal === path.compared ? NO_VALUES : undefined
  if (stem !== undefined) return matchStem(runs[0]!, stem, path)
  const starts = placeRuns(runs, path.segments)
  return starts && capture(runs, starts, path)
}

const NO_VALUES: readonly string[] = []

/**
 * Where each run begins. The stars between them take whatever is left: with each run as far to the right as it can stand,
 * the stars before it are as long as they can be.
 */
function placeRuns(runs: readonly Run[], segments: readonly string[]): number[] | undefined {
  const first = runs[0]!
  if (first.length > segments.length || !stands(first, segments, 0)) return undefined
  if (runs.length === 1) return first.length === segments.length ? [0] : undefined
  const starts = [0]
  let end = segments.length
  for (let i = runs.length - 1; i > 0; i--) {
    const run = runs[i]!
    let at = end - run.length
    const lowest = i === runs.length - 1 ? Math.max(at, first.length) : first.length
    while (at >= lowest && !stands(run, segments, at)) at--
    if (at < lowest) return undefined
    starts[i] = end = at
  }
  return starts
}

function stands(run: Run, segments: readonly string[], at: number): boolean {
  for (let i = 0; i < run.length; i++) {
    const text = run[i]
    if (text !== undefined && text !== segments[at + i]) return false
  }
  return true
}

function capture(runs: readonly Run[], starts: readonly number[], { raw, hasSlash }: RequestPath): string[] {
  const values: string[] = []
  for (let i = 0; i < runs.length; i++) {
    const [run, start] = [runs[i]!, starts[i]!]
    if (i === 1) {
      const from = runs[0]!.length
      const toEnd = start === raw.length && hasSlash && start > from
      values.push(raw.slice(from, start).join('/') + (toEnd ? '/' : ''))
    }
    for (let k = 0; k < run.length; k++) if (run[k] === undefined) values.push(raw[start + k]!)
  }
  return values
}

/** `/a*` of `/ab/c` is `b/c`, of `/a/b` it is `b`. */
function matchStem(run: Run, stem: string, path: RequestPath): string[] | undefined {
  const { raw, segments, hasSlash } = path
  const at = run.length
  if (at >= segments.length || !segments[at]!.startsWith(stem) || !stands(run, segments, 0)) return undefined
  const values: string[] = []
  for (let k = 0; k < at; k++) if (run[k] === undefined) values.push(raw[k]!)
  const first = raw[at]!.slice(findRawEnd(raw[at]!, segments[at]!, stem.length))
  const rest = raw.slice(at + 1)
  const splat = (first === '' ? rest : [first, ...rest]).join('/')
  values.push(splat !== '' && hasSlash ? `${splat}/` : splat)
  return values
}

/** Where in a segment as it came the first `length` characters of its decoded form end. */
function findRawEnd(raw: string, decoded: string, length: number): number {
  if (raw.length === decoded.length) return length
  let at = 0
  for (let done = 0; done < length; done++) {
    if (raw[at] !== '%') at++
    else {
      const lead = Number.parseInt(raw.slice(at + 1, at + 3), 16)
      at += lead < 0x80 ? 3 : lead < 0xe0 ? 6 : lead < 0xf0 ? 9 : 12
      if (lead >= 0xf0) done++ // two units of UTF-16
    }
  }
  return at
}
