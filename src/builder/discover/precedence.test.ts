import { describe, expect, it } from 'vitest'
import type { FunctionSource } from './function-source.ts'
import { pickAsNetlify, sortByPrecedence } from './precedence.ts'

/** `user a.mjs`, `internal a/index.ts`, `user a` (a program) */
function source(text: string): FunctionSource {
  const [category = '', path = ''] = text.split(' ')
  const extension = /\.\w+$/.exec(path)?.[0] ?? ''
  const kind = extension === '' ? 'binary' : extension === '.zip' ? 'zip' : 'js'
  return {
    name: 'a',
    category: category as FunctionSource['category'],
    kind,
    srcPath: path.split('/')[0]!,
    mainFile: path,
    extension,
    functionsDir: '',
  }
}

const show = ({ category, mainFile }: FunctionSource): string => `${category} ${mainFile}`

describe('sortByPrecedence', () => {
  it('weakest first: category, then language, then form, then extension', () => {
    const sorted = [
      'internal a/index.js',
      'frameworks a.js',
      'user a',
      'user a.cts',
      'user a.mts',
      'user a.tsx',
      'user a.ts',
      'user a.cjs',
      'user a.mjs',
      'user a.zip',
      'user a.js',
      'user a/index.cts',
      'user a/a.js',
    ]
    const mixed = sorted.toSorted((a, b) => (a.at(-3)! < b.at(-3)! ? -1 : 1)).map(source)
    expect(sortByPrecedence(mixed).map(show)).toEqual(sorted)
  })

  it('of equals the later-listed wins', () => {
    const [first, second] = [source('user a.js'), source('user a.js')]
    expect(sortByPrecedence([first, second]).at(-1)).toBe(second)
  })
})

describe('pickAsNetlify', () => {
  it.each([
    [['internal a/index.mjs', 'user a.mjs'], 'internal a/index.mjs'],
    [['internal a.js', 'user a.ts'], 'internal a.js'],
    [['internal a.ts', 'user a.js'], 'user a.js'],
    [['internal a.mjs', 'frameworks a.mjs', 'user a.mjs'], 'user a.mjs'],
    [['user a.js', 'user a'], 'user a'],
  ])('of %j Netlify takes %s (build.md §1.2, §2.5)', (candidates, expected) => {
    expect(show(pickAsNetlify(candidates.map(source))!)).toBe(expected)
  })
})
