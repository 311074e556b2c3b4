import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

/** Says by itself that its call has failed, with a record as large as a frame may carry. */
const FORGES = (record: string): string => `
  import { writeSync } from 'node:fs'
  export default () => {
    const record = ${record}
    const payload = Buffer.from(JSON.stringify({ failure: { errorType: 'Error', errorMessage: '', trace: [], phase: 'handler', ...record }, isSettled: false }))
    const header = Buffer.alloc(9)
    header.writeUInt32LE(payload.length + 5)
    header[4] = 36
    header.writeUInt32LE(1, 5)
    writeSync(3, Buffer.concat([header, payload]))
    return new Promise(() => setTimeout(() => undefined, 60_000))
  }`

const FUNCTIONS = {
  'forged-trace': FORGES(`{ trace: new Array(30_000).fill('') }`),
  'forged-line': FORGES(`{ trace: ['\\n'.repeat(60_000)] }`),
  'forged-message': FORGES(`{ errorMessage: '\\n'.repeat(60_000) }`),
  'forged-type': FORGES(`{ errorType: '\\n'.repeat(60_000) }`),
  'long-stack': `export default () => { throw Object.assign(new Error('long'), { stack: '\\n'.repeat(60_000) }) }`,
  'header-name': `
    import { writeSync } from 'node:fs'
    export default () => {
      const name = ' '.repeat(60_000)
      const payload = Buffer.alloc(11 + name.length)
      payload.writeUInt16LE(200, 1)
      payload.writeUInt16LE(1, 3)
      payload.writeUInt16LE(name.length, 5)
      payload.write(name, 11, 'latin1')
      const header = Buffer.alloc(9)
      header.writeUInt32LE(payload.length + 5)
      header[4] = 35
      header.writeUInt32LE(1, 5)
      writeSync(3, Buffer.concat([header, payload]))
      return new Promise(() => setTimeout(() => undefined, 60_000))
    }`,
  fails: `
    const lines = Array.from({ length: 90 }, (_, i) => '    at frame' + i + ' (file.mjs:1:1)').join('\\n')
    export default () => { throw Object.assign(new Error('again'), { stack: 'Error: again\\n' + lines }) }`,
  good: `export default () => { console.log('I am well'); return new Response('good') }`,
}

describe('what a function says of its failure', () => {
  let roost: Roost
  let remove: () => Promise<void> = async () => undefined
  beforeAll(async () => {
    const files = Object.entries(FUNCTIONS).map(([name, code]) => [`netlify/functions/${name}.mjs`, code])
    const dir = await writeProject(Object.fromEntries(files), (own) => {
      remove = own
    })
    roost = await startRoost(['serve', dir, '--port', '0'], {
      env: { ROOST_LOG_BYTES_PER_SECOND: '100000', ROOST_INSTANCES_PER_FUNCTION: '1' },
    })
  })
  afterAll(async () => {
    await roost.stop()
    await remove()
  })

  const call = (name: string) => ask(`${roost.url}/.netlify/functions/${name}`)

  it.each(['forged-trace', 'forged-line', 'forged-message', 'forged-type', 'long-stack', 'header-name'])(
    '%s: no more than a screen or two of the log',
    async (name) => {
      const before = roost.stderr.all.length
      const { status } = await call(name)
      expect(status).toBe(502)
      await call('good')
      await roost.stderr.waitFor(/I am well/, before)
      const lines = roost.stderr.all.slice(before)
      expect(lines.length).toBeLessThan(250)
      expect(lines.join('\n').length).toBeLessThan(30_000)
    },
  )

  it('counts as log: what is over the rate is dropped and counted, each failure still has its line', async () => {
    const before = roost.stderr.all.length
    const calls = 200
    for (let i = 0; i < calls; i++) expect((await call('fails')).status).toBe(502)
    const failures = (): string[] =>
      roost.stderr.all.slice(before).filter((line) => / fails \[\w+\] /.test(line))
    await waitFor('a line for each', () => failures().filter((line) => /error/.test(line)).length >= calls)
    // A second of the rate is two of these stacks.
    const stacks = roost.stderr.all.slice(before).filter((line) => /at frame0 /.test(line)).length
    expect(stacks).toBeGreaterThan(0)
    expect(stacks).toBeLessThan(calls / 2)
    await waitFor('the count', async () => {
      await call('fails')
      return roost.stderr.all.some((line) => /\d+ log lines were dropped/.test(line))
    })
  })
})
