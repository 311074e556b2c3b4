import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AskOptions, ask } from '../helpers/http.ts'
import { type Roost, runRoost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

// The example as a newcomer has it, with the API that is another program; both on free ports.
let dir: string
let api: ChildProcess
let roost: Roost
beforeAll(async () => {
  dir = join(temporaryFolder('site'), 'site')
  cpSync('examples/site', dir, { recursive: true })
  api = spawn(process.execPath, [join(dir, 'api/server.mjs')], { env: { PORT: '0' } })
  const toml = join(dir, 'netlify.toml')
  writeFileSync(toml, readFileSync(toml, 'utf8').replace('http://127.0.0.1:4100', await readUrl(api)))
  roost = await startRoost(['serve', dir, '--port', '0'])
})
afterAll(async () => {
  await roost?.stop()
  api?.kill()
})

async function readUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /ready: (\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the API did not start')
}

const visit = (path: string, options?: AskOptions) => ask(roost.url + path, options)

it.each([
  ['/journal', 301, '/blog/'],
  ['/journal/first', 301, '/blog/first'],
  ['/search?id=first', 302, '/blog/first?id=first'],
])('%s redirects: %i to %s', async (path, status, location) => {
  expect(await visit(path)).toMatchObject({ status, headers: { location } })
})

it('one address in two languages', async () => {
  expect((await visit('/hello')).body).toContain('<h1>Welcome</h1>')
  const german = await visit('/hello', { headers: { 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' } })
  expect(german.body).toContain('<h1>Hallo</h1>')
})

it('a page that is gone, and one that was never there', async () => {
  expect(await visit('/shop/hats')).toMatchObject({ status: 410, body: expect.stringContaining('is closed') })
  expect(await visit('/nowhere')).toMatchObject({
    status: 404,
    body: expect.stringContaining('Nothing here'),
  })
})

it('headers, and a password', async () => {
  expect((await visit('/style.css')).headers).toMatchObject({
    'cache-control': 'public, max-age=86400',
    'x-content-type-options': 'nosniff',
  })
  expect((await visit('/members/')).status).toBe(401)
  const authorization = `Basic ${Buffer.from('ada:lovelace').toString('base64')}`
  expect(await visit('/members/', { headers: { authorization } })).toMatchObject({
    status: 200,
    body: expect.stringContaining('You have the password'),
  })
})

it('the API of the other program', async () => {
  const { quotes, askedBy } = JSON.parse((await visit('/api/quotes')).body)
  expect([quotes.length, askedBy]).toEqual([2, '127.0.0.1'])
  expect(await visit('/api/none')).toMatchObject({
    status: 404,
    body: '{"error":"There is nothing at /none."}',
  })
})

it('a function that runs once, however many ask', async () => {
  const [first, second] = [await visit('/time'), await visit('/time')]
  expect(second.headers['cache-status']).toBe('"Roost"; hit')
  expect(second.body).toBe(first.body)
})

it('roost check has nothing to say', async () => {
  expect((await runRoost(['check', dir])).code).toBe(0)
})
