import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { createStaticSite, type StaticSite, type StaticSiteOptions } from './site.ts'

let root = ''
beforeAll(() => {
  root = temporaryFolder('static')
})

let sites = 0
/** Writes the files (with their own path as content) and links, and makes a site of `publish` in them. */
function createSite(
  files: string[],
  links: Record<string, string> = {},
  options: (at: (path: string) => string) => Partial<StaticSiteOptions> = () => ({}),
): StaticSite {
  const dir = join(root, String(sites++))
  const at = (path: string): string => join(dir, path)
  for (const file of files) {
    mkdirSync(dirname(at(file)), { recursive: true })
    writeFileSync(at(file), file)
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(at(path)), { recursive: true })
    symlinkSync(target, at(path))
  }
  return createStaticSite({ dir: at('publish'), ...options(at) })
}

/** What a path leads to: a file below `publish`, a redirect, `unsafe` or `-`. */
function find(site: StaticSite, path: string): string {
  const match = site.find(path)
  expect(site.has(path)).toBe(match !== undefined && match.kind !== 'unsafe')
  if (match === undefined) return '-'
  if (match.kind === 'file') return match.file.path.replace(/^.*?\/publish\//, '')
  return match.kind === 'redirect' ? `→ ${match.path}` : 'unsafe'
}

describe('which file answers', () => {
  const PAGES = [
    'file.html',
    'folder/index.html',
    'both.html',
    'both/index.html',
    'index.html',
    'old.htm',
    'style.css',
  ]
  const files = PAGES.map((name) => `publish/${name}`)

  it.each([
    ['/', 'index.html'],
    ['/index.html', 'index.html'],
    ['/index', 'index.html'],
    ['/file', 'file.html'],
    ['/file/', '→ /file'],
    ['/file.html', 'file.html'],
    ['/folder', '→ /folder/'],
    ['/folder/', 'folder/index.html'],
    ['/folder/index.html', 'folder/index.html'],
    ['/both', 'both.html'],
    ['/both/', '→ /both'],
    ['/old', 'old.htm'],
    ['/style.css', 'style.css'],
    ['/style.css/', '-'],
    ['/style', '-'],
    ['/FILE', '-'],
    ['/folder//', '-'],
    ['/none', '-'],
  ])('with pretty URLs, %s: %s (dev-and-edge.md §3.4)', (path, expected) => {
    expect(find(createSite(files), path)).toBe(expected)
  })

  it.each([
    ['/', 'index.html'],
    ['/file', 'file.html'],
    ['/file/', 'file.html'],
    ['/folder', 'folder/index.html'],
    ['/folder/', 'folder/index.html'],
    ['/both', 'both.html'],
    ['/both/', 'both/index.html'],
    ['/none/', '-'],
  ])('without, %s: %s', (path, expected) => {
    const site = createSite(files, {}, () => ({ prettyUrls: false }))
    expect(find(site, path)).toBe(expected)
  })

  it.each([
    ['/a%20b.txt', 'a b.txt'],
    ['/a b.txt', 'a b.txt'],
    ['/R%26D.txt', 'R&D.txt'],
    ['/R&D.txt', 'R&D.txt'],
    ['/caf%C3%A9.txt', 'caf\u00e9.txt'],
    ['/100%25.txt', '100%.txt'],
    ['/100%.txt', '-'],
    ['/100%2525.txt', '-'],
    ['/%ff.txt', '-'],
    ['/a%2fb.txt', 'a/b.txt'],
  ])('decodes once, fully: %s is %s (D32)', (path, expected) => {
    const site = createSite(
      ['a b.txt', 'R&D.txt', 'caf\u00e9.txt', '100%.txt', 'a/b.txt'].map((name) => `publish/${name}`),
    )
    expect(find(site, path)).toBe(expected)
  })

  it.each([
    '/..%2fsecret.txt',
    '/a/..%2f..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..',
    '/a%00.txt',
    '/..%5csecret.txt',
  ])('%s is unsafe', (path) => {
    expect(find(createSite(['publish/a/b.txt', 'secret.txt']), path)).toBe('unsafe')
  })

  it('knows the page for what is not found', () => {
    expect(createSite(['publish/404.html']).notFoundPage?.path).toMatch(/\/publish\/404\.html$/)
    expect(createSite(['publish/x/404.html']).notFoundPage).toBeUndefined()
  })

  it('of a folder that is not there serves nothing', () => {
    const site = createSite([])
    expect([site.size, find(site, '/')]).toEqual([0, '-'])
  })
})

describe('what is never served (D8)', () => {
  const count = (site: StaticSite): number => site.size

  it('dot files and dot folders, except .well-known; _redirects and _headers', () => {
    const hidden = ['.env', '.git/config', 'a/.htpasswd', '_redirects', '_headers', '.well-known/.x']
    const served = ['.well-known/acme', 'a/_redirects', 'a/b']
    const site = createSite([...hidden, ...served].map((name) => `publish/${name}`))
    for (const path of hidden) expect(find(site, `/${path}`)).toBe('-')
    for (const path of served) expect(find(site, `/${path}`)).toBe(path)
    expect(count(site)).toBe(served.length)
  })

  it('links that lead outside or nowhere; links inside are followed', () => {
    const site = createSite(['publish/real/a.txt', 'publish/.env', 'outside/secret.txt'], {
      'publish/file.txt': 'real/a.txt',
      'publish/folder': 'real',
      'publish/out.txt': '../outside/secret.txt',
      'publish/outside': '../outside',
      'publish/gone': 'nothing',
      'publish/env.txt': '.env',
      'publish/real/ring': '..',
    })
    expect(find(site, '/file.txt')).toBe('real/a.txt')
    expect(find(site, '/folder/a.txt')).toBe('real/a.txt')
    for (const path of ['/out.txt', '/outside/secret.txt', '/gone', '/env.txt', '/real/ring/real/a.txt'])
      expect(find(site, path)).toBe('-')
  })

  it('a publish directory that is a link itself is served', () => {
    const site = createSite(['real/a.txt'], { publish: 'real' })
    expect(site.has('/a.txt')).toBe(true)
  })

  it('of a project that is published whole: modules, configuration, lock files, functions', () => {
    const hidden = [
      ...['netlify.toml', 'package.json', 'package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'],
      ...['node_modules/a/index.js', 'packages/b/node_modules/c.js', 'netlify/functions/hello.ts'],
    ]
    const served = ['index.html', 'data/package.json', 'netlify/readme.txt']
    const site = createSite(
      [...hidden, ...served].map((name) => `publish/${name}`),
      { 'publish/hello.txt': 'netlify/functions/hello.ts' },
      (at) => ({
        projectDir: at('publish'),
        exclude: [at('publish/netlify/functions'), at('publish/nothing')],
      }),
    )
    for (const path of [...hidden, 'hello.txt']) expect(find(site, `/${path}`)).toBe('-')
    for (const path of served) expect(site.has(`/${path}`)).toBe(true)
    expect(count(site)).toBe(served.length)
  })

  it('a folder of the project may hold files of these names', () => {
    const names = ['package.json', 'node_modules/a.js']
    const site = createSite(
      names.map((name) => `publish/${name}`),
      {},
      (at) => ({ projectDir: at('') }),
    )
    for (const name of names) expect(find(site, `/${name}`)).toBe(name)
  })
})

describe('what "next build" made', () => {
  const BUILD = [
    'BUILD_ID',
    'required-server-files.json',
    'trace',
    'static/a.js',
    'server/pages-manifest.json',
  ]
  const below = (dir: string) => BUILD.map((file) => `${dir}/${file}`)

  it('is never published, whatever its folder is called and wherever it lies', () => {
    for (const path of BUILD) expect(find(createSite(below('publish')), `/${path}`)).toBe('-')
    const nested = createSite(['publish/index.html', ...below('publish/out/build')])
    expect([find(nested, '/'), find(nested, '/out/build/trace')]).toEqual(['index.html', '-'])
  })

  it('`.next` is not either, in whatever state', () => {
    const site = createSite(['.next/trace'], {}, (at) => ({ dir: at('.next') }))
    expect([site.size, find(site, '/trace')]).toEqual([0, '-'])
  })

  it('a file called like one of its own makes none', () => {
    expect(find(createSite(['publish/BUILD_ID']), '/BUILD_ID')).toBe('BUILD_ID')
  })
})

it('files whose name has the hash of their content are marked', () => {
  const site = createSite(['publish/_next/static/a1.js', 'publish/a.js'], {}, () => ({
    isImmutable: (url) => url.startsWith('/_next/static/'),
  }))
  expect(site.find('/_next/static/a1.js')).toMatchObject({ file: { isImmutable: true } })
  expect(site.find('/a.js')).toMatchObject({ kind: 'file', file: { url: '/a.js' } })
  expect(site.find('/a.js')).not.toHaveProperty('file.isImmutable')
})
