import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { createLinkFollower } from './follow-links.ts'

let root: string
const at = (path: string) => join(root, path)

beforeEach(() => {
  root = temporaryFolder('links')
  mkdirSync(at('a/b'), { recursive: true })
  writeFileSync(at('a/b/file'), '')
})

it.each([
  ['a file', {}, 'a/b/file', 'a/b/file'],
  ['a link', { link: 'a/b/file' }, 'link', 'a/b/file'],
  ['a link to a folder', { link: 'a' }, 'link/b/file', 'a/b/file'],
  ['a chain', { one: 'two', two: 'a' }, 'one/b', 'a/b'],
  ['`..` behind a link goes up where the link leads', { 'a/b/up': '../..', link: 'a/b/up/a/..' }, 'link', ''],
  ['a way that the text alone would shorten', { deep: 'a/b', link: 'deep/../b' }, 'link', 'a/b'],
  ['a link to nothing', { link: 'a/nothing/at/all' }, 'link', 'a/nothing/at/all'],
  ['nothing below a link', { link: 'a' }, 'link/nothing', 'a/nothing'],
  ['slashes and dots', { link: './a//b/./file' }, 'link', 'a/b/file'],
  ['a circle', { one: 'two', two: 'one' }, 'one', undefined],
  ['a link to itself', { one: 'one/x' }, 'one/y', undefined],
])('%s', (_, links: Record<string, string>, path, expected) => {
  for (const [from, to] of Object.entries(links)) symlinkSync(to, at(from))
  const found = createLinkFollower()(at(path))
  expect(found).toBe(expected === undefined ? undefined : at(expected).replace(/\/$/, ''))
})

it('absolute links, and as many in a row as the system follows', () => {
  symlinkSync('/', at('root'))
  expect(createLinkFollower()(at('root/dev/null'))).toBe('/dev/null')
  symlinkSync('a/b/file', at('l0'))
  for (let n = 1; n < 60; n++) symlinkSync(`l${n - 1}`, at(`l${n}`))
  expect(createLinkFollower()(at('l39'))).toBe(at('a/b/file'))
  expect(createLinkFollower()(at('l59'))).toBeUndefined()
})
