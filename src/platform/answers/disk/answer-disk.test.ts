import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createListLog, type LogLine } from '../../../../test/helpers/list-log.ts'
import { temporaryFolder } from '../../../../test/helpers/temporary-folder.ts'
import { waitFor } from '../../../../test/helpers/wait.ts'
import { AnswerDisk, type DiskKey } from './answer-disk.ts'
import { decodeFile, encodeFile } from './disk-file.ts'

let dir: string
let log: LogLine[]
beforeEach(() => {
  dir = temporaryFolder('disk')
  log = []
})

const at = (key: string, owner = 'deploy', siteId = 'site'): DiskKey => ({ siteId, owner, key })
const answer = (body: string | Buffer, tags: string[] = [], lifeMs = 60_000) => {
  const times = { madeAtMs: Date.now(), freshMs: lifeMs, lifeMs }
  return { status: 200, headers: ['x-a', '\u00e9'], body: Buffer.from(body), tags, ...times }
}
const open = (maxBytes = 1024 * 1024): AnswerDisk =>
  new AnswerDisk({ dir, maxBytes, log: createListLog(log) })
/** Paths of files below the folder. */
const files = (): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
/** A disk with these answers, closed. */
async function fill(...keys: DiskKey[]): Promise<void> {
  const disk = open()
  await disk.read(at('wait until it is open'))
  for (const key of keys) disk.write(key, answer(`body of ${key.key}`, [key.key, 'all']))
  await disk.close()
}
const bodyOf = async (disk: AnswerDisk, key: DiskKey): Promise<string | undefined> =>
  (await disk.read(key))?.body.toString()

it('what was written is there after a restart, as it was', async () => {
  await fill(at('a'))
  const disk = open()
  expect(await disk.read(at('a'))).toMatchObject({
    ...{ status: 200, headers: ['x-a', '\u00e9'], tags: ['a', 'all'], lifeMs: 60_000 },
    body: Buffer.from('body of a'),
  })
  for (const other of [at('b'), at('a', 'other'), at('a', 'deploy', 'other')])
    expect(await disk.read(other)).toBeUndefined()
  expect([disk.mayHave(at('a')), disk.mayHave(at('b'))]).toEqual([true, false])
})

describe('nothing of a file is believed before all of it agrees', () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut', (bytes) => bytes.subarray(0, -1)],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
    ['zeros', (bytes) => Buffer.alloc(bytes.length)],
    ['of another form', (bytes) => Buffer.concat([Buffer.from('RSTC0002'), bytes.subarray(8)])],
    ['changed in its body', (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from('!')])],
    ['with a length beyond its end', (bytes) => Buffer.from(bytes.fill(255, 12, 16))],
    ['random', (bytes) => Buffer.from(bytes.map((byte, i) => byte ^ (i * 31)))],
  ])('%s: a miss, and it is removed', async (_name, change) => {
    await fill(at('a'))
    const [path] = files()
    writeFileSync(path!, change(readFileSync(path!)))
    const disk = open()
    expect(await disk.read(at('a'))).toBeUndefined()
    await disk.close()
    expect(files()).toEqual([])
    expect(disk.usedBytes).toBe(0)
  })

  it('a file under the name of another', async () => {
    await fill(at('a'), at('b'))
    const [one, other] = files()
    const [oneBytes, otherBytes] = [readFileSync(one!), readFileSync(other!)]
    writeFileSync(one!, otherBytes)
    writeFileSync(other!, oneBytes)
    const disk = open()
    expect([await disk.read(at('a')), await disk.read(at('b'))]).toEqual([undefined, undefined])
  })

  it('large ones are hashed, too', async () => {
    const large = { ...answer(Buffer.alloc(200_000, 1)), purges: 0 }
    const file = await encodeFile('a', large)
    expect((await decodeFile('a', file))?.body.equals(large.body)).toBe(true)
    file[150_000]! ^= 1
    expect(await decodeFile('a', file)).toBeUndefined()
  })
})

it('what has ended is a miss', async () => {
  const disk = open()
  await disk.read(at(''))
  disk.write(at('a'), { ...answer('x', [], 10), madeAtMs: Date.now() - 10 })
  await disk.close()
  expect(await disk.read(at('a'))).toBeUndefined()
})

it('stays within its room: what was used longest ago goes first', async () => {
  const disk = open(3 * 4096)
  await disk.read(at(''))
  for (const key of ['a', 'b', 'c']) {
    disk.write(at(key), answer(key))
    await disk.close()
  }
  expect(await bodyOf(disk, at('a'))).toBe('a')
  disk.write(at('d'), answer('d'))
  disk.write(at('too large'), answer('x'.repeat(3 * 4096)))
  await disk.close()
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => bodyOf(disk, at(key))))).toEqual([
    ...['a', undefined, 'c', 'd'],
  ])
  expect([disk.usedBytes, files().length]).toEqual([3 * 4096, 3])
  const smaller = open(4096)
  await smaller.read(at(''))
  await smaller.close()
  expect(files()).toHaveLength(1)
})

describe('a purge lasts', () => {
  it.each([
    ['a tag', ['a']],
    ['everything', undefined],
  ])('%s', async (_what, tags) => {
    await fill(at('a'), at('b'), at('c', 'deploy', 'other site'))
    const before = open()
    await before.purge('site', tags)
    const disk = open()
    expect(await bodyOf(before, at('a'))).toBeUndefined()
    expect(await bodyOf(disk, at('a'))).toBeUndefined()
    expect(await bodyOf(disk, at('b'))).toBe(tags && 'body of b')
    expect(await bodyOf(disk, at('c', 'deploy', 'other site'))).toBe('body of c')
    // What is stored after it is not purged.
    disk.write(at('a'), answer('new', ['a']))
    await disk.close()
    expect(await bodyOf(open(), at('a'))).toBe('new')
  })

  it('of many tags: the files go, and the log begins anew', async () => {
    await fill(at('a'))
    const disk = open()
    for (let i = 0; i < 5; i++)
      await disk.purge(
        'site',
        Array.from({ length: 5000 }, (_, n) => `tag ${i} ${n}`),
      )
    expect(await bodyOf(disk, at('a'))).toBeUndefined()
    await disk.close()
    expect(files()).toEqual([])
  })

  it('while an answer is being written', async () => {
    const disk = open()
    await disk.read(at(''))
    disk.write(at('a'), answer('old', ['a']))
    await disk.purge('site', ['a'])
    await disk.close()
    expect([await bodyOf(disk, at('a')), await bodyOf(open(), at('a'))]).toEqual([undefined, undefined])
  })

  it('after a process was killed in the middle of its log', async () => {
    await fill(at('a'), at('b'))
    const first = open()
    await first.purge('site', ['x'])
    const path = files().find((each) => each.endsWith('purged-tags'))!
    writeFileSync(path, readFileSync(path, 'latin1').slice(0, -5))
    await open().purge('site', ['a'])
    expect(await bodyOf(open(), at('a'))).toBeUndefined()
  })

  it('without room for its log', async () => {
    await fill(at('a'))
    const [path] = files()
    const site = join(path!, '../..')
    const disk = open()
    await disk.read(at('a'))
    mkdirSync(join(site, 'purged-tags')) // it cannot be opened for writing
    await disk.purge('site', ['a']).catch(() => undefined)
    expect(await bodyOf(open(), at('a'))).toBeUndefined()
  })
})

it('what a killed process has left half written goes at the next start', async () => {
  await fill(at('a'))
  mkdirSync(join(dir, 'tmp'), { recursive: true })
  writeFileSync(join(dir, 'tmp', 'half'), 'x')
  mkdirSync(join(dir, 'trash-1/x'), { recursive: true })
  const disk = open()
  await disk.read(at(''))
  await disk.close()
  expect(readdirSync(dir).filter((name) => name.startsWith('t'))).toEqual([])
})

it('files of earlier deploys and other sites go', async () => {
  await fill(at('a', 'old'), at('b'), at('c', 'deploy', 'other site'))
  const disk = open()
  disk.keepOnly([{ siteId: 'site', owner: 'deploy' }])
  await disk.close()
  expect(await bodyOf(open(), at('b'))).toBe('body of b')
  expect(files()).toHaveLength(1)
})

it('a disk that cannot be written is said once, and answers stay in memory', async () => {
  rmSync(dir, { recursive: true })
  writeFileSync(dir, 'a file')
  const disk = open()
  await disk.read(at(''))
  for (const key of ['a', 'b', 'c']) disk.write(at(key), answer(key))
  await disk.close()
  await waitFor('the line', () => log.length > 0)
  expect(log.map(({ event }) => event)).toEqual(['cache.disk_failed'])
  expect(statSync(dir).isFile()).toBe(true)
})
