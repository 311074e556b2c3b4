import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile, listPlaces, type Place, serveIn } from '../helpers/hostile-site.ts'
import { ask } from '../helpers/http.ts'
import { pause, waitFor } from '../helpers/wait.ts'

// Memory that no process holds privately: files in /dev/shm, memfd, System V segments, shared mappings, page tables; and
// files without number. Where cgroups count memory the kernel may be faster than Roost's own watch: the outcome is the same.

const MEMORY_MB = 200
/** More than that by itself, and less than what stands to an instance in a /tmp of its own. */
const EATEN_MB = 400
const SLOW_MS = 120_000

const eat = compile(fileURLToPath(new URL('../fixtures/hostile-memory/eat.c', import.meta.url)))
if (eat === undefined) console.log('memfd, System V and shared mappings are not tried here: no C compiler.')

/** Runs the program that it is sent: `?KIND&MB`. Its answer is what the program prints first. */
const RUN = `
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
export default async (request) => {
  const [kind, mb] = new URL(request.url).search.slice(1).split('&')
  const path = '/tmp/eat-' + crypto.randomUUID()
  writeFileSync(path, Buffer.from(await request.arrayBuffer()), { mode: 0o755 })
  const child = spawn(path, [kind, mb], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  const text = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))))
  if (mb > ${MEMORY_MB} && text === 'kept\\n') await new Promise((resolve) => setTimeout(resolve, 20_000))
  return new Response(text)
}
`
/** Files of 8 MB: `?FOLDER&MB`. What the system refuses is the answer. */
const FILL = `
import { mkdirSync, writeFileSync } from 'node:fs'
export default async (request) => {
  const [folder, mb] = new URL(request.url).search.slice(1).split('&')
  const block = Buffer.alloc(8 << 20, 1)
  try {
    mkdirSync(folder + '/eaten\\n')
    for (let i = 0; i * 8 < mb; i++) {
      writeFileSync(folder + '/eaten\\n/' + i, block)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  } catch (error) {
    return new Response(error.code)
  }
  if (mb > ${MEMORY_MB} && folder !== '/tmp') await new Promise((resolve) => setTimeout(resolve, 20_000))
  return new Response('kept')
}
`
/** Empty files without end. */
const LITTER = `
import { mkdirSync, writeFileSync } from 'node:fs'
export default async () => {
  for (let folder = 0; ; folder++) {
    mkdirSync('/tmp/' + folder)
    for (let i = 0; i < 1000; i++) writeFileSync('/tmp/' + folder + '/' + i, '')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
`
const PLACES_TO_WRITE = `
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
export default () => {
  const found = {}
  for (const folder of ['/', '/dev', '/dev/shm', '/dev/mqueue', '/dev/pts', '/opt', '/opt/roost', '/var', '/var/tmp', '/var/task', '/etc', '/run', '/run/lock', '/tmp', '/usr', '/sys', '/proc'])
    try {
      writeFileSync(folder + '/written', '')
      rmSync(folder + '/written')
      const { blocks, bsize } = statfsSync(folder)
      found[folder] = (blocks * bsize) / 2 ** 20
    } catch {}
  return Response.json(found)
}
`
const HELLO = `let calls = 0
export default () => new Response(String(++calls))`

const FUNCTIONS = { run: RUN, fill: FILL, litter: LITTER, places: PLACES_TO_WRITE, hello: HELLO }

describe.each(listPlaces())('memory that is shared: $name', (place) => {
  const isProcess = place.sandbox === 'process'
  let roost: Awaited<ReturnType<typeof serveIn>>
  const before = new Set(readLeftovers(place))
  const listNew = (): string[] => readLeftovers(place).filter((entry) => !before.has(entry))

  beforeAll(async () => {
    roost = await serveIn(place, FUNCTIONS, {
      ROOST_MEMORY_MB: String(MEMORY_MB),
      ROOST_INSTANCES_PER_FUNCTION: '2',
    })
    expect((await call('hello')).body).toBe('1')
  })
  afterAll(async () => {
    await roost[Symbol.asyncDispose]()
    expect(listNew()).toEqual([])
  })

  const call = (path: string, body?: Uint8Array): ReturnType<typeof ask> =>
    ask(`${roost.url}/.netlify/functions/${path}`, body && { method: 'POST', body })
  const run = (kind: string, mb = EATEN_MB): ReturnType<typeof ask> => call(`run?${kind}&${mb}`, eat!)

  /** @returns the error code of an answer, while a neighbour is served by the same instance as before. */
  async function expectOutOfMemory(answer: ReturnType<typeof ask>): Promise<void> {
    const before = Number((await call('hello')).body)
    const { status, headers, body } = await answer
    expect([status, headers['x-roost-error'] ?? body]).toEqual([502, 'FUNCTION_OUT_OF_MEMORY'])
    expect(Number((await call('hello')).body)).toBe(before + 1)
    await waitFor('nothing to be left of it', () => listNew().length === 0)
  }

  describe.runIf(eat !== undefined)('taken by a program', () => {
    it.each(['memfd', 'shared', 'page-tables'])(
      '%s over the limit ends the instance',
      { timeout: SLOW_MS },
      (kind) => expectOutOfMemory(run(kind)),
    )

    it('memory of which every process holds a part is counted once', { timeout: SLOW_MS }, async () => {
      const before = (await call('hello')).body
      expect((await run('shared-forked', 64)).body).toBe('kept\n')
      for (let rounds = 0; rounds < 4; rounds++) await nextRound()
      expect(Number((await call('hello')).body)).toBe(Number(before) + 1)
      expect(roost.stderr.text).not.toMatch(/instance was ended.*"run"/)
    })

    it.runIf(isProcess)('System V segments count, attached or not', { timeout: SLOW_MS }, async () => {
      await expectOutOfMemory(run('sysv-attached'))
      await expectOutOfMemory(run('sysv-detached'))
    })

    it.runIf(!isProcess)('System V segments are refused, but for those of a page', async () => {
      expect((await run('sysv-detached', 64)).body).toBe('shmget: Invalid argument\n')
      expect((await run('sysv-small', 0)).body).toBe('kept\n')
    })

    it('secret memory, which nothing counts, is refused', async () => {
      // By a limit, or as if this kernel had none; some have none.
      expect((await run('secret', 7)).body).toMatch(isProcess ? /^(mmap|memfd_secret): / : /^memfd_secret: /)
    })

    it.runIf(!isProcess)('a user namespace, and so another tmpfs, is refused', async () => {
      expect((await run('user-namespace')).body).toBe('unshare: Operation not permitted\n')
    })

    it.runIf(place.user === undefined)(
      'a mapping that its processes have let go of counts where the host is root',
      { timeout: SLOW_MS },
      () => expectOutOfMemory(run('shared-forgotten')),
    )
  })

  it.runIf(isProcess)('files in /dev/shm count', { timeout: SLOW_MS }, () =>
    expectOutOfMemory(call(`fill?/dev/shm&${EATEN_MB}`)),
  )

  it.runIf(!isProcess)('/dev/shm is small, /tmp as large as on AWS, and neither is memory', async () => {
    expect((await call('places')).body).toBe(JSON.stringify({ '/dev/shm': 64, '/tmp': 512 }))
    expect((await call(`fill?/dev/shm&${EATEN_MB}`)).body).toBe('ENOSPC')
    expect((await call(`fill?/tmp&${EATEN_MB}`)).body).toBe('kept')
    for (let rounds = 0; rounds < 4; rounds++) await nextRound()
    expect(roost.stderr.text).not.toMatch(/"fill".*instance was ended/)
  })

  it.runIf(!isProcess)('files without number end the instance', { timeout: SLOW_MS }, async () => {
    await expectOutOfMemory(call('litter'))
    expect(roost.stderr.text).toMatch(/The instance was ended: .* files in \/tmp and \/dev\/shm/)
  })

  /** A look at each instance: the host tells nobody of it, so that time itself is waited for. */
  function nextRound(): Promise<void> {
    return pause(500)
  }
})

/** What instances of a host have left on the machine: ours have IDs above every other. */
function readLeftovers({ sandbox }: Place): string[] {
  if (sandbox !== 'process') return []
  const isOurs = (id: number): boolean => id >= 2_000_000
  const files = ['/dev/shm', '/tmp', '/var/tmp'].flatMap((folder) =>
    readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => isOurs(statSync(path, { throwIfNoEntry: false })?.uid ?? 0)),
  )
  const ipc = ['shm', 'sem', 'msg'].flatMap((kind) => {
    const [head = '', ...rows] = readFileSync(`/proc/sysvipc/${kind}`, 'utf8').trimEnd().split('\n')
    const at = head.trim().split(/\s+/).indexOf('cuid')
    return rows
      .map((row) => row.trim().split(/\s+/))
      .filter((fields) => isOurs(Number(fields[at])))
      .map((fields) => `${kind} ${fields[1]}`)
  })
  return [...files, ...ipc]
}
