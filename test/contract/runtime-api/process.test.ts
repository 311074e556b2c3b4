import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { monotonicNow } from '../../../src/base/lib/index.ts'
import { type Program, startProgram } from '../../helpers/program-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

// Start, end and the door: who may speak, and what becomes of a program that does not.

describe('the start', () => {
  it('init/error is the failure of every call, and the end of the program', async () => {
    await using program = await startProgram()
    const heard = program.call()
    const answer = await program.ask('init/error', {
      method: 'POST',
      body: '{"errorMessage":"no database","errorType":"Init.Failed"}',
    })
    expect(answer.status).toBe(202)
    await heard.answered
    expect(heard.error).toMatchObject({
      code: 'FUNCTION_LOAD_FAILED',
      failure: { errorType: 'Init.Failed', errorMessage: 'no database', phase: 'load' },
    })
    const later = program.call()
    await later.answered
    expect(later.error?.code).toBe('FUNCTION_LOAD_FAILED')
    expect(await program.exit).toMatchObject({ reason: 'signal', signal: 'SIGKILL' })
  })

  it('init/error after the first next is refused', async () => {
    await using program = await startProgram()
    program.call()
    await program.next()
    const answer = await program.ask('init/error', { method: 'POST', body: '{}' })
    expect([answer.status, answer.json.errorType]).toEqual([403, 'InvalidStateTransition'])
  })

  it('a program that ends before it asks fails the call that waits for it', async () => {
    await using program = await startProgram({
      command: ['/bin/sh', '-c', 'echo why >&2; sleep 0.2; exit 3'],
    })
    const heard = program.call({ requestId: 'R1' })
    await heard.settled
    expect(heard.error).toMatchObject({ code: 'FUNCTION_EXITED' })
    expect(heard.error?.failure.errorMessage).toBe(
      'RequestId: R1 Error: Runtime exited with error: exit status 3',
    )
    expect(program.lines.map(({ level, text }) => [level, text])).toContainEqual(['error', 'why'])
  })
})

describe('the end', () => {
  it('a program that never answers is killed at the deadline', async () => {
    await using program = await startProgram()
    const heard = program.call({ deadlineMs: monotonicNow() - 1, timeoutMs: 1000 })
    await program.next()
    program.instance.expire(monotonicNow())
    expect(await program.exit).toMatchObject({ reason: 'timeout' })
    await heard.settled
    expect(heard.error).toMatchObject({
      code: 'FUNCTION_TIMEOUT',
      failure: { errorMessage: 'RequestId: R1 Error: Task timed out after 1.00 seconds' },
    })
  })

  it('a program that has answered and does not ask again is killed at the deadline too', async () => {
    await using program = await startProgram()
    const heard = program.call({ deadlineMs: monotonicNow() - 1 })
    await program.respond({ statusCode: 200 })
    await heard.answered
    program.instance.expire(monotonicNow())
    expect(await program.exit).toMatchObject({ reason: 'timeout' })
    expect(heard).toMatchObject({ status: 200, error: undefined })
  })

  it('draining asks it to end with SIGTERM', async () => {
    await using program = await startProgram()
    program.instance.drain('idle')
    expect(await program.exit).toMatchObject({ reason: 'idle', signal: 'SIGTERM' })
  })

  it('one that does not listen is killed', async () => {
    await using program = await startProgram({
      command: ['/bin/sh', '-c', "trap '' TERM; echo armed; while :; do sleep 0.1; done"],
    })
    await waitFor('its trap', () => program.lines.some(({ text }) => text === 'armed'))
    program.instance.drain('idle')
    expect(await program.exit).toMatchObject({ reason: 'idle', signal: 'SIGKILL' })
  })

  it('its port is closed with it', async () => {
    const program = await startProgram()
    await program[Symbol.asyncDispose]()
    await expect(program.next()).rejects.toThrow(/ECONNREFUSED/)
  })
})

describe('the door (D26)', () => {
  const NEXT = '/2018-06-01/runtime/invocation/next'

  it('a wrong prefix is refused', async () => {
    await using program = await startProgram()
    program.call()
    const keeping = { headers: { connection: 'keep-alive' } }
    expect((await program.ask(NEXT, keeping)).headers.connection).toBe('close')
    expect((await program.ask('nothing', keeping)).headers.connection).toBe('keep-alive')
    for (const path of [`/${'x'.repeat(32)}${NEXT}`, `/${program.api.prefix}x${NEXT}`, '/', NEXT])
      expect((await program.ask(path)).status).toBe(403)
    expect((await program.next()).status).toBe(200)
  })

  it('a client that leaves the prefix out is refused where there are variables, and that is said once', async () => {
    await using program = await startProgram()
    expect((await program.ask(NEXT)).status).toBe(403)
    expect((await program.ask(NEXT)).status).toBe(403)
    expect(program.barePaths).toEqual([false])
  })

  it('where there are none it is served, and that is said once', async () => {
    await using program = await startProgram({ acceptsBarePath: true })
    const heard = program.call()
    const { status, headers } = await program.ask(NEXT)
    expect(status).toBe(200)
    const path = `/2018-06-01/runtime/invocation/${headers['lambda-runtime-aws-request-id']}/response`
    expect((await program.ask(path, { method: 'POST', body: '{"statusCode":200}' })).status).toBe(202)
    await heard.answered
    expect(program.barePaths).toEqual([true])
  })

  it('once a client has shown the prefix nobody gets in without it', async () => {
    await using program = await startProgram({ acceptsBarePath: true })
    program.call()
    await program.next()
    expect((await program.ask(NEXT)).status).toBe(403)
  })

  it('a page in a browser, which names another host, is refused', async () => {
    await using program = await startProgram()
    expect(await statusFor(program, 'evil.example')).toBe(403)
    expect(await statusFor(program, 'localhost.evil.example')).toBe(403)
    program.call()
    expect(await statusFor(program, `127.0.0.1:${program.api.port}`)).toBe(200)
  })
})

function statusFor(program: Program, host: string): Promise<number> {
  const { port, prefix } = program.api
  const path = `/${prefix}/2018-06-01/runtime/invocation/next`
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
      .on('error', reject)
      .end()
  })
}
