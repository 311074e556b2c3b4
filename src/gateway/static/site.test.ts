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
async function createSite(
  files: string[],
  links: Record<string, string> = {},
  options: (at: (path: string) => string) => Partial<StaticSiteOptions> = () => ({}),
): Promise<StaticSite> {
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
  return await createStaticSite({ dir: at('publish'), ...options(at) })
}

/** What a path leads to: a file below `publish`, a redirect, `unsafe` or `-`. */
function find(site: StaticSite, path: string): string {
  const match = site.find(path)
  expect(site.has(path)).toBe(match !== undefined && match.kind !== 'unsafe')
  if (match === undefined) return '-'
  if (match.kind === 'file') return match.file.path.replace(/^.*?\/publish\//, '')
  return match.kind === 'redirect' ? `→ ${match.path}` : 'unsafe'
}

describe('which file answers', async () => {
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
  ])('with pretty URLs, %s: %s (dev-and-edge.md §3.4)', async (path, expected) => {
    expect(find(await createSite(files), path)).toBe(expected)
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
  ])('without, %s: %s', async (path, expected) => {
    const site = await createSite(files, {}, () => ({ prettyUrls: false }))
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
    ['/a%2fb.txt', '-'],
    ['/a%2Fb.txt', '-'],
  ])('decodes once, fully: %s is %s (D32)', async (path, expected) => {
    const site = await createSite(
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
  ])('%s is unsafe', async (path) => {
    expect(find(await createSite(['publish/a/b.txt', 'secret.txt']), path)).toBe('unsafe')
  })

  it('knows the page for what is not found', async () => {
    expect((await createSite(['publish/404.html'])).notFoundPage?.path).toMatch(/\/publish\/404\.html$/)
    expect((await createSite(['publish/x/404.html'])).notFoundPage).toBeUndefined()
  })

  it('of a folder that is not there serves nothing', async () => {
    const site = await createSite([])
    expect([site.size, find(site, '/')]).toEqual([0, '-'])
  })
})

describe('what is never served (D8)', async () => {
  const count = (site: StaticSite): number => site.size

  it('dot files and dot folders, except .well-known; _redirects and _headers', async () => {
    const hidden = ['.env', '.git/config', 'a/.htpasswd', '_redirects', '_headers', '.well-known/.x']
    const served = ['.well-known/acme', 'a/_redirects', 'a/b']
    const site = await createSite([...hidden, ...served].map((name) => `publish/${name}`))
    for (const path of hidden) expect(find(site, `/${path}`)).toBe('-')
    for (const path of served) expect(find(site, `/${path}`)).toBe(path)
    expect(count(site)).toBe(served.length)
  })

  it('links that lead outside or nowhere; links inside are followed', async () => {
    const site = await createSite(['publish/real/a.txt', 'publish/.env', 'outside/secret.txt'], {
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

  it('a publish directory that is a link itself is served', async () => {
    const site = await createSite(['real/a.txt'], { publish: 'real' })
    expect(site.has('/a.txt')).toBe(true)
  })

  it('of a project that is published whole: modules, configuration, lock files, functions', async () => {
    const hidden = [
      ...['netlify.toml', 'package.json', 'package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'],
      ...['node_modules/a/index.js', 'packages/b/node_modules/c.js', 'netlify/functions/hello.ts'],
    ]
    const served = ['index.html', 'data/package.json', 'netlify/readme.txt']
    const site = await createSite(
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

  it('a folder of the project may hold files of these names', async () => {
    const names = ['package.json', 'node_modules/a.js']
    const site = await createSite(
      names.map((name) => `publish/${name}`),
      {},
      (at) => ({ projectDir: at('') }),
    )
    for (const name of names) expect(find(site, `/${name}`)).toBe(name)
  })
})

describe('what "next build" made', async () => {
  const BUILD = [
    'BUILD_ID',
    'required-server-files.json',
    'trace',
    'static/a.js',
    'server/pages-manifest.json',
  ]
  const below = (dir: string) => BUILD.map((file) => `${dir}/${file}`)

  it('is never published, whatever its folder is called and wherever it lies', async () => {
    for (const path of BUILD) expect(find(await createSite(below('publish')), `/${path}`)).toBe('-')
    const nested = await createSite(['publish/index.html', ...below('publish/out/build')])
    expect([find(nested, '/'), find(nested, '/out/build/trace')]).toEqual(['index.html', '-'])
  })

  it('`.next` is not either, in whatever state', async () => {
    const site = await createSite(['.next/trace'], {}, (at) => ({ dir: at('.next') }))
    expect([site.size, find(site, '/trace')]).toEqual([0, '-'])
  })

  it('a file called like one of its own makes none', async () => {
    expect(find(await createSite(['publish/BUILD_ID']), '/BUILD_ID')).toBe('BUILD_ID')
  })
})

it('files whose name has the hash of their content are marked', async () => {
  const site = await createSite(['publish/_next/static/a1.js', 'publish/a.js'], {}, () => ({
    isImmutable: (url) => url.startsWith('/_next/static/'),
  }))
  expect(site.find('/_next/static/a1.js')).toMatchObject({ file: { isImmutable: true } })
  expect(site.find('/a.js')).toMatchObject({ kind: 'file', file: { url: '/a.js' } })
  expect(site.find('/a.js')).not.toHaveProperty('file.isImmutable')
})

describe('files that lie compressed beside a file', () => {
  it('are known by its name, and are files of their own', async () => {
    const names = ['app.js', 'app.js.br', 'app.js.gz', 'app.js.zst', 'alone.css.br', 'x.br.br', 'br']
    const site = await createSite(names.map((name) => `publish/${name}`))
    for (const name of names) expect(find(site, `/${name}`)).toBe(name)
    const match = site.find('/app.js')
    const encoded = match?.kind === 'file' ? match.file.encoded : undefined
    expect(Object.keys(encoded!).sort()).toEqual(['br', 'gzip', 'zstd'])
    expect(encoded!.zstd).toMatch(/publish\/app\.js\.zst$/)
  })

  it('may be those of a page without its ending', async () => {
    const site = await createSite(['publish/about.html', 'publish/about.html.br'])
    expect(site.find('/about')).toMatchObject({ file: { encoded: { br: expect.any(String) } } })
  })
})

describe('a file that is there and not served', () => {
  it.each([
    ['/.env', 'dot files'],
    ['/.git/config', 'dot files'],
    ['/_headers', 'rules'],
    ['/out/x.txt', 'a link that leads out'],
    ['/netlify.toml', 'own files'],
    ['/node_modules/a/index.js', 'modules'],
    ['/netlify/functions/a.mjs', 'functions and the data'],
    ['/.next/x', 'next build|dot'],
    ['/docs', 'a folder without index.html'],
    ['/nothing', 'undefined'],
    ['/docs/deep/none', 'undefined'],
    ['/../outside', 'undefined'],
    ['/%zz', 'undefined'],
    ['/%00', 'undefined'],
  ])('%s: %s', async (path, why) => {
    const files = ['.env', '.git/config', '_headers', 'netlify.toml', 'node_modules/a/index.js', 'docs/x.txt']
    files.push('netlify/functions/a.mjs', '.next/x')
    const site = await createSite(
      [...files.map((file) => `publish/${file}`), 'outside/x.txt'],
      { 'publish/out': '../outside' },
      (at) => ({ projectDir: at('publish'), exclude: [at('publish/netlify/functions')] }),
    )
    expect(site.has(path)).toBe(false)
    expect(String(await site.describeUnserved(path))).toMatch(new RegExp(why))
  })
})
