import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'

const PROJECT = 'test/fixtures/environment'

// D7: what a function of `roost serve` finds in its environment, and what it does not.
describe('the environment of a function', () => {
  let roost: Roost
  let env: Record<string, string>

  beforeAll(async () => {
    const files = ['--env-file', `${PROJECT}/first.env`, '--env-file', `${PROJECT}/second.env`]
    const flags = ['--env', 'FROM_FILE_AND_FLAG=flag', '--env', 'PASSED_ON', '--env', 'WITH_EQUALS=a=b']
    roost = await startRoost(['serve', PROJECT, '--port', '0', ...files, ...flags], {
      env: { PASSED_ON: 'by name', SECRET_OF_THE_HOST: 'secret' },
    })
    env = JSON.parse((await ask(`${roost.url}/.netlify/functions/environment`)).body)
  })
  afterAll(async () => {
    await roost.stop()
  })

  it('has what files and flags give: later files win, flags win over files', () => {
    expect(env).toMatchObject({
      FROM_FIRST_FILE: '1',
      FROM_BOTH: 'second',
      FROM_FILE_AND_FLAG: 'flag',
      PASSED_ON: 'by name',
      WITH_EQUALS: 'a=b',
    })
  })

  it('has the variables of the site and of the function', () => {
    expect(env).toMatchObject({
      SITE_ID: expect.any(String),
      SITE_NAME: 'environment',
      URL: roost.url,
      AWS_REGION: expect.any(String),
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      LAMBDA_TASK_ROOT: expect.any(String),
      TZ: 'UTC',
      PATH: expect.any(String),
      HOME: expect.any(String),
      LANG: expect.any(String),
    })
  })

  it("has nothing of the host's own, nothing of netlify.toml, no credentials, no sign of development", () => {
    const names = Object.keys(env)
    const ofTheHost = Object.keys(process.env).filter(
      (name) => !['PATH', 'HOME', 'LANG', 'TZ'].includes(name),
    )
    expect(names.filter((name) => ofTheHost.includes(name))).toEqual([])
    expect(env.PATH).not.toContain('node_modules')
    for (const name of [
      'SECRET_OF_THE_HOST',
      'FROM_TOML',
      'AWS_ACCESS_KEY_ID',
      'NETLIFY_DEV',
      'NETLIFY_LOCAL',
    ])
      expect(names).not.toContain(name)
  })
})

describe('--dir', () => {
  it('serves static files that netlify.toml does not name, without dot files', async () => {
    await using roost = await startRoost(['serve', PROJECT, '--dir', `${PROJECT}/site`, '--port', '0'])
    expect((await ask(roost.url)).body).toBe('<p>the index</p>\n')
    expect((await ask(`${roost.url}/.well-known/security.txt`)).body).toBe('known\n')
    expect((await ask(`${roost.url}/.hidden`)).status).toBe(404)
  })

  it('is missed where there is none: no static files, and the start says so', async () => {
    await using roost = await startRoost(['serve', PROJECT, '--port', '0'])
    expect(roost.stderr.text).toContain('--dir')
    expect((await ask(roost.url)).status).toBe(404)
  })
})

it.runIf(process.platform === 'linux')(
  'of what was open when Roost was started a function gets nothing',
  async () => {
    const script = 'exec 30< bin/roost.js; exec "$@"'
    await using roost = await startRoost(['serve', PROJECT, '--port', '0'], {
      command: ['/bin/bash', '-c', script, 'bash', process.execPath, 'bin/roost.js'],
    })
    const open = JSON.parse((await ask(`${roost.url}/.netlify/functions/descriptors`)).body) as string[]
    expect(open).toContain('/dev/null')
    expect(open.filter((path) => path.includes('roost.js'))).toEqual([])
  },
)
