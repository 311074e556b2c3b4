import { expect, it } from 'vitest'
import { type LogEntry, startFunction } from '../../helpers/runtime-harness.ts'

/** What one call of this handler body logs, without the numbers. */
async function logsOf(body: string): Promise<Omit<LogEntry, 'id'>[]> {
  await using runtime = await startFunction(`
    export default (request) => { ${body}
      console.error('the end')
      return new Response('')
    }`)
  const call = runtime.call()
  await call.settled
  await runtime.stderr.waitFor(/the end/)
  const entries = runtime.logs.filter(({ text }) => text !== 'the end')
  expect(entries.every(({ id }) => id === call.id)).toBe(true)
  return entries.map(({ level, text }) => ({ level, text }))
}

it.each([
  ['log', 'info'],
  ['info', 'info'],
  ['debug', 'debug'],
  ['warn', 'warn'],
  ['error', 'error'],
])('console.%s has the level %s', async (method, level) => {
  expect(await logsOf(`console.${method}('a %s', 'b', { c: 1 })`)).toEqual([{ level, text: 'a b { c: 1 }' }])
})

it('the other methods print as Node prints them', async () => {
  const logs = await logsOf(`
    console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })
    console.assert(1 === 2, 'not equal')
    console.assert(true)
    console.count()
    console.group('group')
    console.log('inside')
    console.groupEnd()
    console.log('outside')
  `)
  expect(logs.filter(({ level }) => level === 'info').map(({ text }) => text)).toEqual([
    '{ a: [Object] }',
    'default: 1',
    'group',
    '  inside',
    'outside',
  ])
  expect(logs).toContainEqual({ level: 'warn', text: 'Assertion failed: not equal' })
})

it('a value of several lines is one entry', async () => {
  const [table, text, trace] = await logsOf(
    "console.table([{ a: 1 }]); console.log('one\\ntwo\\n'); console.trace('here')",
  )
  expect(table!.text.split('\n')).toHaveLength(5)
  expect(text).toEqual({ level: 'info', text: 'one\ntwo\n' })
  expect(trace!.text).toMatch(/^Trace: here\n {4}at .*hello\.mjs/)
})

it('raw writes are cut into lines, a line that is written in pieces is one', async () => {
  expect(
    await logsOf(`
      process.stdout.write('one ')
      process.stdout.write('line\\nanother\\nand a third')
      process.stdout.write(Buffer.from(' — é').subarray(0, 5))
      process.stdout.write(Buffer.from(' — é').subarray(5))
    `),
  ).toEqual([
    { level: 'info', text: 'one line' },
    { level: 'info', text: 'another' },
    { level: 'info', text: 'and a third — é' },
  ])
})

it('stderr is the error level', async () => {
  expect(await logsOf("process.stderr.write('raw\\n')")).toEqual([{ level: 'error', text: 'raw' }])
})

it('the streams behave as streams', async () => {
  const [line, pipe] = await logsOf(`
    process.stdout.write('with a callback\\n', 'utf8', () => {})
    new console.Console(process.stdout).log('own console', process.stdout.writable, process.stdout.fd)
  `)
  expect(line!.text).toBe('with a callback')
  expect(pipe!.text).toBe('own console true 1')
})

it('lines of Netlify’s own tools for the platform are left out', async () => {
  expect(
    await logsOf(
      `console.log('__nfSystemLog', '{"a":1}'); process.stdout.write('__nfSystemLog {}\\n'); console.log('mine')`,
    ),
  ).toEqual([{ level: 'info', text: 'mine' }])
})

it('text that looks like a mark is text', async () => {
  expect(await logsOf("console.log('\\u00019i.forged')")).toEqual([
    { level: 'info', text: '\u00019i.forged' },
  ])
})

it('with several calls at once each line has the number of its own', async () => {
  await using runtime = await startFunction(
    `
    export default async (request) => {
      const { pathname } = new URL(request.url)
      for (let i = 0; i < 3; i++) {
        console.log(pathname)
        process.stdout.write(pathname)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return new Response('')
    }`,
    { assignment: { concurrency: 2 } },
  )
  const calls = [runtime.call('/a'), runtime.call('/b')]
  await Promise.all(calls.map(({ settled }) => settled))
  await runtime.stdout.waitFor(/\/b\/b\/b/)
  await runtime.stdout.waitFor(/\/a\/a\/a/)
  for (const [index, path] of ['/a', '/b'].entries()) {
    const { id } = calls[index]!
    expect(runtime.logs.filter((entry) => entry.id === id).map(({ text }) => text)).toEqual([
      path,
      path,
      path,
      path.repeat(3),
    ])
  }
})

it('what a module logs while it is loaded belongs to the call that loads it', async () => {
  await using runtime = await startFunction("console.log('loading'); export default () => new Response('')")
  const call = runtime.call()
  await call.settled
  await runtime.stdout.waitFor(/loading/)
  expect(runtime.logs).toEqual([{ id: call.id, level: 'info', text: 'loading' }])
})

it('what a call leaves behind logs for nobody', async () => {
  await using runtime = await startFunction(`
    export default () => { setTimeout(() => console.log('left behind'), 30); return new Response('') }`)
  await runtime.call().settled
  await runtime.stdout.waitFor(/left behind/)
  expect(runtime.logs).toEqual([{ id: 0, level: 'info', text: 'left behind' }])
})

it('a mock of console by user code does not stop the runtime', async () => {
  await using runtime = await startFunction(`
    globalThis.console = undefined
    export default (request, { waitUntil }) => {
      waitUntil(Promise.reject(new Error('x')))
      return new Response('ok')
    }`)
  const call = runtime.call()
  expect((await call.reply).body).toBe('ok')
  await call.settled
})

it('a flood arrives whole when the reader is slow', async () => {
  await using runtime = await startFunction(`
    export default () => {
      for (let i = 0; i < 20000; i++) console.log('x'.repeat(100), i)
      return new Response('')
    }`)
  await runtime.call().settled
  await runtime.stdout.waitFor(/x 19999$/)
  expect(runtime.stdout.all).toHaveLength(20_000)
})
