import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { ask } from '../../helpers/http.ts'
import { prepareDataDir } from '../../helpers/nodes.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { startRoost } from '../../helpers/roost.ts'

// D137: what `.js` files are that are shipped as they are, when no package.json says it: Node goes by the syntax,
// and Node 18, which cannot, gets a warning at build time.

const WORD = "export const word = 'esm'\n"
const PLAIN = `exports.handler = async () => {
  const { word } = await import('../../lib/word.js')
  return { statusCode: 200, body: word + typeof require('../../lib/old.js') }
}
`
const NAMED = PLAIN.replace("import('../../lib/word.js')", "import('../../lib/' + ['wo', 'rd.js'].join(''))")
const FILES = {
  'netlify.toml': `[functions.listed]
included_files = ["lib/*"]
[functions.none]
node_bundler = "none"
[functions.none-web]
node_bundler = "none"
`,
  'lib/word.js': WORD,
  'lib/old.js': 'module.exports = {}\n',
  'netlify/functions/traced.js': PLAIN,
  'netlify/functions/listed.js': NAMED,
  'netlify/functions/none.js': "export const handler = async () => ({ statusCode: 200, body: 'esm' })\n",
  'netlify/functions/none-web.js': "export default async () => new Response('esm')\n",
}
const ANSWERS = { traced: 'esmobject', listed: 'esmobject', none: 'esm', 'none-web': 'esm' }

async function serve(major: number, packageJson: Record<string, string>) {
  const dir = await writeProject({ ...FILES, ...packageJson, '.nvmrc': String(major) })
  const data = join(dir, 'data')
  await prepareDataDir(data, major === 24 ? [] : [major])
  return startRoost(['serve', dir, '--port', '0', '--data', data])
}

async function answers(url: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of Object.keys(ANSWERS)) found[name] = (await ask(`${url}/.netlify/functions/${name}`)).body
  return found
}

async function warningsOn(nodeMajor: number, packageJson: Record<string, string>) {
  const { warnings } = await buildProject({
    dir: await writeProject({ ...FILES, ...packageJson }),
    nodeMajor,
  })
  return warnings.filter(({ code }) => code === 'MODULE_SYNTAX_UNDETECTED')
}

describe.each([
  ['without package.json', {}],
  ['with one that has no type', { 'package.json': '{"name":"site"}' }],
])('ES modules called .js, %s', (_title, packageJson) => {
  it.each([20, 22, 24, 26])('run on Node %i, with nothing said', async (major) => {
    await using roost = await serve(major, packageJson)
    expect(await answers(roost.url)).toEqual(ANSWERS)
    expect(await warningsOn(major, packageJson)).toEqual([])
  })

  it('are warned of on Node 18, each by its file', async () => {
    const warnings = await warningsOn(18, packageJson)
    expect(warnings.map(({ functionName, file }) => [functionName, file])).toEqual([
      ['listed', expect.stringMatching(/lib\/word\.js$/)],
      ['none-web', expect.stringMatching(/functions\/none-web\.js$/)],
      ['none', expect.stringMatching(/functions\/none\.js$/)],
      ['traced', expect.stringMatching(/lib\/word\.js$/)],
    ])
    expect(warnings[3]!.message).toContain(
      'lib/word.js, which "traced" uses, is written as an ES module, but neither its extension nor a package.json says so: Node 18',
    )
  })
})

it('a CommonJS .js of a module package runs beside its ES modules called .js', async () => {
  await using roost = await serve(24, { 'package.json': '{"type":"module"}', 'lib/package.json': '{}' })
  expect((await ask(`${roost.url}/.netlify/functions/traced`)).body).toBe('esmobject')
})
