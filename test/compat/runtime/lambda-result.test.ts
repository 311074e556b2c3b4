import { expect, it } from 'vitest'
import type { Assignment } from '../../../src/compute/protocol/index.ts'
import { startFunction } from '../../helpers/runtime-harness.ts'

/** A Lambda function in one file. */
function startLambda(source: string, assignment: Partial<Assignment> = {}, file = 'hello.cjs') {
  return startFunction(source, { file, assignment: { format: 'lambda', ...assignment } })
}

/** What becomes of a handler with this body. */
async function answerOf(body: string, assignment: Partial<Assignment> = {}) {
  await using runtime = await startLambda(
    `exports.handler = async (event, context) => { ${body} }`,
    assignment,
  )
  return await runtime.fetch()
}

async function failureOf(body: string, assignment: Partial<Assignment> = {}) {
  await using runtime = await startLambda(
    `exports.handler = async (event, context) => { ${body} }`,
    assignment,
  )
  return await runtime.call().failure
}

it('case 95: a result with a status only', async () => {
  expect(await answerOf('return { statusCode: 200 }')).toMatchObject({ status: 200, body: '', headers: [] })
})

it('case 125: a 204 without body', async () => {
  expect(await answerOf('return { statusCode: 204 }')).toMatchObject({ status: 204, body: '' })
})

it.each([
  ['.mjs', 'hello.mjs', 'export const handler = '],
  ['.mjs, exported by name', 'hello.mjs', 'export { f as handler }; const f = '],
  ['a package of type module', 'hello.js', 'export const handler = '],
  ['module.exports', 'hello.cjs', 'module.exports.handler = '],
  ['names that Node cannot see', 'hello.cjs', "module['exp' + 'orts'].handler = "],
])('case 111: %s is served', async (_name, file, prefix) => {
  await using runtime = await startFunction(`${prefix}async () => ({ statusCode: 200, body: 'ok' })`, {
    file,
    files: { 'package.json': '{"type":"module"}' },
    assignment: { format: 'lambda' },
  })
  expect((await runtime.fetch()).body).toBe('ok')
})

it('case 112: a function reads a file beside it', async () => {
  await using runtime = await startFunction(
    "exports.handler = async () => ({ statusCode: 200, body: require('node:fs').readFileSync('data.txt', 'utf8') })",
    { file: 'hello.cjs', files: { 'data.txt': 'included' }, assignment: { format: 'lambda' } },
  )
  expect((await runtime.fetch()).body).toBe('included')
})

it('case 104: a sync return is not an answer', async () => {
  await using runtime = await startLambda('exports.handler = () => ({ statusCode: 200 })')
  expect(await runtime.call().failure).toMatchObject({
    errorMessage:
      'no lambda response. check your function code again. make sure to return a promise or use the callback.',
    isValidation: true,
    phase: 'result',
  })
})

it.each([
  ['return null', /^no lambda response\./],
  ['', /^lambda response was undefined\. check your function code again$/],
  [
    'return { statusCode: 200, body: 42 }',
    /^Your function response must have a string or a stream body\. You gave: 42$/, // case 105
  ],
  ['return { statusCode: 200, body: { a: 1 } }', /You gave: \{ a: 1 \}$/],
  [
    'return { statusCode: null }',
    /^Your function response must have a numerical statusCode\. You gave: null$/, // case 106
  ],
  ['return {}', /You gave: undefined$/],
  ['return { statusCode: 0 }', /You gave: 0$/],
  ["return { statusCode: 'x' }", /You gave: 'x'$/],
  ["return 'text'", /You gave: undefined$/],
])('cases 105, 106: %s is refused with a sentence', async (body, sentence) => {
  const failure = await failureOf(body)
  expect(failure).toMatchObject({ isValidation: true, phase: 'result' })
  expect(failure.errorMessage).toMatch(sentence)
})

it('a status as text is taken', async () => {
  expect(await answerOf("return { statusCode: '201', body: 'x' }")).toMatchObject({ status: 201 })
})

it('a status that no response can have fails', async () => {
  expect(await failureOf('return { statusCode: 99 }')).toMatchObject({ errorType: 'RangeError' })
})

it.each(["''", 'null', 'undefined', 'false', '0'])('a body %s is empty', async (body) => {
  expect(await answerOf(`return { statusCode: 200, body: ${body} }`)).toMatchObject({ body: '' })
})

it('case 107: a rejection keeps its type, message and stack', async () => {
  const failure = await failureOf("throw new RangeError('rejected')")
  expect(failure).toMatchObject({ errorType: 'RangeError', errorMessage: 'rejected', phase: 'handler' })
  expect(failure.isValidation).toBeUndefined()
  expect(failure.trace[1]).toContain('hello.cjs:1')
})

it('case 108: headers and multiValueHeaders', async () => {
  const { headers } = await answerOf(`return {
    statusCode: 200,
    headers: { 'X-Single': 'one', 'x-number': 7, 'x-yes': true, 'x-none': null },
    multiValueHeaders: { 'x-multi': ['custom-value1', 'custom-value2'], 'Set-Cookie': ['a=1', 'b=2'] },
  }`)
  expect(headers).toEqual([
    ['x-single', 'one'],
    ['x-number', '7'],
    ['x-yes', 'true'],
    ['x-multi', 'custom-value1'],
    ['x-multi', 'custom-value2'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ])
})

it('case 109: a name in both maps keeps the list only', async () => {
  const { headers } = await answerOf(
    "return { statusCode: 200, headers: { 'X-Both': 'single' }, multiValueHeaders: { 'x-both': ['multi'] } }",
  )
  expect(headers).toEqual([['x-both', 'multi']])
})

it.each(["'a b': 'x'", "'a': 'x\\ny'", "'a': '☃'"])('a header %s fails', async (header) => {
  expect(await failureOf(`return { statusCode: 200, headers: { ${header} } }`)).toMatchObject({
    errorType: 'TypeError',
    phase: 'result',
  })
})

it('a base64 body is decoded', async () => {
  const { bytes } = await answerOf("return { statusCode: 200, body: '/wD+', isBase64Encoded: true }")
  expect([...bytes]).toEqual([0xff, 0x00, 0xfe])
})

it('D12: a buffered response over the limit is refused', async () => {
  const assignment = { maxBufferedResponseBytes: 1000 }
  expect(await answerOf("return { statusCode: 200, body: 'x'.repeat(1000) }", assignment)).toMatchObject({
    status: 200,
  })
  expect(await failureOf("return { statusCode: 200, body: 'é'.repeat(501) }", assignment)).toMatchObject({
    errorType: 'Function.ResponseSizeTooLarge',
    phase: 'result',
  })
})

// -- how a result arrives ---------------------------------------------------------------------------------------

it('callback(null, result) answers when the event loop is empty', async () => {
  await using runtime = await startLambda(`
    exports.handler = (event, context, callback) => {
      callback(null, { statusCode: 200, body: 'called back' })
      setTimeout(() => console.log('loop is busy'), 50)
    }`)
  const call = runtime.call()
  expect((await call.reply).body).toBe('called back')
  await runtime.stdout.waitFor(/busy/)
  expect(runtime.logs).toEqual([{ id: call.id, level: 'info', text: 'loop is busy' }])
})

it('an instance with room for another call notices the empty loop as well', async () => {
  await using runtime = await startLambda(
    `exports.handler = (event, context, callback) => {
      if (event.path === '/call') callback(null, { statusCode: 200, body: 'called back' })
    }`,
    { concurrency: 2 },
  )
  expect((await runtime.fetch('/call')).body).toBe('called back')
  expect((await runtime.call('/nothing').failure).errorMessage).toMatch(/^no lambda response/)
})

it('with callbackWaitsForEmptyEventLoop false it answers at once', async () => {
  await using runtime = await startLambda(`
    setInterval(() => {}, 1000) // a connection that stays open
    exports.handler = (event, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = false
      callback(null, { statusCode: 200, body: 'at once' })
    }`)
  expect((await runtime.fetch()).body).toBe('at once')
  expect((await runtime.fetch()).body).toBe('at once')
})

it('callback(error) fails at once', async () => {
  await using runtime = await startLambda(`
    setInterval(() => {}, 1000)
    exports.handler = (event, context, callback) => { callback(new RangeError('no')) }`)
  expect(await runtime.call().failure).toMatchObject({ errorType: 'RangeError', errorMessage: 'no' })
})

it.each([
  ['context.succeed({ statusCode: 200, body: "first" }); context.fail(new Error())'],
  ['context.done(null, { statusCode: 200, body: "first" }); context.succeed({ statusCode: 500 })'],
  ['callback(null, { statusCode: 200, body: "first" }); callback(null, { statusCode: 500 })'],
  ['return Promise.resolve({ statusCode: 200, body: "first" })'],
  ['callback(null, { statusCode: 500 }); return Promise.resolve({ statusCode: 200, body: "first" })'],
  ['setTimeout(() => context.succeed({ statusCode: 200, body: "first" }), 5)'],
  ['setTimeout(() => callback(null, { statusCode: 200, body: "first" }), 5)'],
])('the first way to finish wins: %s', async (body) => {
  await using runtime = await startLambda(`exports.handler = (event, context, callback) => { ${body} }`)
  expect(await runtime.fetch()).toMatchObject({ status: 200, body: 'first' })
})

it.each(["context.fail('as text')", "context.done('as text')", "throw 'as text'"])(
  '%s fails',
  async (body) => {
    await using runtime = await startLambda(`exports.handler = (event, context) => { ${body} }`)
    expect(await runtime.call().failure).toMatchObject({ errorType: 'string', errorMessage: 'as text' })
  },
)

it('a later callback of an async handler is ignored', async () => {
  await using runtime = await startLambda(`
    exports.handler = async (event, context, callback) => {
      setTimeout(() => callback(null, { statusCode: 500 }), 20)
      return { statusCode: 200, body: 'returned' }
    }`)
  expect(await runtime.fetch()).toMatchObject({ status: 200, body: 'returned' })
  expect(await runtime.fetch()).toMatchObject({ status: 200, body: 'returned' })
})

it('a promise that nothing can settle is noticed', async () => {
  await using runtime = await startLambda('exports.handler = () => new Promise(() => {})')
  expect(await runtime.call().failure).toMatchObject({ errorType: 'Runtime.NodeJsExit' })
})

it('in the background results are ignored, failures are not', async () => {
  await using runtime = await startLambda(
    `exports.handler = async (event) => {
      if (event.path === '/throw') throw new Error('in the background')
      return 'no object'
    }`,
    { invocationMode: 'background' },
  )
  const call = runtime.call()
  expect(await call.reply).toMatchObject({ status: 202, body: '' })
  expect(call.frames).toEqual(['head+settled'])
  expect(await runtime.call('/throw').failure).toMatchObject({ errorMessage: 'in the background' })
})

// -- loading ------------------------------------------------------------------------------------------------------

it.each([
  ['no handler', 'exports.other = 1', 'Runtime.HandlerNotFound', 'not exported'],
  ['a syntax error', 'exports.handler = (', 'Runtime.UserCodeSyntaxError', 'SyntaxError: '],
  ['a missing module', "require('./missing.cjs')", 'Runtime.ImportModuleError', 'missing.cjs'],
  ['an error of its own', "throw new RangeError('at top')", 'RangeError', 'at top'],
])('%s is a failed load', async (_name, source, errorType, message) => {
  await using runtime = await startLambda(source)
  const failure = await runtime.call().failure
  expect(failure).toMatchObject({ errorType, phase: 'load' })
  expect(failure.errorMessage).toContain(message)
})

it('requiring an ES module, where Node refuses it, says what to do', async () => {
  await using runtime = await startLambda(
    "throw Object.assign(new Error('require() of ES Module'), { code: 'ERR_REQUIRE_ESM' })",
  )
  expect((await runtime.call().failure).errorMessage).toMatch(/^a CommonJS file cannot import ES modules\./)
})
