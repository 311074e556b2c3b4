import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RoostErrors } from '../../src/base/errors/index.ts'
import type { Settings } from '../../src/base/settings/index.ts'
import { type HostOptions, PARTS, startHost } from '../../src/host/serve.ts'
import { ask } from '../helpers/http.ts'
import type { LogLine } from '../helpers/list-log.ts'
import { isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { type ProjectFiles, writeProject } from '../helpers/project-files.ts'
import { describeHost } from '../helpers/server-harness.ts'
import { waitFor } from '../helpers/wait.ts'

const HELLO = `export default () => new Response('hello')`
const ENDLESS = `export default () => new Promise((resolve) => setTimeout(resolve, 50_000, new Response('late')))`

interface Case {
  options: HostOptions
  log: LogLine[]
  /** Parts by the log, in order. */
  list(event: 'host.opened' | 'host.closed'): unknown[]
}

/** A host with all its parts, the admin listener included. */
async function describeCase(files: ProjectFiles = {}, own: Partial<Settings> = {}): Promise<Case> {
  const all = { 'package.json': '{}', 'netlify/functions/hello.mjs': HELLO, ...files }
  const log: LogLine[] = []
  const options = describeHost(await writeProject(all), log, { adminPort: 0, ...own })
  expectNothingLeft()
  return {
    options,
    log,
    list: (event) => log.filter((line) => line.event === event).map(({ part }) => part),
  }
}

/** When the test ends: no instance, no build and no warden of ours lives, and nothing listens. */
function expectNothingLeft(): void {
  const listListeners = (): number => process.getActiveResourcesInfo().filter(isListener).length
  const before = [readProcessTree(process.pid).length, listListeners()]
  onTestFinished(async () => {
    await waitFor('nothing to be left', () => {
      const living = readProcessTree(process.pid).filter(isRunning)
      return living.length <= before[0]! && listListeners() <= before[1]!
    })
  })
}

const isListener = (name: string): boolean => name === 'TCPServerWrap'

async function takePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

describe('the parts of a host (src/host/serve.ts)', () => {
  it('open in their order and close in the opposite one; close and destroy are idempotent', async () => {
    const { options, list } = await describeCase()
    const { edge, stops } = await startHost(options)
    expect((await ask(`${edge.url}/.netlify/functions/hello`)).body).toBe('hello')
    expect(list('host.opened')).toEqual(PARTS)
    await Promise.all([stops.close(), stops.close()])
    await stops.destroy()
    await stops.close()
    expect(list('host.closed')).toEqual(PARTS.toReversed())
    await expect(ask(edge.url)).rejects.toThrow('ECONNREFUSED')
  })

  it('destroy while a call is waited for ends it, in the same order', async () => {
    const { options, list, log } = await describeCase({ 'netlify/functions/endless.mjs': ENDLESS })
    const { edge, stops, compute } = await startHost(options)
    const answer = ask(`${edge.url}/.netlify/functions/endless`).catch((error: Error) => error)
    await waitFor('the call', () => compute.pool.stats().busy === 1)
    const closing = stops.close()
    await waitFor('the gateway to be closed', () => list('host.closed').includes('rest'))
    await Promise.all([stops.destroy(), closing, stops.close(), stops.destroy()])
    expect(await answer).toBeInstanceOf(Error)
    expect(list('host.closed')).toEqual(PARTS.toReversed())
    expect(log.filter(({ event }) => event === 'host.close_failed')).toEqual([])
  })
})

describe('a start that fails closes what it has opened, as close does', () => {
  it.each(PARTS.map((part, at) => [part, at] as const))('right after %s was opened', async (part, at) => {
    const { options, list } = await describeCase()
    const { debug } = options.log
    const log: HostOptions['log'] = {
      ...options.log,
      debug(fields, message) {
        debug(fields, message)
        if (fields.event === 'host.opened' && fields.part === part) throw new Error(`after ${part}`)
      },
    }
    await expect(startHost({ ...options, log })).rejects.toThrow(`after ${part}`)
    expect(list('host.opened')).toEqual(PARTS.slice(0, at + 1))
    expect(list('host.closed')).toEqual(PARTS.slice(0, at + 1).toReversed())
  })

  const NOWHERE = { npm_config_registry: 'http://127.0.0.1:9', HOME: '/nonexistent' }
  it.each<[what: string, code: string, opened: number, change: () => Promise<Case>]>([
    [
      'the project is not there',
      'PROJECT_NOT_FOUND',
      0,
      async () => {
        const one = await describeCase()
        return { ...one, options: { ...one.options, dir: `${one.options.dir}/nowhere` } }
      },
    ],
    [
      'a file is in place of the data folder',
      'DATA_DIR_INVALID',
      0,
      () => describeCase({ '.netlify/roost/data': '' }),
    ],
    [
      'the database is another file',
      'STORE_FAILED',
      0,
      () => describeCase({ '.netlify/roost/data/roost.db': 'x'.repeat(5000) }),
    ],
    ['the build fails', 'BUNDLE_FAILED', 2, () => describeCase({ 'netlify/functions/bad.mjs': 'export {' })],
    [
      'the database of places is another file',
      'GEO_DATABASE_INVALID',
      2,
      async () => {
        const one = await describeCase({ 'geo.mmdb': 'nothing' })
        const settings = { ...one.options.settings, geoDb: `${one.options.dir}/geo.mmdb` }
        return { ...one, options: { ...one.options, settings } }
      },
    ],
    [
      'a Node cannot be fetched',
      'NODE_UNAVAILABLE',
      2,
      async () => {
        const one = await describeCase({
          'netlify/functions/old.mjs': `${HELLO}\nexport const config = { nodeVersion: '20' }`,
        })
        const dataDir = `${one.options.dir}/data`
        return { ...one, options: { ...one.options, dataDir, hostEnv: NOWHERE } }
      },
    ],
    [
      'the admin port is in use',
      'PORT_IN_USE',
      3,
      async () => describeCase({}, { adminPort: await takePort() }),
    ],
    ['the port is in use', 'PORT_IN_USE', 7, async () => describeCase({}, { port: await takePort() })],
  ])('since %s: %s', async (_what, code, opened, change) => {
    const { options, list } = await change()
    const error: unknown = await startHost(options).catch((thrown: unknown) => thrown)
    expect(error instanceof RoostErrors ? error.errors : [error]).toMatchObject([{ code }])
    expect(list('host.opened')).toEqual(PARTS.slice(0, opened))
    expect(list('host.closed')).toEqual(PARTS.slice(0, opened).toReversed())
  })
})
