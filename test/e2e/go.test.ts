import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findGo } from '../../src/builder/bundle/go/index.ts'
import { ask } from '../helpers/http.ts'
import { describeProcess, isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

// examples/go as its README says: programs in Go beside a function in TypeScript.

const EXAMPLE = fileURLToPath(new URL('../../examples/go', import.meta.url))

describe('examples/go', () => {
  let roost: Roost

  beforeAll(async () => {
    if ((await findGo()) === undefined)
      throw new Error('This test compiles programs in Go: install the package golang-go (.ci/run does).')
    roost = await startRoost(['serve', EXAMPLE, '--port', '0'], { readyMs: 300_000 })
  }, 300_000)
  afterAll(() => roost?.stop())

  const get = (path: string, options = {}) => ask(`${roost.url}${path}`, options)

  it('Go and TypeScript give the same greeting', async () => {
    const [go, ts] = await Promise.all([get('/.netlify/functions/greet?name=Ada'), get('/greet-ts?name=Ada')])
    expect([go.status, ts.status]).toEqual([200, 200])
    expect(go.headers['content-type']).toBe('application/json')
    expect(JSON.parse(go.body)).toMatchObject({
      greeting: 'Hello, Ada!',
      from: expect.stringMatching(/^go1\./),
    })
    expect(JSON.parse(ts.body)).toMatchObject({
      greeting: 'Hello, Ada!',
      from: expect.stringMatching(/^Node v/),
    })
    await roost.stderr.waitFor(new RegExp(`greet \\[${go.headers['x-nf-request-id']}\\] greeting Ada`))
  })

  it('counts primes, and says what is wrong with a question', async () => {
    expect(await get('/.netlify/functions/primes?below=1000000')).toMatchObject({
      status: 200,
      body: '78498 primes below 1000000\n',
    })
    expect((await get('/.netlify/functions/primes?below=many')).status).toBe(400)
  })

  it('runs in the background', async () => {
    expect((await get('/.netlify/functions/report-background?id=7', { method: 'POST' })).status).toBe(202)
    await roost.stderr.waitFor(/report-background .*report ready: 7/)
  })

  it('keeps the scheduled one to itself', async () => {
    expect((await get('/.netlify/functions/nightly')).status).toBe(403)
  })

  it('when the host is killed, its programs die', async () => {
    const dir = await writeProject({ 'data/': '' })
    const doomed = await startRoost(['serve', EXAMPLE, '--port', '0', '--prebuilt', '--data', `${dir}/data`])
    await ask(`${doomed.url}/.netlify/functions/greet`)
    const tree = readProcessTree(doomed.pid)
    expect(tree.map(describeProcess).join('\n')).toContain('bootstrap')
    process.kill(doomed.pid, 'SIGKILL')
    await waitFor('the end of all of them', () => !tree.some(isRunning))
  })

  it('a function of each language under load answers every request', async () => {
    const asked = Array.from({ length: 60 }, (_, i) =>
      get(i % 2 === 0 ? `/.netlify/functions/greet?name=${i}` : `/greet-ts?name=${i}`),
    )
    const answers = await Promise.all(asked)
    expect(answers.map((answer, i) => [answer.status, JSON.parse(answer.body).greeting, i])).toEqual(
      answers.map((_, i) => [200, `Hello, ${i}!`, i]),
    )
  })
})
