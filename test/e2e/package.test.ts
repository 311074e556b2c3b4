// The published package: packed, installed into an empty project, and used there as anybody would.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { findOldNode } from '../helpers/old-node.ts'
import { runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { startUpstream } from '../helpers/upstream.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NPX: [string, ...string[]] = ['npx', '--no-install', 'roost']
/** Packing compiles, installing may have to fetch: both take their time on a machine that does other things as well. */
const INSTALL_MS = 300_000

const HELLO = `import { type Config, type Context, getContext } from 'roost-functions'

export default async (request: Request, context: Context): Promise<Response> =>
  Response.json({
    name: context.params.name,
    method: request.method,
    isSame: getContext().requestId === context.requestId,
  })

export const config: Config = { path: '/hello/:name' }
`

const LAMBDA = `import type { Handler } from 'roost-functions'

export const handler: Handler = async (event) => ({ statusCode: 200, body: \`\${event.httpMethod} from a Lambda\` })
`

let folder: string
let project: string
let installed: string

beforeAll(async () => {
  folder = temporaryFolder('package')
  await run('npm', ['pack', '--pack-destination', folder], ROOT)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!
  project = join(folder, 'project')
  installed = join(project, 'node_modules/roost-functions')
  await write('package.json', '{ "private": true }\n')
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball)], project)
  await write('netlify/functions/hello.mts', HELLO)
  await write('netlify/functions/lambda.ts', LAMBDA)
}, INSTALL_MS)

async function write(path: string, text: string): Promise<void> {
  const file = join(project, path)
  await run('mkdir', ['-p', join(file, '..')], folder)
  await writeFile(file, text)
}

/** @throws with the output, when the command fails. */
async function run(command: string, args: string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 1 << 26 })
  return stdout
}

describe('the package, installed', () => {
  it('npx roost build', async () => {
    const { code, stdout, stderr } = await runRoost(['build'], { command: NPX, cwd: project })
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Built 2 functions') })
    expect(stdout).toMatch(/^hello +\/hello\/:name +web/m)
  })

  it('npx roost serve answers, with types and helpers of the package', async () => {
    await using roost = await startRoost(['serve', '--port', '0'], { command: NPX, cwd: project })
    const answer = await ask(`${roost.url}/hello/Ana`)
    expect(answer).toMatchObject({ status: 200 })
    expect(JSON.parse(answer.body)).toEqual({ name: 'Ana', method: 'GET', isSame: true })
    expect((await ask(`${roost.url}/.netlify/functions/lambda`)).body).toBe('GET from a Lambda')
  })

  it('npx roost check finds nothing', async () => {
    expect(await runRoost(['check'], { command: NPX, cwd: project })).toMatchObject({ code: 0, stdout: '' })
  })

  it('brings what rules, proxies, forms and compression need', async ({ onTestFinished }) => {
    const upstream = await startUpstream((request, response) => response.end(`upstream ${request.url}`))
    onTestFinished(() => upstream.stop())
    await write('netlify.toml', '[build]\npublish = "public"\n')
    await write('public/index.html', 'home '.repeat(1000))
    await write('public/_redirects', `/old /hello/Ana 302\n/api/* ${upstream.url}/:splat 200\n`)
    await write('public/_headers', '/*\n  X-Rule: applied\n')
    const receiver = 'netlify/functions/submission-created.mts'
    await write(receiver, `export default async (r: Request) => console.log('FORM', await r.text())\n`)
    await using roost = await startRoost(['serve', '--port', '0'], { command: NPX, cwd: project })
    const old = await ask(`${roost.url}/old`)
    expect([old.status, old.headers.location]).toEqual([302, '/hello/Ana'])
    expect((await ask(`${roost.url}/api/x?y=1`)).body).toBe('upstream /x?y=1')
    const home = await ask(roost.url, { headers: { 'accept-encoding': 'br' } })
    expect(home.headers).toMatchObject({ 'x-rule': 'applied', 'content-encoding': 'br' })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask(roost.url, { method: 'POST', headers: form, body: 'name=Ana' })).status).toBe(303)
    await roost.stderr.waitFor(/FORM .*"name":"Ana"/)
    await rm(join(project, receiver))
  })

  it('brings the pages that its messages name', async () => {
    const sources = (await readdir(join(installed, 'dist'), { recursive: true })).filter((name) =>
      name.endsWith('.js'),
    )
    const texts = await Promise.all(sources.map((name) => readFile(join(installed, 'dist', name), 'utf8')))
    // In what is printed, not in comments, which are for those who have the repository.
    const code = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    const named = new Set(code.match(/docs\/[\w/-]+\.(?:md|json)/g))
    expect([...named]).toContain('docs/reference/findings.md')
    for (const page of named) expect(existsSync(join(installed, page)), page).toBe(true)
  })

  it('starts under an old Node as well: it goes on with the one that came along', async () => {
    const { node, nodeArgs } = findOldNode()
    const command: [string, ...string[]] = [node, ...nodeArgs, join(installed, 'bin/roost.js')]
    const version = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')).version as string
    expect(await runRoost(['--version'], { command, cwd: project })).toMatchObject({
      code: 0,
      stdout: version,
    })
    await using roost = await startRoost(['serve', '--port', '0'], { command, cwd: project })
    expect((await ask(`${roost.url}/hello/Ana`)).status).toBe(200)
  })

  it('its types are those of functions', async () => {
    const options = {
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    }
    await write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['netlify'] }))
    const tsc = join(ROOT, 'node_modules/.bin/tsc')
    expect(await run(tsc, ['-p', '.'], project).catch(({ stdout }) => stdout)).toBe('')
    await write('netlify/functions/wrong.mts', `${HELLO}config.path = 42\n`)
    await expect(run(tsc, ['-p', '.'], project)).rejects.toMatchObject({
      stdout: expect.stringContaining("Type '42' is not assignable"),
    })
    await rm(join(project, 'netlify/functions/wrong.mts'))
  })
})

/** `import …` and `export … from` of what the compiler writes, over several lines too, and `import()`. */
const IMPORTS = /(?:^(?:import |export |\} )(?:.* from )?(?:from )?|\bimport\()'([^']+)'/gm

describe('what is packed', () => {
  it('has no source, no test, and nothing of this machine', async () => {
    const files = await readdir(installed, { recursive: true })
    expect(files.filter((path) => /(?<!\.d)\.ts$|\.test\.|\.map$/.test(path))).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'bin/roost.js']))
    for (const path of files.filter((name) => name.endsWith('js')))
      expect(await readFile(join(installed, path), 'utf8'), path).not.toContain(ROOT)
  })

  it('imports only what it depends on', async () => {
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const imported = new Set<string>()
    for (const path of await readdir(join(installed, 'dist'), { recursive: true })) {
      if (!path.endsWith('.js')) continue
      const text = await readFile(join(installed, 'dist', path), 'utf8')
      for (const [, specifier] of text.matchAll(IMPORTS)) {
        const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier!)![0]
        if (!name.startsWith('.') && !isBuiltin(name)) imported.add(name)
      }
    }
    expect(imported.size).toBeGreaterThan(5)
    expect([...imported].filter((name) => dependencies[name] === undefined)).toEqual([])
  })
})
