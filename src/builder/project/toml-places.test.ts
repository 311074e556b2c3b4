import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { type KeyPath, locateKeys } from './toml-places.ts'

const TEXT = `# a comment with [brackets] and key = 1
title = "a # in text"
"quoted key" = 'single ]'

[build]
  publish = "dist"   # trailing
  environment = { A = "1", "B.C" = { deep = true } }

[functions."api/*"]
included_files = [
  "one", # with a comment ]
  "two",
  { three = 3 },
]
text = """
looks = "like a key"
[not.a.table]
ends with quotes"""""
after = 1

[a.b]
c.d.e = 5
[[redirects]]
from = "/a"
[[redirects]]
from = "/b"
[redirects.headers]
X-One = "1"
[dates]
when = 1979-05-27T07:32:00Z
literal = '''it's
fine'''
last = [ [1, 2], [3] ]
`

describe('locateKeys', () => {
  const find = locateKeys(TEXT)

  it.each<[KeyPath, number]>([
    [['title'], 2],
    [['quoted key'], 3],
    [['build'], 5],
    [['build', 'publish'], 6],
    [['build', 'environment', 'A'], 7],
    [['build', 'environment', 'B.C', 'deep'], 7],
    [['functions', 'api/*'], 9],
    [['functions', 'api/*', 'included_files', 0], 11],
    [['functions', 'api/*', 'included_files', 1], 12],
    [['functions', 'api/*', 'included_files', 2, 'three'], 13],
    [['functions', 'api/*', 'text'], 15],
    [['functions', 'api/*', 'after'], 19],
    [['a', 'b', 'c', 'd', 'e'], 22],
    [['redirects', 0, 'from'], 24],
    [['redirects', 1, 'from'], 26],
    [['redirects', 1, 'headers', 'X-One'], 28],
    [['dates', 'when'], 30],
    [['dates', 'literal'], 31],
    [['dates', 'last', 1, 0], 33],
  ])('%j stands on line %d', (path, line) => {
    expect(find(path, { exact: true })?.line).toBe(line)
  })

  it('finds every key that the parser finds', () => {
    const missing: KeyPath[] = []
    const visit = (value: unknown, path: KeyPath): void => {
      if (path.length > 0 && find(path, { exact: true }) === undefined) missing.push(path)
      if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...path, index])
      else if (typeof value === 'object' && value !== null && !(value instanceof Date))
        for (const [key, item] of Object.entries(value)) visit(item, [...path, key])
    }
    visit(parse(TEXT), [])
    expect(missing).toEqual([])
  })

  it('keys inside text are none', () => {
    expect(find(['functions', 'api/*', 'looks'], { exact: true })).toBeUndefined()
    expect(find(['not', 'a', 'table'], { exact: true })).toBeUndefined()
  })

  it('falls back to the table above, unless it must be exact', () => {
    expect(find(['build', 'base'])).toEqual({ line: 5, column: 1 })
    expect(find(['build', 'base'], { exact: true })).toBeUndefined()
    expect(find(['nothing'])).toBeUndefined()
  })

  it('counts columns from 1, and lines across CRLF', () => {
    const place = locateKeys('[a]\r\n  b = 1\r\n')(['a', 'b'])
    expect(place).toEqual({ line: 2, column: 3 })
  })

  it('comes to an end on text that is not TOML', () => {
    expect(locateKeys('= ] } """ \\ [[')(['x'])).toBeUndefined()
  })
})
