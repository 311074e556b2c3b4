/**
 * A piece of a URLPattern pathname (https://urlpattern.spec.whatwg.org, "part"). `group` is a regular expression of
 * the user's; `param` is `:name`, one segment or part of one; `wildcard` is `*`.
 */
export interface PatternPart {
  kind: 'text' | 'param' | 'wildcard' | 'group'
  /** Fixed text before the match; for `text` all there is. */
  prefix: string
  /** Source of the regular expression of a `group`. */
  regex?: string
  /** Fixed text after the match, inside braces. */
  suffix: string
  modifier: '' | '?' | '*' | '+'
}

/** Splits a pathname pattern that is known to compile. What cannot be read is taken as text. */
export function splitPattern(pattern: string): PatternPart[] {
  const parts: PatternPart[] = []
  let text = ''
  let at = 0
  while (at < pattern.length) {
    if (pattern[at] === '{') {
      at += 1
      const prefix = readText()
      const match = readMatch()
      const suffix = readText()
      at += 1 // the closing brace
      push({ ...(match ?? { kind: 'text' }), prefix, suffix, modifier: readModifier() })
      continue
    }
    const char = readChar()
    const match = readMatch()
    if (match === undefined) {
      text += char ?? ''
      // A sign that opens nothing: taken as it is, so that reading goes on.
      if (char === undefined) text += pattern[at++]
      continue
    }
    const prefix = char === '/' ? char : ''
    if (prefix === '') text += char ?? ''
    push({ ...match, prefix, suffix: '', modifier: readModifier() })
  }
  flush()
  return parts

  function push(part: PatternPart): void {
    flush()
    parts.push(part)
  }

  function flush(): void {
    if (text !== '') parts.push({ kind: 'text', prefix: text, suffix: '', modifier: '' })
    text = ''
  }

  function readText(): string {
    let read = ''
    for (let char = readChar(); char !== undefined; char = readChar()) read += char
    return read
  }

  /** A plain or escaped character, or nothing before a sign of the pattern language. */
  function readChar(): string | undefined {
    const match = /^(?:\\(.)|([^{}():*\\]))/su.exec(pattern.slice(at))
    if (match === null || (match[2] !== undefined && startsName())) return undefined
    at += match[0].length
    return match[1] ?? match[2]
  }

  function startsName(): boolean {
    return /^:[\p{ID_Start}$_]/u.test(pattern.slice(at))
  }

  function readMatch(): Pick<PatternPart, 'kind' | 'regex'> | undefined {
    const name = /^:[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u.exec(pattern.slice(at))?.[0]
    at += name?.length ?? 0
    if (pattern[at] === '(') return { kind: 'group', regex: readGroup() }
    if (name !== undefined) return { kind: 'param' }
    if (pattern[at] !== '*') return undefined
    at += 1
    return { kind: 'wildcard' }
  }

  function readGroup(): string {
    const start = at + 1
    let depth = 0
    for (; at < pattern.length; at++) {
      if (pattern[at] === '\\') at += 1
      else if (pattern[at] === '(') depth += 1
      else if (pattern[at] === ')' && --depth === 0) break
    }
    at += 1
    return pattern.slice(start, at - 1)
  }

  function readModifier(): PatternPart['modifier'] {
    const sign = pattern[at]
    if (sign !== '?' && sign !== '*' && sign !== '+') return ''
    at += 1
    return sign
  }
}
