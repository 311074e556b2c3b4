// What counts as an edge function (D54, D127; build.md §1, dev-and-edge.md §1.3).
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkProject } from '../../../src/builder/check/index.ts'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { findEdgeFunctions, findProject } from '../../../src/builder/project/index.ts'
import { createProject, type Tree } from './support.ts'

const CODE = 'export default () => {}\n'
const manifest = (...functions: object[]): string => JSON.stringify({ version: 1, functions })

/** The first words of each sentence: file and what it holds. */
async function find(tree: Tree): Promise<string[]> {
  const { dir } = await createProject(tree)
  const found = await findEdgeFunctions(await findProject(dir))
  return found.map(({ message }) => message.split('. Edge functions')[0]!)
}

describe('a source folder counts by its code files', () => {
  it.each<[string, Tree, string]>([
    [
      'the default one',
      { 'netlify/edge-functions/auth.ts': CODE },
      'netlify/edge-functions holds edge functions (auth.ts)',
    ],
    [
      'folders in it, up to five names',
      Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`netlify/edge-functions/${name}/index.js`, CODE]),
      ),
      'netlify/edge-functions holds edge functions (a/index.js, b/index.js, c/index.js, d/index.js, e/index.js and 1 more)',
    ],
    [
      'the one that [build] names',
      { 'netlify.toml': '[build]\nedge_functions = "/guards"\n', 'guards/auth.mts': CODE },
      'guards holds edge functions (auth.mts)',
    ],
    [
      'the one that the context names',
      { 'netlify.toml': '[context.production]\nedge_functions = "guards"\n', 'guards/auth.jsx': CODE },
      'guards holds edge functions (auth.jsx)',
    ],
    [
      'the one that [build] of the context names',
      { 'netlify.toml': '[context.production.build]\nedge_functions = "guards"\n', 'guards/auth.js': CODE },
      'guards holds edge functions (auth.js)',
    ],
    [
      'code behind a link',
      { 'netlify/edge-functions/auth.js': { link: '../../auth.js' }, 'auth.js': CODE },
      'netlify/edge-functions holds edge functions (auth.js)',
    ],
    [
      'a link to a folder',
      {
        'netlify/edge-functions/guards': { link: '../../guards' },
        'guards/auth.js': CODE,
      },
      'netlify/edge-functions holds edge functions (guards)',
    ],
    [
      'a file in its place',
      { 'netlify/edge-functions': CODE },
      'netlify/edge-functions may hold edge functions',
    ],
  ])('%s', async (_, tree, expected) => {
    expect(await find(tree)).toEqual([expected])
  })

  it.each<[string, Tree]>([
    ['no folder', {}],
    [
      'files that are not code',
      { 'netlify/edge-functions/README.md': '', 'netlify/edge-functions/types.d.ts': '' },
    ],
    [
      'a folder that is not the configured one',
      {
        'netlify.toml': '[build]\nedge_functions = "guards"\n',
        'netlify/edge-functions/auth.ts': CODE,
      },
    ],
  ])('not: %s', async (_, tree) => {
    expect(await find(tree)).toEqual([])
  })
})

describe.each(['.netlify/edge-functions', '.netlify/v1/edge-functions', '.netlify/deploy/v1/edge-functions'])(
  'a generated folder counts by its manifest: %s',
  (dir) => {
    it('declared functions, by name', async () => {
      const tree = { [`${dir}/manifest.json`]: manifest({ function: 'middleware', pattern: '.*' }) }
      expect(await find(tree)).toEqual([`${dir}/manifest.json declares edge functions (middleware)`])
    })

    it('an empty list is none, with the code that was left there', async () => {
      expect(await find({ [`${dir}/manifest.json`]: manifest(), [`${dir}/left.js`]: CODE })).toEqual([])
    })

    it('code that configures itself counts all the same', async () => {
      const tree = {
        [`${dir}/manifest.json`]: manifest(),
        [`${dir}/auth.js`]: `${CODE}export const config = { path: '/*' }\n`,
        [`${dir}/geo.js`]: `${CODE}const config = { path: '/*' }\nexport { config }\n`,
      }
      expect(await find(tree)).toEqual([`${dir} holds edge functions (auth.js, geo.js)`])
    })

    it('without a manifest all code counts', async () => {
      expect(await find({ [`${dir}/auth.js`]: CODE })).toEqual([`${dir} holds edge functions (auth.js)`])
    })

    it.each(['{', '[]', '{"version":1}', '{"version":1,"functions":{}}', ''])(
      'unreadable: %j',
      async (text) => {
        expect(await find({ [`${dir}/manifest.json`]: text })).toEqual([
          `${dir}/manifest.json cannot be read and may declare edge functions`,
        ])
      },
    )
  },
)

it("what Netlify's own bundler has written counts too", async () => {
  const dist = (routes: object[]): Tree => ({
    '.netlify/edge-functions-dist/manifest.json': JSON.stringify({
      bundles: [],
      routes,
      post_cache_routes: [],
    }),
  })
  expect(await find(dist([]))).toEqual([])
  expect(await find(dist([{ function: 'auth', pattern: '^/.*$' }]))).toEqual([
    '.netlify/edge-functions-dist/manifest.json declares edge functions (auth)',
  ])
})

it("declarations in netlify.toml and in a framework's config.json", async () => {
  const toml = '[build]\n\n[[edge_functions]]\npath = "/x"\nfunction = "geo"\n'
  expect(await find({ 'netlify.toml': toml })).toEqual(['netlify.toml:3 declares edge functions'])
  for (const file of ['.netlify/v1/config.json', '.netlify/deploy/v1/config.json']) {
    expect(await find({ [file]: '{"edge_functions":[{"function":"geo","path":"/x"}]}' })).toEqual([
      `${file} declares edge functions`,
    ])
    expect(await find({ [file]: '{"edge_functions":[]}' })).toEqual([])
  }
})

it('the middleware of Next.js counts, that of others runs in their function', async () => {
  const next = { 'package.json': '{"dependencies":{"next":"16.0.0"}}' }
  const names = ['middleware.ts', 'src/middleware.js', 'proxy.ts', 'src/proxy.mjs', 'src/middleware.page.ts']
  for (const file of names)
    expect(await find({ ...next, [file]: CODE })).toEqual([`${file} holds the middleware of Next.js`])
  expect(await find(next)).toEqual([])
  expect(await find({ 'package.json': '{"dependencies":{"astro":"7"}}', 'src/middleware.js': CODE })).toEqual(
    [],
  )
})

it('the middleware of Next.js may have any ending that pageExtensions can name', async () => {
  const next = { 'package.json': '{"dependencies":{"next":"16.0.0"}}' }
  const config = { 'next.config.mjs': 'export default { pageExtensions: ["route.tsx", "js"] }\n' }
  const file = { 'src/middleware.route.tsx': CODE }
  expect(await find({ ...next, ...config, ...file })).toEqual([
    'src/middleware.route.tsx holds the middleware of Next.js',
  ])
  expect(await find({ ...next, ...file })).toEqual([])
  const others = { 'middleware.test.ts': CODE, 'middleware.d.ts': CODE, 'middleware.page.md': '' }
  expect(await find({ ...next, ...config, ...others })).toEqual([])
})

it.skipIf(process.getuid?.() === 0)('a folder that may not be read may hold some (not as root)', async () => {
  const { dir } = await createProject({ 'netlify/edge-functions/auth.ts': CODE })
  const folder = join(dir, 'netlify/edge-functions')
  await chmod(folder, 0)
  const [found] = await findEdgeFunctions(await findProject(dir))
  await chmod(folder, 0o755)
  expect(found?.message).toContain('netlify/edge-functions cannot be read and may hold edge functions')
})

it('check and build say the same words, and the artifact keeps them', async () => {
  const project = await createProject({
    'netlify/edge-functions/auth.ts': CODE,
    'netlify/functions/hello.mjs': 'export default () => new Response("hello")\n',
  })
  const [expected] = await findEdgeFunctions(await findProject(project.dir))
  const { warnings, manifest: built } = await project.build()
  expect(warnings).toEqual([expected])
  expect(built.edgeFunctions).toEqual([expected?.message])
  const { findings } = await checkProject({ dir: project.dir }, (options) => buildProject(options))
  expect(findings).toEqual([{ ...expected, where: 'here' }])
})
