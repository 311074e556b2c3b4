import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

/** The Set-Cookie values after these operations on `cookies`. */
async function setCookies(operations: string, response = "new Response('')"): Promise<string[]> {
  await using runtime = await startFunction(
    `export default (request, { cookies }) => { ${operations}; return ${response} }`,
  )
  const { headers } = await runtime.fetch()
  return headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
}

async function failWith(operations: string) {
  await using runtime = await startFunction(
    `export default (request, { cookies }) => { ${operations}; return new Response('') }`,
  )
  return await runtime.call().failure
}

it('cases 15, 41, 42: get reads the header verbatim', async () => {
  await using runtime = await startFunction(`
    export default (request, { cookies: { get } }) =>
      Response.json(['foo', 'a', 'q', 'e', 'twice', 'missing', 'toString'].map((name) => get(name) ?? null))`)
  const reply = await runtime.fetch('/', {
    headers: { cookie: 'foo=bar; a=b%20c; q="z"; e=1=2; twice=1; twice=2;' },
  })
  expect(JSON.parse(reply.body)).toEqual(['bar', 'b%20c', '"z"', '1=2', '2', null, null])
})

it('get does not see what is set in the same invocation', async () => {
  const [cookie] = await setCookies("cookies.set('a', '1'); cookies.set('b', String(cookies.get('a')))")
  expect(cookie).toBe('a=1')
})

it('case 43: cookies.set writes no Path', async () => {
  expect(await setCookies("cookies.set('x', '1')")).toEqual(['x=1'])
})

it('case 44: all attributes in Netlify’s order', async () => {
  const options = `{
    name: 'y', value: '2', unparsed: ['Partitioned', 'k=v'], expires: new Date(0), path: '/p',
    sameSite: 'Lax', domain: 'example.test', maxAge: 5, httpOnly: true, secure: true }`
  expect(await setCookies(`cookies.set(${options})`)).toEqual([
    'y=2; Secure; HttpOnly; Max-Age=5; Domain=example.test; SameSite=Lax; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Partitioned; k=v',
  ])
})

it('expires takes milliseconds, maxAge only integers', async () => {
  expect(await setCookies("cookies.set({ name: 'a', value: '1', expires: 1000, maxAge: 1.5 })")).toEqual([
    'a=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT',
  ])
})

it('case 45: cookies.delete', async () => {
  const expired = 'Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
  expect(
    await setCookies("cookies.delete('a'); cookies.delete({ name: 'b', domain: 'd.test', path: '/p' })"),
  ).toEqual([`a=; ${expired}`, `b=; Domain=d.test; ${expired.replace('/', '/p')}`])
})

it('case 46: the prefixes force their attributes', async () => {
  const options = "value: '1', path: '/p', domain: 'd.test'"
  expect(
    await setCookies(
      `cookies.set({ name: '__Host-z', ${options} }); cookies.set({ name: '__Secure-z', ${options} })`,
    ),
  ).toEqual(['__Host-z=1; Secure; Path=/', '__Secure-z=1; Secure; Domain=d.test; Path=/p'])
})

it('case 47: after those of the response, in call order', async () => {
  expect(
    await setCookies(
      "cookies.set('a', '1'); cookies.set('b', '2')",
      "new Response('', { headers: { 'set-cookie': 'orig=1' } })",
    ),
  ).toEqual(['orig=1', 'a=1', 'b=2'])
})

it('case 48: a value that is not a text is refused at the call', async () => {
  const reply = await setCookies(
    "let e; try { cookies.set('a', 1) } catch (x) { e = x }; cookies.set({ name: e.name, value: e.message.replaceAll(/[^a-z.]/gi, '_') })",
  )
  expect(reply).toEqual(['TypeError=You_must_provide_the_cookie_value_as_a_string_to__cookies.set_'])
})

it('case 49: a bad name fails after the handler has returned', async () => {
  expect(await failWith("cookies.set('a b', '1')")).toMatchObject({
    errorType: 'TypeError',
    errorMessage: 'Invalid cookie name: "a b".',
    phase: 'result',
  })
})

it.each([
  ["set('a', 'x;y')", "RFC2616 cookie 'a' cannot contain character ';'"],
  ["set('a', 'x y')", "RFC2616 cookie 'a' cannot contain character ' '"],
  ["set('a', 'é')", 'US-ASCII'],
  ["set({ name: 'a', value: '1', path: '/é' })", 'path'],
  ["set({ name: 'a', value: '1', domain: '-a.test' })", 'domain'],
  ["set({ name: 'a', value: '1', domain: 'a.test.' })", 'domain'],
  ["set({ name: 'a', value: '1', maxAge: -1 })", 'maxAge'],
])('%s fails', async (operation, message) => {
  const failure = await failWith(`cookies.${operation}`)
  expect(failure).toMatchObject({ errorType: 'Error', phase: 'result' })
  expect(failure.errorMessage).toContain(message)
})

it('a cookie without name is nothing, one without value the text undefined', async () => {
  expect(await setCookies("cookies.set({ value: '1' }); cookies.set({ name: 'a' })")).toEqual(['a=undefined'])
})
