// `roost why` (D110): what would answer a request, and why, over a real project; and the same asked of a server.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Explanation } from '../../src/gateway/trace/index.ts'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, runRoost, startRoost } from '../helpers/roost.ts'

let project = ''
beforeAll(async () => {
  project = await writeProject(
    {
      'netlify.toml': `
[build]
publish = "public"
[[redirects]]
from = "/news/*"
to = "/press/:splat"
`,
      'public/_redirects':
        '/news/* /presse/:splat 302 Country=de,at\n/shop /.netlify/functions/plain 200\n/about /elsewhere\n',
      'public/_headers': '/about\n  X-Own: 1\n/team/*\n  Basic-Auth: user:password\n',
      'public/about.html': 'about',
      'public/404.html': 'nothing here',
      'netlify/functions/api.mjs':
        'console.log("loaded"); export default () => new Response("api"); export const config = { path: "/api/:id", method: "POST" }',
      'netlify/functions/plain.mjs': 'export default () => new Response("plain")',
    },
    afterAll,
  )
})

const why = (...args: string[]) => runRoost(['why', ...args, '--project', project])
const explain = async (...args: string[]): Promise<Explanation> => {
  const { code, stdout, stderr } = await why(...args, '--json')
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Explanation
}

describe('roost why', () => {
  it('says it as text, from top to bottom', async () => {
    const { code, stdout, stderr } = await why('get', '/news/today?x=1', '--country', 'us')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toBe(`GET http://localhost:8888/news/today?x=1, from US

  password   /news/today has none
  function   no function has the path /news/today
  rule       public/_redirects:1  /news/* /presse/:splat 302 Country=de,at: it is for the country de or at, and the visitor's is US
> rule       netlify.toml:4  /news/* /press/:splat 301: leads to /press/today?x=1; splat = today

301 Moved Permanently: a redirect to /press/today?x=1
  location: /press/today?x=1
  cache-control: no-cache
  content-type: text/plain; charset=utf-8
  cache-status: "Roost"; fwd=miss`)
  })

  it('says it as JSON: rules that are near, and the one that applies', async () => {
    const explanation = await explain('GET', 'https://site.example/news/today', '--country', 'DE')
    expect(explanation).toMatchObject({
      version: 1,
      request: { method: 'GET', url: 'https://site.example/news/today', country: 'DE' },
      omitted: 0,
    })
    expect(explanation.target).toEqual({ kind: 'redirect', location: '/presse/today' })
  })

  it('a function: where it stands, its parameters, and that it does not run', async () => {
    const { steps, target, response } = await explain('POST', '/api/5')
    expect([target, response]).toEqual([
      { kind: 'function', name: 'api', route: '/api/:id' },
      { status: null, headers: [] },
    ])
    expect(steps.find(({ result }) => result === 'applied')).toMatchObject({
      ...{ stage: 'function', source: 'netlify/functions/api.mjs', values: { id: '5' } },
    })
    expect((await explain('GET', '/api/5')).steps).toContainEqual(
      expect.objectContaining({ result: 'passed', why: 'api is for POST only' }),
    )
  })

  it('a file with the headers that it is sent with, and the rule that it shadows', async () => {
    const { target, response, steps } = await explain('GET', '/about')
    expect(target).toEqual({ kind: 'file', file: '/about.html' })
    expect(response.status).toBe(200)
    expect(response.headers).toContainEqual(['x-own', '1'])
    expect(steps).toContainEqual(
      expect.objectContaining({ why: 'a file has the path, and the rule is not forced' }),
    )
  })

  it('a password, without saying it; with --header', async () => {
    const closed = await why('GET', '/team/x')
    expect(closed.stdout).toMatch(/> password +public\/_headers:\d+ {2}\/team\/\*: \/team\/x needs one/)
    const basic = Buffer.from('user:password').toString('base64')
    const open = await why('GET', '/team/x', '--header', `Authorization: Basic ${basic}`)
    expect(open.stdout).toContain('has one, which the request gives')
    expect(open.stdout).not.toMatch(new RegExp(`user:|${basic}`))
  })

  it('what is not found is an explanation too', async () => {
    const { target, response } = await explain('GET', '/nothing')
    expect([target, response.status]).toEqual([{ kind: 'not-found', file: '/404.html' }, 404])
  })

  it.each([
    [['GET', 'nothing']],
    [['GET', '/a', '--header', 'no colon']],
    [['GET', '/a', '--header', 'x: a\r\nb: c']],
    [['GET', '/a', '--country', 'Germany']],
    [['NOSUCH', '/a']],
    [['GET', '/../a']],
    [['GET', 'http://a b/']],
    [['GET', '/a', '--prebuilt', 'nobody']],
    [['GET', '/a', '--host-url', 'nowhere']],
    [['GET']],
  ])('%j is a usage error', async (args) => {
    const { code, stdout, stderr } = await why(...args)
    expect([code, stdout], stderr).toEqual([2, ''])
    expect(stderr).toMatch(/^error/)
  })

  it('a hostile URL and header reach the terminal as text', async () => {
    const { code, stdout } = await why('GET', '/\x1b]0;x\x07', '--header', 'x-own: \x1b[2J')
    expect(code).toBe(0)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these it is about
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/)
    expect(stdout).toContain('/%1B]0;x%07')
  })

  it('neither needs nor makes a data folder', () => {
    expect(existsSync(join(project, '.netlify/roost/build'))).toBe(true)
    expect(existsSync(join(project, '.netlify/roost/data'))).toBe(false)
  })

  it('says why a build fails', async () => {
    const broken = await runRoost(['why', 'GET', '/', '--project', 'test/fixtures/broken-functions'])
    expect([broken.code, broken.stdout]).toEqual([1, ''])
  })
})

describe('--host-url', () => {
  let roost: Roost
  let hostUrl = ''
  beforeAll(async () => {
    roost = await startRoost(['serve', project, '--port', '0', '--admin-port', '0'])
    hostUrl = /^Admin: (http:\S+)\/metrics/m.exec(roost.stderr.text)![1]!
  })
  afterAll(() => roost.stop())

  it('asks the server that runs', async () => {
    for (const [method, path] of [
      ['POST', '/api/5'],
      ['GET', '/about'],
      ['GET', '/nothing?a=%20b+c'],
    ] as const) {
      const there = await explain(method, path, '--host-url', hostUrl)
      expect(there.request.url).toBe(roost.url + path)
      const here = await explain(method, path)
      const { request: _there, ...told } = there
      const { request: _here, ...expected } = here
      expect(told).toEqual(expected)
    }
    const { stdout } = await why('GET', '/news/x', '--header', 'cookie: nf_country=at', '--host-url', hostUrl)
    expect(stdout).toContain('302 Found: a redirect to /presse/x')
    expect(roost.stderr.text).not.toContain('loaded')
  })

  it('what it rejects is a usage error', async () => {
    const { code, stderr } = await why('GET', '/../a', '--host-url', hostUrl)
    expect([code, stderr]).toEqual([2, expect.stringContaining('USAGE')])
  })

  it('without its token, or where nobody listens, it fails', async () => {
    const wrong = await why('GET', '/', '--host-url', hostUrl, '--auth', 'wrong')
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('HOST_NOT_FOUND')])
    const elsewhere = await why('GET', '/', '--host-url', 'http://elsewhere.example:1')
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringContaining('There is no token')])
    expect((await ask(`${hostUrl}/api/why?url=/`)).status).toBe(401)
  })
})
