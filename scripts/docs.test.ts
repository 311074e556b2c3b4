import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { REGISTRY } from '../src/base/errors/index.ts'
import { LIMITS } from '../src/base/settings/index.ts'
import { WARNINGS } from '../src/builder/project/index.ts'
import { PAGES, pagePath } from './docs.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('reference pages', () => {
  it.each(Object.keys(PAGES))('docs/reference/%s says what the source says (else: npm run docs)', (name) => {
    expect(readFileSync(pagePath(name), 'utf8')).toBe(PAGES[name]!())
  })

  it.each(Object.entries({ ...REGISTRY, ...WARNINGS }))(
    '%s tells what happened and what to do, in sentences',
    (_code, entry) => {
      expect(entry.when).toMatch(/^[A-Z`].*\.$/s)
      expect(entry.fix).toMatch(/^[A-Z`].*\.$/s)
    },
  )

  it('every code of an error is thrown, every code of a warning reported', () => {
    const tables = /\/(registry|warning-codes|limits)\.ts$|\.test\.ts$/
    const sources = globSync('src/**/*.ts', { cwd: root }).filter((path) => !tables.test(path))
    const text = sources.map((path) => readCode(resolve(root, path))).join('\n')
    const given = new Set([...text.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, code]) => code!))
    expect(Object.keys({ ...REGISTRY, ...WARNINGS }).filter((code) => !given.has(code))).toEqual([])
  })

  it('no code is both an error and a warning', () => {
    expect(Object.keys(WARNINGS).filter((code) => code in REGISTRY)).toEqual([])
  })

  it('no limit is nothing: a default of 0 says what it stands for', () => {
    const defaults = [...PAGES['limits.md']!().matchAll(/^\| `\w+` \| (.*?) \|/gm)].map(([, text]) => text!)
    expect(defaults).toHaveLength(Object.keys(LIMITS).length)
    expect(defaults.filter((text) => /^0( |$)/.test(text))).toEqual([])
  })

  it('limits name codes that exist', () => {
    const codes = Object.values(LIMITS).flatMap(({ code }) => (code === null ? [] : [code]))
    expect(codes.filter((code) => !(code in REGISTRY))).toEqual([])
  })
})

describe('pages written by hand', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'bench/*.md'], { cwd: root })

  it.each(pages)('%s links to files that exist', (page) => {
    const prose = readFileSync(resolve(root, page), 'utf8').replace(/`[^`\n]*`/g, '')
    const links = [...prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
    const dead = links
      .map(([, target]) => target!)
      .filter((target) => !existsSync(resolve(root, dirname(page), target)))
    expect(dead).toEqual([])
  })

  it('differences.md is one table of four columns', () => {
    const lines = readFileSync(resolve(root, 'docs/reference/differences.md'), 'utf8').split('\n')
    const rows = lines.filter((line) => line.startsWith('|'))
    expect(rows[0]).toBe('| Topic | Netlify | Roost | Why |')
    expect(rows.filter((row) => row.replaceAll('\\|', '').split('|').length !== 6)).toEqual([])
    const first = lines.indexOf(rows[0]!)
    expect(lines.slice(first, first + rows.length)).toEqual(rows)
  })
})

describe('docs/security.md', () => {
  const text = readFileSync(resolve(root, 'docs/security.md'), 'utf8')

  it('names tests that are there', () => {
    const named = [...text.matchAll(/`((?:test|src)\/[\w/.-]*)`/g)].map((match) => match[1]!)
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !existsSync(resolve(root, path)))).toEqual([])
  })

  it('names limits that are there', () => {
    const camel = /`([a-z]+(?:[A-Z][a-z]+)+)`/g
    const named = [...text.matchAll(camel)].map((match) => match[1]!)
    expect(named.filter((name) => !Object.hasOwn(LIMITS, name))).toEqual([])
  })
})

/** A source without its comments, and without comparisons: who asks for a code does not give it. */
function readCode(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/^\s*(\/\*\*[\s\S]*?\*\/|\/\/.*)/gm, '')
    .replace(/[!=]==\s*'[A-Z0-9_]+'|\bcase '[A-Z0-9_]+':/g, '')
}
