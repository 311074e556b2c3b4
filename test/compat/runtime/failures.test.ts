import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

async function failOnce(body: string) {
  await using runtime = await startFunction(`export default async () => { ${body} }`)
  return await runtime.call().failure
}

it('case 30: a thrown text', async () => {
  expect(await failOnce("throw 'boom'")).toEqual({
    errorType: 'string',
    errorMessage: 'boom',
    trace: [],
    phase: 'handler',
  })
})

it.each([
  ['undefined', 'undefined', 'undefined'],
  ['null', 'object', 'null'],
  ['42', 'number', '42'],
  ["Symbol('x')", 'symbol', 'Symbol(x)'],
  ['{ a: 1 }', 'object', '[object Object]'],
  ['Object.create(null)', 'object', ''],
  ['{ toString() { throw new Error() } }', 'object', ''],
  ['new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })', 'object', ''],
  ['new Proxy(new Error(), { get() { throw 1 } })', 'Error', ''],
  ["Object.defineProperty(new Error('m'), 'stack', { get() { throw 1 } })", 'Error', 'm'],
  ["Object.assign(new Error('m'), { name: 7, message: 8 })", 'Error', ''],
  ["{ name: 'Mine', message: 'looks like one', stack: 'Mine: x' }", 'Mine', 'looks like one'],
])('throw %s is a record all the same', async (value, errorType, errorMessage) => {
  expect(await failOnce(`throw ${value}`)).toMatchObject({ errorType, errorMessage, phase: 'handler' })
})

it('an error of another realm is an error', async () => {
  const failure = await failOnce(
    "const { runInNewContext } = await import('node:vm'); throw runInNewContext('new RangeError(\"far\")')",
  )
  expect(failure).toMatchObject({ errorType: 'RangeError', errorMessage: 'far' })
  expect(failure.trace[0]).toBe('RangeError: far')
})

it('a huge message is shortened', async () => {
  const failure = await failOnce("throw new Error('x'.repeat(10_000_000))")
  expect(failure.errorMessage.length).toBeLessThan(10_000)
  expect(failure.errorMessage).toMatch(/^x+ … \(cut\)$/)
})

it('a stack names the original file and line when there is a source map', async () => {
  const { transformSync } = await import('esbuild')
  const source = "type A = string\n\nexport default () => {\n  throw new Error('mapped' as A)\n}\n"
  const { code } = transformSync(source, {
    loader: 'ts',
    sourcemap: 'inline',
    sourcefile: 'original.ts',
    format: 'esm',
  })
  await using runtime = await startFunction(code)
  expect((await runtime.call().failure).trace.join('\n')).toMatch(/original\.ts:4:9/)
})

it('an unhandled rejection fails the open call and ends the process with 128', async () => {
  await using runtime = await startFunction(`
    export default async () => {
      void Promise.reject(new RangeError('nobody waits'))
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }`)
  const call = runtime.call()
  const failure = await call.failure
  expect(failure).toMatchObject({
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: 'RangeError: nobody waits',
    phase: 'process',
  })
  expect(failure.trace.join('\n')).toContain('hello.mjs:3')
  expect(await runtime.ended).toBe(128)
  // Not settled: the host must not hand the next call to a process that is ending.
  expect(call.frames).toEqual(['failed'])
})

it('an uncaught exception keeps its name and ends the process with 129', async () => {
  await using runtime = await startFunction(`
    export default async () => {
      setTimeout(() => { throw new RangeError('in a timer') }, 1)
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }`)
  expect(await runtime.call().failure).toMatchObject({
    errorType: 'RangeError',
    errorMessage: 'in a timer',
    phase: 'process',
  })
  expect(await runtime.ended).toBe(129)
})

it('all open calls fail with the process, one in the middle of its answer too', async () => {
  await using runtime = await startFunction(
    `
    export default (request) => {
      if (request.url.endsWith('/stream'))
        return new Response(new ReadableStream({ start(c) { c.enqueue('x'); setTimeout(() => {}, 60_000) } }))
      if (request.url.endsWith('/crash')) setTimeout(() => { throw new Error('all') }, 1)
      return new Promise(() => {})
    }`,
    { assignment: { concurrency: 3 } },
  )
  const stream = runtime.call('/stream')
  await stream.waitUntil(() => stream.chunks.length === 1)
  const other = runtime.call('/other')
  const crash = runtime.call('/crash')
  const failures = await Promise.all([stream.failure, other.failure, crash.failure])
  expect(failures.map(({ errorMessage }) => errorMessage)).toEqual(['all', 'all', 'all'])
})

it('what was answered before the end is still sent', async () => {
  await using runtime = await startFunction(`
    export default (request, { waitUntil }) => {
      waitUntil(new Promise(() => {}))
      process.nextTick(() => { throw new Error('right after the answer') })
      return new Response('answered')
    }`)
  expect((await runtime.call().reply).body).toBe('answered')
  expect(await runtime.ended).toBe(129)
})

it('handlers of user code run, and the process ends all the same', async () => {
  await using runtime = await startFunction(`
    process.on('uncaughtException', (error) => console.log('seen', error.message))
    process.on('unhandledRejection', () => {})
    export default async () => {
      setTimeout(() => { throw new Error('caught by mine') }, 1)
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }`)
  expect(await runtime.call().failure).toMatchObject({ errorMessage: 'caught by mine' })
  expect(await runtime.ended).toBe(129)
  await runtime.stdout.waitFor(/seen caught by mine/)
})

it('an exception while nothing is open is in the log', async () => {
  await using runtime = await startFunction(`
    setTimeout(() => { throw new RangeError('between calls') }, 50)
    export default () => new Response('ok')`)
  await runtime.fetch()
  expect(await runtime.ended).toBe(129)
  await runtime.stderr.waitFor(/RangeError: between calls/)
})

it('Runtime.NodeJsExit: a promise that nothing can settle is noticed at once, and the process goes on', async () => {
  await using runtime = await startFunction(`
    let calls = 0
    export default () => ++calls === 1 ? new Promise(() => {}) : new Response(String(calls))`)
  const call = runtime.call()
  expect(await call.failure).toMatchObject({ errorType: 'Runtime.NodeJsExit' })
  expect(call.frames).toEqual(['failed+settled'])
  expect((await runtime.fetch()).body).toBe('2')
})

it('with room for another call a promise can still be settled by it', async () => {
  await using runtime = await startFunction(
    `
    let release
    export default (request) =>
      request.url.endsWith('/release')
        ? new Response(String(release(new Response('released'))))
        : new Promise((resolve) => { release = resolve })`,
    { assignment: { concurrency: 2 } },
  )
  const waiting = runtime.call('/wait')
  await runtime.ping()
  await runtime.ping()
  await runtime.fetch('/release')
  expect((await waiting.reply).body).toBe('released')
})

it.each([[0], [7]])('Runtime.ExitError: process.exit(%i)', async (code) => {
  await using runtime = await startFunction(`
    export default () => {
      console.log('last words')
      process.stdout.write('without a line end')
      process.exit(${code})
    }`)
  const call = runtime.call('/', { headers: { 'x-nf-request-id': '01H' } })
  const failure = await call.failure
  const text =
    code === 0 ? 'Runtime exited without providing a reason' : 'Runtime exited with error: exit status 7'
  expect(failure).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: 01H Error: ${text}`,
    phase: 'process',
  })
  expect(failure.trace).toEqual([`Error: ${text}`, expect.stringContaining('hello.mjs:5')])
  expect(await runtime.ended).toBe(code)
  await runtime.stdout.waitFor(/without a line end/)
  expect(runtime.logs.map(({ id, text: line }) => [id, line])).toEqual([
    [call.id, 'last words'],
    [call.id, 'without a line end'],
  ])
})

it('what was handed ahead comes back when the process ends', async () => {
  await using runtime = await startFunction(`
    export default async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      process.exit(1)
    }`)
  const first = runtime.call()
  const ahead = runtime.call('/', { startBeforeMs: Number(process.hrtime.bigint()) / 1e6 + 30_000 })
  await first.failure
  await ahead.waitUntil(() => ahead.frames.length === 1)
  expect(ahead.frames).toEqual(['returned'])
})

it('logs are complete up to an endless loop and up to an abort', async () => {
  await using runtime = await startFunction(`
    export default (request) => {
      for (let i = 0; i < 100; i++) console.log('line', i)
      if (request.url.endsWith('/abort')) process.abort()
      for (;;);
    }`)
  runtime.call('/loop')
  await runtime.stdout.waitFor(/line 99/)
  runtime.kill('SIGKILL')
  expect(await runtime.ended).toBe('SIGKILL')

  await using aborted = await startFunction(`
    export default () => { console.log('before the abort'); process.abort() }`)
  aborted.call()
  await aborted.stdout.waitFor(/before the abort/)
  expect(await aborted.ended).toBe('SIGABRT')
})

it('the end of the host ends the process', async () => {
  await using runtime = await startFunction("export default () => new Response('')")
  await runtime.fetch()
  runtime.hangUp()
  expect(await runtime.ended).toBe(0)
})

it('user code that breaks globals breaks itself only', async () => {
  await using runtime = await startFunction(`
    const { stringify } = JSON
    for (const name of ['Response', 'Request', 'Headers', 'ReadableStream', 'Buffer', 'Promise', 'console', 'setTimeout',
      'setImmediate', 'clearTimeout', 'performance', 'fetch', 'process', 'TransformStream', 'queueMicrotask'])
      globalThis['_' + name] = globalThis[name], globalThis[name] = undefined
    export default (request) => {
      if (request.url.endsWith('/throw')) throw new Error('thrown')
      if (request.url.endsWith('/stream')) return new _Response(new _ReadableStream({
        start(c) { c.enqueue('streamed'); c.close() },
      }))
      return new _Response(request.method)
    }`)
  expect((await runtime.fetch()).body).toBe('GET')
  expect((await runtime.fetch('/stream')).body).toBe('streamed')
  expect(await runtime.call('/throw').failure).toMatchObject({ errorMessage: 'thrown' })
})
