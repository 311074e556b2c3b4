import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import { installNode, prepareDataDir } from '../../helpers/nodes.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { runRoost, startRoost } from '../../helpers/roost.ts'

// build.md §12, D16: functions run on the Node that they, or their site, ask for.

const REPORT = 'Response.json({ major: parseInt(process.versions.node), pattern: typeof URLPattern })'
const asking = (major: string) =>
  `export default () => ${REPORT}\nexport const config = { nodeVersion: '${major}' }\n`
const plain = `export default () => ${REPORT}\n`
const lambda =
  'exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ major: parseInt(process.versions.node) }) })\n'

async function majorOf(url: string, name: string): Promise<number> {
  const { body } = await ask(`${url}/.netlify/functions/${name}`)
  return (JSON.parse(body) as { major: number }).major
}

describe('a function runs on the Node it asks for', () => {
  it.each(['process', 'auto'])('sandbox %s: 18, 20, 22, 24, 26 beside each other', async (sandbox) => {
    const majors = [18, 20, 22, 24, 26]
    const dir = await writeProject({
      ...Object.fromEntries(majors.map((m) => [`netlify/functions/on-${m}.mjs`, asking(String(m))])),
      'netlify/functions/plain.mjs': plain,
    })
    const data = join(dir, 'data')
    await prepareDataDir(data, [18, 20, 22, 26])
    await using roost = await startRoost(['serve', dir, '--port', '0', '--data', data, '--sandbox', sandbox])
    for (const major of majors) {
      const { status, body } = await ask(`${roost.url}/.netlify/functions/on-${major}`)
      expect([status, JSON.parse(body)]).toEqual([200, { major, pattern: 'function' }])
    }
    expect(await majorOf(roost.url, 'plain')).toBe(24)
    expect(roost.stderr.text).not.toContain('Downloading Node')
  })
})

describe('who is asked first', () => {
  const files = {
    'netlify/functions/own.mjs': asking('26'),
    'netlify/functions/site.mjs': plain,
    'netlify/functions/classic.js': lambda,
    '.nvmrc': 'v20\n',
  }

  async function serveAnd(extra: Record<string, string>, flags: string[], majors: number[]) {
    const dir = await writeProject({ ...files, ...extra })
    const data = join(dir, 'data')
    await prepareDataDir(data, majors)
    await using roost = await startRoost(['serve', dir, '--port', '0', '--data', data, ...flags])
    const found: Record<string, number> = {}
    for (const name of ['own', 'site', 'classic']) found[name] = await majorOf(roost.url, name)
    return found
  }

  it('.nvmrc counts for all functions, nodeVersion for its own', async () => {
    expect(await serveAnd({}, [], [20, 26])).toEqual({ own: 26, site: 20, classic: 20 })
  })

  it('AWS_LAMBDA_JS_RUNTIME goes before NODE_VERSION, that before .nvmrc', async () => {
    const toml = { 'netlify.toml': '[build.environment]\nNODE_VERSION = "22"\n' }
    expect(await serveAnd(toml, [], [22, 26])).toEqual({ own: 26, site: 22, classic: 22 })
    const variable = ['--env', 'AWS_LAMBDA_JS_RUNTIME=nodejs18.x']
    expect(await serveAnd(toml, variable, [18, 26])).toEqual({ own: 26, site: 18, classic: 18 })
  })
})

describe('a Node that is not there yet', () => {
  it('offline the start fails and names the file; with the file it comes up', async () => {
    const dir = await writeProject({ 'netlify/functions/old.mjs': asking('18') })
    const data = join(dir, 'data')
    const offline = { env: { NPM_CONFIG_REGISTRY: 'http://127.0.0.1:1' } }
    const failed = await runRoost(['serve', dir, '--port', '0', '--data', data], offline)
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(/error NODE_UNAVAILABLE: Node 18\.\d+\.\d+ is not installed/)
    expect(failed.stderr).toMatch(/put the file node-linux-\w+-18\.[\d.]+\.tgz into .*data\/node/)
    // As an operator would: the same version, brought from another machine.
    const installed = join(await installNode(18), '..', '..')
    await mkdir(join(data, 'node'), { recursive: true })
    await symlink(installed, join(data, 'node', installed.split('/').at(-1)!))
    await using roost = await startRoost(['serve', dir, '--port', '0', '--data', data], offline)
    expect(await majorOf(roost.url, 'old')).toBe(18)
  })

  it('roost runtimes list, install, remove', async () => {
    const data = join(await writeProject({ 'data/': '' }), 'data')
    const run = (...args: string[]) => runRoost(['runtimes', ...args, '--data', data, '--json'])
    const before = JSON.parse((await run('list')).stdout) as { major: number; path: string | null }[]
    expect(before.map(({ major, path }) => [major, path])).toEqual([
      ...[18, 20, 22, 24, 26].map((major) => [major, null]),
    ])
    const installed = await run('install', '20', 'v20.x')
    expect(installed.code).toBe(0)
    expect(installed.stderr).toMatch(/Downloading Node 20\.[\d.]+/)
    const { 20: path } = JSON.parse(installed.stdout) as Record<string, string>
    expect(path).toContain(join(data, 'node'))
    expect(JSON.parse((await run('remove', '20', '22')).stdout)).toEqual([20])
    expect(await run('install', '19')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NODE_UNKNOWN'),
    })
    expect(await run('install', 'twenty')).toMatchObject({ code: 2 })
  })
})
