// The root of a generated function (build.md §5.3, §11): the folder that `includedFilesBasePath` of its JSON file names.
// Laid out as @netlify/plugin-nextjs 5.16 does it.
import { expect, it } from 'vitest'
import { createProject } from './support.ts'

const ROOT = '.netlify/functions-internal/server'
const HANDLER = `import { readFileSync } from 'node:fs'
import { word } from './lib/word.js'
export default async () => new Response(word + readFileSync('.next/BUILD_ID') + readFileSync('src/../config.json'))
export const config = { path: '/*', preferStatic: true }`

function generated(
  includedFilesBasePath: string,
  config: object = { nodeBundler: 'none', includedFiles: ['**'] },
) {
  return {
    'netlify.toml': '[build]\npublish = ".next"\n',
    [`${ROOT}/server.mjs`]: HANDLER,
    [`${ROOT}/server.json`]: JSON.stringify({ version: 1, config: { ...config, includedFilesBasePath } }),
    [`${ROOT}/package.json`]: '{"type":"commonjs"}',
    [`${ROOT}/lib/word.js`]: 'exports.word = "built "',
    [`${ROOT}/.next/BUILD_ID`]: 'b1 ',
    [`${ROOT}/config.json`]: '{}',
    [`${ROOT}/src/x.js`]: '',
  }
}

it('is the working directory, and paths start there', async () => {
  const project = await createProject(generated(ROOT))
  const build = await project.build()
  expect(build.get('server')).toMatchObject({ entry: 'server.mjs', bundler: 'none', priority: 0 })
  expect(build.get('server').cwd).toBeUndefined()
  expect(await build.files('server')).toEqual([
    '.next/BUILD_ID',
    'config.json',
    'lib/word.js',
    'package.json',
    'server.json',
    'server.mjs',
    'src/x.js',
  ])
  expect(await build.run([{ name: 'server' }])).toEqual([{ body: 'built b1 {}' }])
})

it('may be written as an absolute path, and lie in a folder of a monorepo', async () => {
  const tree = Object.entries(generated('')).map(([path, content]) => [`apps/shop/${path}`, content])
  const project = await createProject(Object.fromEntries(tree), 'apps/shop')
  const { [`${ROOT}/server.json`]: json } = generated(`${project.dir}/${ROOT}`)
  await project.write({ [`apps/shop/${ROOT}/server.json`]: json! })
  const build = await project.build()
  expect(build.get('server')).toMatchObject({ entry: 'server.mjs' })
  expect(await build.run([{ name: 'server' }])).toEqual([{ body: 'built b1 {}' }])
})

it('stays the working directory when files come from above it', async () => {
  const project = await createProject({
    ...generated(ROOT, { nodeBundler: 'none', includedFiles: ['**', '../../../data/*.txt'] }),
    'data/prices.txt': '90',
  })
  const build = await project.build()
  expect(build.get('server')).toMatchObject({ cwd: ROOT, entry: `${ROOT}/server.mjs` })
  expect(await build.files('server')).toContain('data/prices.txt')
  expect(await build.run([{ name: 'server' }])).toEqual([{ body: 'built b1 {}' }])
})

it('is the base directory of the site where the file names one outside of the repository, or none', async () => {
  for (const base of ['../elsewhere', undefined]) {
    const config = { nodeBundler: 'none', ...(base !== undefined && { includedFilesBasePath: base }) }
    const project = await createProject({
      [`${ROOT}/server.mjs`]: 'export default async () => new Response(process.cwd())',
      [`${ROOT}/server.json`]: JSON.stringify({ version: 1, config }),
    })
    const build = await project.build()
    expect(build.get('server').entry).toBe(`${ROOT}/server.mjs`)
    expect(build.get('server').cwd).toBeUndefined()
  }
})

it('§5.4: `includedFiles` in the source are relative to the main file, and move no root', async () => {
  const project = await createProject({
    'netlify/functions/hello/hello.mjs': `export default async () => new Response(process.cwd())
      export const config = { includedFiles: ['data.txt'] }`,
    'netlify/functions/hello/data.txt': 'x',
  })
  const build = await project.build()
  expect(await build.files('hello')).toContain('netlify/functions/hello/data.txt')
})
