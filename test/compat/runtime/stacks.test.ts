import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { locateRuntimeProgram } from '../../../src/host/runtime-program.ts'
import { findTestNode } from '../../helpers/nodes.ts'
import { type Runtime, startFunction } from '../../helpers/runtime-harness.ts'

/**
 * A stack of user code shows user code: its own frames, from the one that failed to the handler, and none of Roost's,
 * wherever those stand in between (runtime.md §1.5).
 */
const program = await locateRuntimeProgram()

/** What the innermost function of three does with the `request`, `response` and `context`. */
const FAILURES: Record<string, string> = {
  'request.json()': 'await request.json()',
  'request.json(), passed on': 'return request.json()',
  'clone().json()': 'await request.clone().json()',
  'request.json(), twice': 'await request.text(); await request.json()',
  'request.text(), twice': 'await request.text(); await request.text()',
  'request.arrayBuffer(), twice': 'await request.arrayBuffer(); await request.arrayBuffer()',
  'request.formData()': 'await request.formData()',
  'json() of a stream': "await new Response(new Blob(['{']).stream()).json()",
  'json() of a text': "await new Response('{').json()",
  'json() of a new request': "await new Request('http://a', { method: 'POST', body: '{' }).json()",
  'formData() of a response': "await new Response('{').formData()",
  'a bad name for get': "request.headers.get('bad name')",
  'a bad name for set': "response.headers.set('bad name', '1')",
  'a bad value for append': "response.headers.append('name', 'a\\nb')",
  'bad headers of a response': "new Response('', { headers: { 'bad name': '1' } })",
  'bad headers': "new Headers([['bad name', '1']])",
  'a bad status': "new Response('', { status: 1 })",
  'a body that a status has not': "new Response('a', { status: 204 })",
  'what JSON cannot say': 'const ring = {}; ring.ring = ring; Response.json(ring)',
  'toJSON that throws': "Response.json({ toJSON() { throw new Error('of the user') } })",
  'Response.redirect': "Response.redirect('http://a', 1)",
  'new Request': "new Request('no url')",
  'new URL': "new URL('no url')",
  structuredClone: 'structuredClone(() => 1)',
  'JSON.parse': "JSON.parse('{')",
  'fetch of no URL': "await fetch('no url')",
  'fetch of nobody': "await fetch('http://127.0.0.1:1/')",
  'fetch with a bad header': "await fetch('http://127.0.0.1:1/', { headers: { 'bad name': '1' } })",
  'forEach of headers': "request.headers.forEach(() => { throw new Error('of the user') })",
  'a callback of an array': "[1].map(() => { throw new Error('of the user') })",
  'a getter of an init': "new Response('', { get headers() { throw new Error('of the user') } })",
  'a promise executor': "await new Promise(() => { throw new Error('of the user') })",
  'Promise.all': "await Promise.all([(async () => { await 1; throw new Error('of the user') })()])",
  'after a wait': "await 1; throw new Error('of the user')",
  'a cookie': "context.cookies.set({ name: 'a' , get value() { throw new Error('of the user') } })",
  'code of its own': 'new Function(\'throw new Error("of the user")\')()',
  caches: "await caches.open('a').then((cache) => cache.add('ftp://a'))",
}
const SOURCE = `export default async function handler(request, context) {
  const name = new URL(request.url).searchParams.get('name')
  return await middle(CASES[name], request, new Response(''), context)
}
async function middle(failing, ...rest) {
  return await failing(...rest)
}
export const CASES = {
  ${Object.entries(FAILURES)
    .map(
      ([name, code]) =>
        `${JSON.stringify(name)}: async function failing(request, response, context) { ${code} },`,
    )
    .join('\n  ')}
}`

/** Six frames of the platform, three of ours and Node's limit of ten leave room for the innermost only. */
const SHORTENED: ReadonlySet<string> = new Set(['bad headers of a response'])

let runtime: Runtime
/** For each case the frames of user code that Node alone shows, as `name:line`. */
let shown: Record<string, string[]>
beforeAll(async () => {
  runtime = await startFunction(SOURCE)
  const file = join(runtime.folder, 'hello.mjs')
  writeFileSync(join(runtime.folder, 'plain.mjs'), PLAIN)
  const { stdout } = await promisify(execFile)(await findTestNode(), [
    join(runtime.folder, 'plain.mjs'),
    file,
  ])
  shown = Object.fromEntries(
    Object.entries(JSON.parse(stdout) as Record<string, string>).map(([name, stack]) => [
      name,
      readFrames(stack),
    ]),
  )
})
afterAll(() => runtime[Symbol.asyncDispose]())

/** Calls the same handler in a process of its own, with objects of the platform. */
const PLAIN = `
const { default: handler, CASES } = await import(process.argv[2])
globalThis.caches = { open: async () => ({ add: (url) => fetch(url) }) }
const stacks = {}
for (const name of Object.keys(CASES)) {
  const request = new Request('http://a/?name=' + encodeURIComponent(name), { method: 'POST', body: '{"a":' })
  const cookies = { set: ({ value }) => value }
  stacks[name] = await handler(request, { cookies }).then(() => '', (error) => error.stack)
}
process.stdout.write(JSON.stringify(stacks))`

function readFrames(stack: string): string[] {
  return [...stack.matchAll(/at (?:async )?(.*?) ?\(?file:\/\/.*?hello\.mjs(:\d+):\d+/g)].map(
    ([, name, place]) => `${name}${place}`,
  )
}

async function failWith(name: string): Promise<string[]> {
  const path = `/?name=${encodeURIComponent(name)}`
  return (await runtime.call(path, { method: 'POST', body: '{"a":' }).failure).trace
}

describe('a stack shows the user code that Node would show, and nothing of ours', () => {
  it.each(Object.keys(FAILURES))('%s', async (name) => {
    const trace = await failWith(name)
    const stack = trace.join('\n')
    expect(
      trace.filter((line) => line.includes(program)),
      stack,
    ).toEqual([])
    const [ours, nodes] = [readFrames(stack), shown[name]!]
    const expected = SHORTENED.has(name) ? nodes.slice(0, 1) : nodes
    expect(
      ours.filter((frame) => expected.includes(frame)),
      stack,
    ).toEqual(expected)
    const last = trace.findLast((line) => !line.includes('[cause]: '))
    if (ours.length > 0) expect(last, stack).toContain('hello.mjs')
  })

  it.each(
    Object.keys(FAILURES).filter((name) => /^request|clone|of a text|headers|toJSON|cookie/.test(name)),
  )('%s: from the line that failed to the handler', async (name) => {
    if (SHORTENED.has(name) || name === 'request.formData()') return
    const stack = (await failWith(name)).join('\n')
    for (const frame of ['failing', 'middle', 'handler'])
      expect(stack).toMatch(new RegExp(`at (async )?(Object\\.)?${frame} .*hello\\.mjs:\\d`))
  })
})

it('with a source map the frames are those of the sources', async () => {
  const { transformSync } = await import('esbuild')
  const source =
    'export default async (request: Request) => {\n  const a: string = "x"\n  return await read(request)\n}\n' +
    'async function read(request: Request) {\n  return await request.json()\n}\n'
  const { code } = transformSync(source, {
    loader: 'ts',
    sourcemap: 'inline',
    sourcefile: 'original.ts',
    format: 'esm',
  })
  await using mapped = await startFunction(code)
  const { trace } = await mapped.call('/', { method: 'POST', body: '{"a":' }).failure
  const stack = trace.join('\n')
  expect(stack).toMatch(
    /^SyntaxError: .*\n\s+at JSON\.parse \(<anonymous>\)\n\s+at read \(.*original\.ts:6:24\)/,
  )
  expect(trace.at(-1)).toMatch(/original\.ts:3:/)
})

it('a stack without user code is our own error and stays whole, natives included', async () => {
  await using odd = await startFunction('export default () => 7')
  const { trace } = await odd.call().failure
  expect(trace).toEqual([expect.stringMatching(/unsupported value/)])
})
