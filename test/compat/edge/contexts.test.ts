import { describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { runRoost, startRoost } from '../../helpers/roost.ts'
import { startServer } from '../../helpers/server-harness.ts'

// dev-and-edge.md §1.2: which configuration a deploy context has; D88: what of it reaches production.
const TOML = `
[build]
publish = "public"
[functions.where]
timeout = 101
[context.staging]
publish = "staging"
[context.staging.functions.where]
timeout = 102
[context.branch-deploy]
publish = "branches"
[context.branch-deploy.functions.where]
timeout = 103
[context."feature/*"]
publish = "features"
[context."feature/exact"]
publish = "exact"
[context.other]
functions = "other-functions"
`
const WHERE = `export default (_, { deploy }) => Response.json(deploy)`
const FOLDERS = ['public', 'staging', 'branches', 'features', 'exact']
const PROJECT = {
  'netlify.toml': TOML,
  'other-functions/other.mjs': WHERE,
  ...Object.fromEntries(FOLDERS.map((folder) => [`${folder}/index.html`, folder])),
}
const FUNCTIONS = { 'where.mjs': WHERE }

it.each<[context: string, seen: string, folder: string, timeoutMs: number]>([
  ['production', 'production', 'public', 101_000],
  ['prod', 'production', 'public', 101_000],
  ['staging', 'staging', 'staging', 102_000],
  ['branch-deploy', 'branch-deploy', 'branches', 103_000],
  ['branch:staging', 'branch-deploy', 'staging', 102_000],
  ['branch:unknown', 'branch-deploy', 'branches', 103_000],
  ['feature/x', 'feature/x', 'features', 101_000],
  ['feature/exact', 'feature/exact', 'exact', 101_000],
  ['unknown', 'unknown', 'public', 101_000],
])('%s: functions see %s, files are in %s', async (context, seen, folder, timeoutMs) => {
  await using server = await startServer({ functions: FUNCTIONS, project: PROJECT, context })
  expect((await server.ask('/')).body).toBe(folder)
  expect(JSON.parse((await server.ask('where')).body)).toMatchObject({ context: seen, published: true })
  expect(server.deploy.router.find('GET', '/.netlify/functions/where')).toMatchObject({ fn: { timeoutMs } })
})

it('a context has a functions directory of its own', async () => {
  await using server = await startServer({ functions: FUNCTIONS, project: PROJECT, context: 'other' })
  expect((await server.ask('other')).status).toBe(200)
  expect((await server.ask('where')).status).toBe(404)
})

describe('the command', () => {
  const files = { ...PROJECT, 'netlify/functions/where.mjs': WHERE }

  it('takes --context, and says at start which one it is', async () => {
    const dir = await writeProject(files)
    await using roost = await startRoost(['serve', dir, '--port', '0', '--context', 'branch:staging'])
    expect((await ask(roost.url)).body).toBe('staging')
    expect(roost.stderr.text).toContain(
      'Deploy context branch-deploy: netlify.toml has [context.staging] over [context.branch-deploy].',
    )
  })

  it('takes ROOST_CONTEXT, and says that a context has no section', async () => {
    const dir = await writeProject(files)
    await using roost = await startRoost(['serve', dir, '--port', '0'], { env: { ROOST_CONTEXT: 'stagign' } })
    expect((await ask(roost.url)).body).toBe('public')
    expect(roost.stderr.text).toContain('Deploy context stagign: netlify.toml has no section of its own.')
  })

  it('lists the functions of a context', async () => {
    const dir = await writeProject(files)
    const { stdout } = await runRoost(['functions:list', dir, '--context', 'other', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'other' }])
  })

  it.each(['branch:production', 'branch:', 'a b', ''])('refuses the context "%s"', async (context) => {
    const dir = await writeProject(files)
    const { code, stderr } = await runRoost(['functions:list', dir, '--context', context])
    expect(code).not.toBe(0)
    expect(stderr).toContain('expected the name of a deploy context, or branch:NAME')
  })
})

it('D88: no value of netlify.toml reaches a function, however it is written and whichever context it is', async () => {
  const MARK = 'value of netlify.toml'
  const toml = `
[build.environment]
A1 = "${MARK}"
PATH = "${MARK}"
SITE_NAME = "${MARK}"
NODE_OPTIONS = "--title='${MARK}'"
[template.environment]
T = "${MARK}"
[context.production]
environment = { B1 = "${MARK}" }
[context.staging.environment]
C1 = "${MARK}"
A1 = "${MARK}"
[context.staging.build.environment]
C2 = "${MARK}"
[context."st*".environment]
D1 = "${MARK}"
[context.branch-deploy.environment]
E1 = "${MARK}"
[context.dev.environment]
F1 = "${MARK}"
[functions.environment]
timeout = 5
`
  const old = `[Build]\nEnvironment = { O1 = "${MARK}" }\n`
  const functions = {
    'environment.mjs': 'export default () => Response.json({ ...process.env, ...Netlify.env.toObject() })',
    'lambda.cjs': `exports.handler = async (event, context) =>
      ({ statusCode: 200, body: JSON.stringify({ env: process.env, event, context }) })`,
  }
  for (const [text, context] of [
    [toml, 'production'],
    [toml, 'staging'],
    [toml, 'branch:staging'],
    [toml, 'stage'],
    [toml, 'dev'],
    [old, 'production'],
  ] as const) {
    const project = { 'netlify.toml': text }
    await using server = await startServer({ functions, project, context, env: { GIVEN: 'given' } })
    for (const name of ['environment', 'lambda']) {
      const { body } = await server.ask(name)
      expect(body).toContain('"GIVEN":"given"')
      expect(body).not.toContain(MARK)
      expect(body).not.toMatch(/"(?:[A-FOT][12]?|CONTEXT|BRANCH|DEPLOY_URL)":/)
    }
  }
})
