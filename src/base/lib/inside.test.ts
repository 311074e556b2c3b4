import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isBelow, isInside, leadsAbove } from './inside.ts'

describe('isInside', () => {
  it.each([
    ['the folder itself', '/a/b', '/a/b', true],
    ['a file in it', '/a/b', '/a/b/c', true],
    ['a name that only begins the same', '/a/b', '/a/bc', false],
    ['a neighbour', '/a/b', '/a/c', false],
    ['the folder above', '/a/b', '/a', false],
    ['a way out in the middle', '/a/b', '/a/b/../c', false],
    ['a way out and back', '/a/b', '/a/b/../b/c', true],
    ['a slash at the end of the folder', '/a/b/', '/a/b/c', true],
    ['a slash at the end of both', '/a/b/', '/a/b/', true],
    ['a slash at the end, and a name that begins the same', '/a/b/', '/a/bc', false],
    ['two slashes', '/a//b', '/a/b//c', true],
    ['a name that begins with dots', '/a/b', '/a/b/..c', true],
    ['a name of three dots', '/a/b', '/a/b/...', true],
    ['another case', '/a/b', '/A/b/c', false],
    ['everything is below the root', '/', '/a', true],
    ['the root is not below a folder', '/a', '/', false],
    ['relative paths', 'a', 'a/b', true],
    ['relative paths that climb', 'a', 'a/../b', false],
  ])('%s', (_, dir, path, expected) => {
    expect(isInside(dir, path)).toBe(expected)
  })
})

describe('isBelow', () => {
  it.each([
    ['/a/b', '/a/b', false],
    ['/a/b', '/a/b/', false],
    ['/a/b', '/a/b/c', true],
    ['/a/b', '/a/b/..c', true],
    ['/a/b', '/a/bc', false],
    ['/a/b', '/a', false],
  ])('%s, %s: %s', (dir, path, expected) => {
    expect(isBelow(dir, path)).toBe(expected)
  })
})

describe('leadsAbove', () => {
  it.each([
    ['a/b', false],
    ['a/../b', false],
    ['./a', false],
    ['', false],
    ['..a', false],
    ['...', false],
    ['a/..', false],
    ['..', true],
    ['../', true],
    ['../a', true],
    ['a/../../b', true],
    ['./..', true],
    ['/a', true],
    ['/', true],
  ])('"%s": %s', (path, expected) => {
    expect(leadsAbove(path)).toBe(expected)
  })
})

// A question of security that was answered in four ways, all different: who needs it asks inside.ts.
it('no other source asks by itself whether a path leads out of a folder', () => {
  const src = join(import.meta.dirname, '../..')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  )
  expect(files).toContain('base/lib/inside.ts')
  const asking = files.filter((file) => OWN_QUESTION.test(readFileSync(join(src, file), 'utf8')))
  expect(asking).toEqual(['base/lib/inside.ts'])
})

/** `way.startsWith('..')`, `path.startsWith(dir + sep)` and the same with a template. */
const OWN_QUESTION =
  /startsWith\((?:['"`]\.\.(?:['"`]|\/|\$\{)|[^)\n]*\bsep\b)|startsWith\([^)\n]*(?:dir|folder|root)\w*\}?\s*(?:\/|\+ ?'\/)/i
