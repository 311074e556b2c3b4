import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, openStream } from '../helpers/http.ts'
import { describeProcess, isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

describe('ten functions that end badly and an eleventh', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await startRoost(['serve', 'test/fixtures/hostile', '--port', '0'])
  })
  afterAll(async () => {
    expect(await roost.stop()).toMatchObject({ code: 0 })
  })

  const call = (name: string) => ask(`${roost.url}/.netlify/functions/${name}`)

  const ENDINGS: [name: string, code: string, errorType: string | undefined][] = [
    ['throws', 'FUNCTION_FAILED', 'RangeError'],
    ['rejects-aside', 'FUNCTION_FAILED', 'Runtime.UnhandledPromiseRejection'],
    ['throws-later', 'FUNCTION_FAILED', 'Error'],
    ['exits', 'FUNCTION_EXITED', 'Runtime.ExitError'],
    ['aborts', 'FUNCTION_EXITED', 'Runtime.ExitError'],
    ['kills-itself', 'FUNCTION_EXITED', 'Runtime.ExitError'],
    ['loops', 'FUNCTION_TIMEOUT', 'Sandbox.Timedout'],
    ['never-settles', 'FUNCTION_NEVER_ANSWERED', 'Runtime.NodeJsExit'],
    ['hangs', 'FUNCTION_TIMEOUT', 'Sandbox.Timedout'],
    ['returns-text', 'FUNCTION_FAILED', undefined],
  ]

  it.each(ENDINGS)('%s: 502 with %s, and a second call fares no worse', async (name, code, errorType) => {
    for (const attempt of [1, 2]) {
      const { status, headers, body } = await call(name)
      expect({ attempt, status, code: headers['x-roost-error'] }).toEqual({ attempt, status: 502, code })
      expect(headers['x-nf-request-id']).toEqual(expect.any(String))
      const record = JSON.parse(body)
      expect(record).toMatchObject({ errorMessage: expect.any(String), trace: [] })
      if (errorType !== undefined) expect(record.errorType).toBe(errorType)
    }
  })

  it('the eleventh answers while all ten are at it', async () => {
    const calls = ENDINGS.map(([name]) => call(name))
    for (let i = 0; i < 20; i++) expect(await call('good')).toMatchObject({ status: 200, body: 'still here' })
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(ENDINGS.map(() => 502))
    expect(await call('good')).toMatchObject({ status: 200, body: 'still here' })
  })

  it('the last words before process.exit are in the log', () => {
    expect(roost.stderr.text).toMatch(/exits .*last words/)
  })
})

describe('an instance that is killed', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await startRoost(['serve', 'test/fixtures/sleeper', '--port', '0'])
  })
  afterAll(async () => {
    expect(await roost.stop()).toMatchObject({ code: 0 })
  })

  /** Kills the instance that has just fallen asleep. @returns its own name for itself. */
  const killSleeper = async (since: number): Promise<string> => {
    const line = await roost.stderr.waitFor(/asleep in \S+/, since)
    const sleeper = readProcessTree(roost.pid).find((row) => describeProcess(row).endsWith(': asleep'))
    process.kill(sleeper!.pid, 'SIGKILL')
    return /asleep in (\S+)/.exec(line)![1]!
  }

  it.each([
    ['before its answer', 'sleeper', '?sleep=before'],
    ['before its answer, in the Lambda format', 'lambda-sleeper', '?sleep=before'],
  ])('%s: 502 with a code, and the next call works', async (_when, name, query) => {
    const url = `${roost.url}/.netlify/functions/${name}`
    const since = roost.stderr.all.length
    const call = ask(url + query)
    const instance = await killSleeper(since)
    const { status, headers } = await call
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_EXITED'])
    const next = await ask(url)
    expect(next.status).toBe(200)
    expect(next.body).toMatch(/^[\da-f-]{36}$/)
    expect(next.body).not.toBe(instance)
  })

  it('in the middle of its answer: the client sees that the rest is missing, and the next call works', async () => {
    const url = `${roost.url}/.netlify/functions/sleeper`
    const since = roost.stderr.all.length
    const { status, chunks } = await openStream(`${url}?sleep=inside`)
    expect([status, (await chunks.next()).value]).toEqual([200, 'half'])
    await killSleeper(since)
    await expect(chunks.next()).rejects.toThrow('aborted')
    expect((await ask(url)).status).toBe(200)
  })
})

describe('the host is killed', () => {
  it('its instances end too, also those that sleep', async () => {
    const roost = await startRoost(['serve', 'test/fixtures/sleeper', '--port', '0'])
    const call = ask(`${roost.url}/.netlify/functions/sleeper?sleep=before`).catch(
      (error: Error) => error.message,
    )
    await roost.stderr.waitFor(/asleep in /)
    const tree = readProcessTree(roost.pid)
    expect(tree.length).toBeGreaterThan(1)
    process.kill(roost.pid, 'SIGKILL')
    expect(await roost.ended).toMatchObject({ signal: 'SIGKILL' })
    await call
    await waitFor('the end of every instance', () => !tree.some(isRunning))
  })
})
