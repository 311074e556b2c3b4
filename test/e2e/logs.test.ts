import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeGeoDatabase } from '../helpers/geo-database.ts'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

const FUNCTIONS = {
  'netlify/functions/talk.mjs': `
    export default async (request) => {
      const name = new URL(request.url).searchParams.get('name')
      console.log('info of', name, { nested: { list: [1, 2, { deep: true }] } })
      console.debug('debug of', name)
      console.warn('warning of', name)
      console.error(new Error('error of ' + name))
      await new Promise((go) => setTimeout(go, 100))
      console.log('first line of ' + name + '\\nsecond line')
      process.stdout.write('written by ' + name + '\\n')
      process.stderr.write('to stderr by ' + name + '\\n')
      return new Response('')
    }`,
  'netlify/functions/raw.mjs': `
    import { execSync } from 'node:child_process'
    import { writeSync } from 'node:fs'
    export default () => {
      writeSync(1, 'straight to the descriptor\\n')
      execSync('echo from a child', { stdio: 'inherit' })
      return new Response('')
    }`,
  'netlify/functions/flood.mjs': `
    const line = 'x'.repeat(1000)
    export default async () => {
      const end = Date.now() + 1500
      while (Date.now() < end) {
        for (let i = 0; i < 100; i++) console.log(line)
        await new Promise((go) => setImmediate(go))
      }
      console.log('the flood is over')
      return new Response('')
    }`,
  'netlify/functions/quiet.mjs': `export default () => { console.log('quiet'); return new Response('quiet') }`,
  'netlify/functions/dies.mjs': `export default () => { console.log('one'); console.error('two'); process.exit(1) }`,
  'netlify/functions/aborts.mjs': `export default () => { console.log('before the abort'); process.abort() }`,
}

/** A server's log as objects. */
const read = (roost: Roost): Record<string, unknown>[] => roost.stderr.all.map((line) => JSON.parse(line))
const userLines = (roost: Roost, requestId: unknown): Record<string, unknown>[] =>
  read(roost).filter((line) => line.event === 'user.log' && line.requestId === requestId)

describe('the log of roost serve --json', () => {
  let dir: string
  let roost: Roost
  beforeAll(async () => {
    dir = temporaryFolder('logs')
    for (const [path, content] of Object.entries(FUNCTIONS)) {
      await mkdir(dirname(join(dir, path)), { recursive: true })
      await writeFile(join(dir, path), content)
    }
    roost = await startRoost(['serve', dir, '--port', '0', '--json', '--log-level', 'debug'], {
      env: {
        ROOST_CONCURRENCY: '4',
        ROOST_INSTANCES_PER_FUNCTION: '1',
        ROOST_LOG_BYTES_PER_SECOND: '100000',
      },
    })
  })
  afterAll(async () => {
    await roost.stop()
  })
  const call = async (path: string): Promise<unknown> =>
    (await ask(`${roost.url}/.netlify/functions/${path}`)).headers['x-nf-request-id']

  it('every line of user code has time, level, function, deploy, instance and request', async () => {
    const requestId = await call('talk?name=a')
    await waitFor('the last line', () => userLines(roost, requestId).length === 7)
    const lines = userLines(roost, requestId)
    for (const line of lines)
      expect(line).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        functionName: 'talk',
        deployId: expect.stringMatching(/^[0-9a-f]{24}$/),
        instanceId: expect.any(String),
      })
    expect(lines.map(({ level, message }) => [level, message])).toEqual(
      expect.arrayContaining([
        ['info', 'info of a { nested: { list: [ 1, 2, [Object] ] } }'],
        ['debug', 'debug of a'],
        ['warn', 'warning of a'],
        ['error', expect.stringMatching(/^Error: error of a\n {4}at .*talk\.mjs:7/)],
        ['info', 'first line of a\nsecond line'],
        ['info', 'written by a'],
        ['error', 'to stderr by a'],
      ]),
    )
  })

  it('calls that run in one instance at the same time keep their lines apart', async () => {
    const names = ['b', 'c', 'd']
    const ids = await Promise.all(names.map((name) => call(`talk?name=${name}`)))
    for (const [i, requestId] of ids.entries()) {
      await waitFor('the last line', () => userLines(roost, requestId).length === 7)
      const lines = userLines(roost, requestId)
      expect(lines.every(({ message }) => String(message).includes(names[i]!))).toBe(true)
    }
  })

  it('what is written straight to the descriptor, also by children, is the only open call’s', async () => {
    const requestId = await call('raw')
    await waitFor('both lines', () => userLines(roost, requestId).length === 2)
    expect(userLines(roost, requestId).map(({ level, message }) => [level, message])).toEqual([
      ['info', 'straight to the descriptor'],
      ['info', 'from a child'],
    ])
  })

  it.each([
    ['dies', ['one', 'two']],
    ['aborts', ['before the abort']],
  ])('nothing is lost before the end of a process: %s', async (name, messages) => {
    const requestId = await call(name)
    await waitFor('the lines', () => userLines(roost, requestId).length >= messages.length)
    const found = userLines(roost, requestId).map(({ message }) => message)
    expect(found).toEqual(expect.arrayContaining(messages))
  })

  it('a flood is cut to its rate and counted, and costs others nothing', async () => {
    const flood = call('flood')
    await waitFor('the flood', () => read(roost).some((line) => line.functionName === 'flood'))
    for (let i = 0; i < 3; i++) {
      const requestId = await call('quiet')
      await waitFor('the line of another function', () => userLines(roost, requestId).length === 1)
    }
    await flood
    const dropped = await waitFor('the count', () =>
      read(roost).find(
        (line) => line.functionName === 'flood' && /log lines were dropped/.test(String(line.message)),
      ),
    )
    expect(dropped).toMatchObject({ level: 'warn', event: 'user.log' })
    const kept = read(roost).filter(({ functionName }) => functionName === 'flood')
    const bytes = kept.reduce((sum, { message }) => sum + String(message).length, 0)
    // 1.5 s and the windows at both ends.
    expect(bytes).toBeLessThan(500_000)
  })
})

describe('the log of roost serve in a terminal', () => {
  it('a line says time, level, function and request; values of several lines stay readable', async () => {
    const dir = await writeProject(FUNCTIONS)
    await using roost = await startRoost(['serve', dir, '--port', '0'])
    const { headers } = await ask(`${roost.url}/.netlify/functions/talk?name=a`)
    await roost.stderr.waitFor(/to stderr by a/)
    const id = headers['x-nf-request-id']
    expect(roost.stderr.text).toMatch(
      new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} info  talk \\[${id}\\] first line of a\\n\\s*second line$`,
        'm',
      ),
    )
    expect(roost.stderr.text).toMatch(new RegExp(`error talk \\[${id}\\] Error: error of a\\n {4,}at `))
  })
})

describe('places and identities', () => {
  it('come from the files that the operator gives', async () => {
    const secret = 'a secret of the site, long enough'
    const dir = await writeProject({
      'netlify/functions/who.mjs': `export default (request, { geo }) =>
        Response.json({ geo, identity: globalThis.netlifyIdentityContext })`,
      'roost.toml': 'geo_db = "geo.mmdb"\nidentity_secret_file = "secret"\ntrusted_hops = 1\n',
      'geo.mmdb': makeGeoDatabase({ '81.2.69.0/24': { city: { names: { en: 'London' } } } }),
      secret: `${secret}\n`,
    })
    await using roost = await startRoost(['serve', dir, '--port', '0'])
    expect(roost.stderr.text).toContain('Geo: Test-City of 2026-05-28')
    const token = await new SignJWT({ sub: 'u1' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(secret))
    const { body } = await ask(`${roost.url}/.netlify/functions/who`, {
      headers: { 'x-forwarded-for': '81.2.69.160', authorization: `Bearer ${token}` },
    })
    expect(JSON.parse(body)).toEqual({
      geo: { city: 'London' },
      identity: { url: `${roost.url}/.netlify/identity`, token, user: { sub: 'u1' } },
    })
  })

  it.each([
    ['--geo-db', 'GEO_DATABASE_INVALID'],
    ['--identity-secret-file', 'IDENTITY_INVALID'],
    ['--identity-jwks', 'IDENTITY_INVALID'],
  ])('%s with a file that is not there ends the start', async (flag, code) => {
    const dir = await writeProject({ 'netlify/functions/who.mjs': 'export default () => new Response("")' })
    const ending = await runRoost(['serve', dir, '--port', '0', flag, 'nowhere'])
    expect([ending.code, ending.stdout]).toEqual([1, ''])
    expect(ending.stderr).toMatch(new RegExp(`${code}.*nowhere`))
  })
})
