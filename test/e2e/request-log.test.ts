// One line for each request (D55): for a person on a terminal, or for a machine.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const TIME = /^\d\d:\d\d:\d\d\.\d{3} /

let dir: string
beforeAll(() => {
  dir = temporaryFolder('request-log')
  mkdirSync(join(dir, 'netlify/functions'), { recursive: true })
  mkdirSync(join(dir, 'public'))
  writeFileSync(join(dir, 'netlify.toml'), '[build]\npublish = "public"\n')
  writeFileSync(join(dir, 'public/page.html'), '<p>page</p>')
  writeFileSync(
    join(dir, 'netlify/functions/talk.mjs'),
    `export default async () => {
      console.log('inside')
      return new Response('said')
    }\n`,
  )
  writeFileSync(
    join(dir, 'netlify/functions/fail.mjs'),
    'export default () => {\n  throw new Error("no")\n}\n',
  )
})

const serve = (args: string[], env: Record<string, string> = {}): Promise<Roost> =>
  startRoost(['serve', dir, '--port', '0', ...args], { env })

describe('the request log', () => {
  it('has a line for functions, files and what is not found, in the order in which they came', async () => {
    await using roost = await serve([], { ROOST_REQUEST_LOG: 'on' })
    const since = roost.stderr.all.length
    const get = async (path: string, pattern: RegExp): Promise<void> => {
      await ask(roost.url + path)
      await roost.stderr.waitFor(pattern, since)
    }
    await get('/.netlify/functions/talk?secret=1', /talk 200/)
    await get('/.netlify/functions/talk', /talk 200 \S+ ms talk$/)
    await get('/.netlify/functions/fail', /fail 502/)
    await get('/page', /page 200/)
    await get('/not/here', /here 404/)
    await get('/.netlify/functions/absent', /absent 404/)
    const lines = roost.stderr.all.slice(since).filter((line) => TIME.test(line))
    const shown = lines.map((line) =>
      line
        .replace(TIME, '')
        .replace(/ [\d.]+ ms/, ' N ms')
        .replace(/\[\w+\]/, '[ID]'),
    )
    expect(shown).toEqual([
      'info  talk [ID] inside',
      'GET /.netlify/functions/talk 200 N ms talk cold',
      'info  talk [ID] inside',
      'GET /.netlify/functions/talk 200 N ms talk',
      expect.stringMatching(/^error fail \[ID\] Error: no/),
      'GET /.netlify/functions/fail 502 N ms fail cold (FUNCTION_FAILED)',
      'GET /page 200 N ms',
      'GET /not/here 404 N ms (no route, no file public/not/here)',
      'GET /.netlify/functions/absent 404 N ms (no function absent)',
    ])
  })

  it('does not let a path steer the terminal, and cuts a long one', async () => {
    await using roost = await serve([], { ROOST_REQUEST_LOG: 'on' })
    await ask(`${roost.url}/a%1b[2J%0aGET%20/forged%c2%9b`)
    await ask(`${roost.url}/${'x'.repeat(2000)}`)
    const client = await RawClient.connect(roost.url)
    client.socket.write('BREW / HTTP/1.1\r\nhost: a\r\n\r\n')
    await roost.stderr.waitFor(/^\S+ - - 400 /)
    const lines = roost.stderr.all.filter((line) => / (?:404|400) /.test(line))
    expect(lines).toHaveLength(3)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    for (const line of lines) expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
    expect(lines[1]!.length).toBeLessThan(600)
  })

  it('is not there when nobody asked: no terminal, or --quiet', async () => {
    await using roost = await serve([])
    await using quiet = await serve(['--quiet', '--json'], { ROOST_REQUEST_LOG: 'on' })
    for (const each of [roost, quiet]) {
      await ask(`${each.url}/.netlify/functions/talk`)
      await each.stderr.waitFor(/inside/)
      await each.stop()
      expect(each.stderr.text).not.toContain('/.netlify/functions/talk 200')
      expect(each.stderr.text).not.toContain('"event":"request"')
    }
  })

  it('is an object a line with --json', async () => {
    await using roost = await serve(['--json'])
    const { headers } = await ask(`${roost.url}/.netlify/functions/talk`)
    const line = await roost.stderr.waitFor(/"event":"request"/)
    expect(JSON.parse(line)).toMatchObject({
      event: 'request',
      level: 'info',
      requestId: headers['x-nf-request-id'],
      method: 'GET',
      path: '/.netlify/functions/talk',
      status: 200,
      functionName: 'talk',
      isCold: true,
      durationMs: expect.any(Number),
    })
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  it.skipIf(!hasScript)('is on by default on a terminal (skipped without the program "script")', async () => {
    const command = `${process.execPath} bin/roost.js serve ${dir} --port 0`
    await using roost = await startRoost([], { command: ['script', '-qec', command, '/dev/null'] })
    await ask(`${roost.url}/page`)
    await roost.stdout.waitFor(/GET \/page .*200/)
  })
})

describe('stacks in the log', () => {
  it.each(['auto', 'process'])('name files where the project has them (--sandbox %s)', async (sandbox) => {
    await using roost = await serve(['--sandbox', sandbox])
    await ask(`${roost.url}/.netlify/functions/fail`)
    await roost.stderr.waitFor(new RegExp(`at .*\\(?${join(dir, 'netlify/functions/fail.mjs')}:2:9`))
  })
})
