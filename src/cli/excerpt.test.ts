import { describe, expect, it } from 'vitest'
import { formatExcerpt } from './excerpt.ts'

describe('the line that an error is about', () => {
  it.each([
    [{ line: 3, column: 5, lineText: 'let = 1' }, '  3 | let = 1\n    |     ^'],
    [{ line: 12, column: 8, lineText: 'let x =' }, '  12 | let x =\n     |        ^'],
    [{ line: 3, column: 3, lineText: '\t\tx\u001b[2J' }, '  3 |   x\\x1b[2J\n    |   ^'],
    [{ line: 1, column: 3, file: 'package.json' }, '  1 | {\n    | ^'],
  ])('%j', (details, shown) => {
    if ('file' in details) expect(formatExcerpt({ ...details, column: 1 })).toBe(shown)
    else expect(formatExcerpt(details)).toBe(shown)
  })

  it('of a long line is what stands around the place', () => {
    const [text, caret] = formatExcerpt({
      line: 1,
      column: 5001,
      lineText: `${'a'.repeat(5000)}!${'b'.repeat(5000)}`,
    })!.split('\n')
    expect(text!.length).toBeLessThan(120)
    expect(text![caret!.indexOf('^')]).toBe('!')
  })

  it.each([
    {},
    { line: 3 },
    { line: 1, column: 1, file: '/nowhere' },
    { line: 1, column: 9, lineText: 'short' },
  ])('is left out for %j', (details) => expect(formatExcerpt(details)).toBeUndefined())
})
