import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobAddress, BlobLimits, BlobStore, PutOptions } from '../../src/platform/blobs/index.ts'
import type { Store } from '../../src/store/index.ts'
import { shareIndex } from '../helpers/shared-index.ts'
import { waitFor } from '../helpers/wait.ts'

export interface BlobStoreUnderTest extends AsyncDisposable {
  blobs: BlobStore
  /** Pieces of content that are stored at this moment, drafts included. */
  countContent(): Promise<number>
}

const MIB = 1024 * 1024
/** What a blob weighs beside its content, key and metadata. */
const OVERHEAD = 4096

/** Orphans are collected soon; a site has room for three blobs of the largest size, with keys of a letter. */
export const TEST_LIMITS: BlobLimits = {
  blobBytes: MIB,
  blobSiteBytes: 3 * (MIB + OVERHEAD + 1),
  blobSiteCount: 2000,
  blobOrphanMs: 0,
  blobUploads: 20,
  blobWaitMs: 10_000,
}
/** Orphans stay until somebody needs their room. */
const WITH_ORPHANS = { blobOrphanMs: 600_000 }

const MEGABYTE = 'x'.repeat(MIB)

const at = (key: string, store = 'site:notes', siteId = 'site-1'): BlobAddress => ({ siteId, store, key })

async function* pieces(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

/** @returns false, to try again. */
function isBusy(error: { code?: string }): false {
  expect(error.code).toBe('BLOB_BUSY')
  return false
}

/** What every place for the content of blobs has to keep. */
export function describeBlobStore(
  name: string,
  open: (emptyIndex: Store, limits: BlobLimits) => Promise<BlobStoreUnderTest>,
): void {
  describe(`blob store: ${name}`, () => {
    const emptyIndex = shareIndex()
    let under: BlobStoreUnderTest
    let blobs: BlobStore
    beforeEach(async () => {
      under = await open(emptyIndex(), TEST_LIMITS)
      blobs = under.blobs
    })
    const reopen = async (limits: Partial<BlobLimits>): Promise<void> => {
      await under[Symbol.asyncDispose]()
      under = await open(emptyIndex(), { ...TEST_LIMITS, ...limits })
      blobs = under.blobs
    }
    afterEach(() => under[Symbol.asyncDispose]())

    const put = (address: BlobAddress, content: string, options?: PutOptions) =>
      blobs.put(address, pieces(content), options)
    const read = async (address: BlobAddress): Promise<string | undefined> => {
      const found = await blobs.get(address)
      return found && (await text(found.body))
    }

    it('gives back what was put, with metadata, size and the same ETag', async () => {
      const result = await put(at('a'), 'hello', { metadata: 'b64;e30=' })
      const found = (await blobs.get(at('a')))!
      expect(await text(found.body)).toBe('hello')
      expect(found.blob).toMatchObject({ size: 5, metadata: 'b64;e30=' })
      expect(result).toEqual({ isWritten: true, etag: found.blob.etag })
      expect(await blobs.head(at('a'))).toEqual(found.blob)
    })

    it('knows nothing of other keys, stores and sites', async () => {
      await put(at('a'), 'x')
      expect(await blobs.get(at('b'))).toBeUndefined()
      expect(await blobs.head(at('a', 'site:other'))).toBeUndefined()
      expect(await blobs.head(at('a', 'site:notes', 'site-2'))).toBeUndefined()
    })

    it('keeps an empty blob and one of many pieces', async () => {
      await put(at('empty'), '')
      expect(await read(at('empty'))).toBe('')
      const large = Array.from({ length: 64 }, (_, i) => String(i % 10).repeat(16_000))
      await blobs.put(at('large'), pieces(...large))
      expect(await read(at('large'))).toBe(large.join(''))
    })

    it.each(['a///b', '../../etc/passwd', 'ü/日本', '%2F%00', 'a b', '.', '__proto__', 'k'.repeat(600)])(
      'keeps the key %j as it is',
      async (key) => {
        await put(at(key), key)
        expect(await read(at(key))).toBe(key)
        expect((await blobs.list('site-1', 'site:notes')).blobs.map((blob) => blob.key)).toEqual([key])
      },
    )

    it.each([
      ['', 'site:notes'],
      ['/a', 'site:notes'],
      ['k'.repeat(601), 'site:notes'],
      ['a\0b', 'site:notes'],
      ['a', 'site:'],
      ['a', `site:${'s'.repeat(65)}`],
      ['a', 'site:a/b'],
      ['a', 'deploy:'],
      ['a', 'other:x'],
    ])('refuses the key %j in the store %j', async (key, store) => {
      await expect(put(at(key, store), 'x')).rejects.toMatchObject({ code: 'BLOB_INVALID' })
      expect(await under.countContent()).toBe(0)
    })

    it('replaces content and metadata together', async () => {
      await put(at('a'), 'one', { metadata: 'm1' })
      await put(at('a'), 'two')
      const found = (await blobs.get(at('a')))!
      expect([await text(found.body), found.blob.metadata]).toEqual(['two', ''])
    })

    it('lets a reader that has begun finish with the old content', async () => {
      await put(at('a'), 'x'.repeat(900_000))
      const { body } = (await blobs.get(at('a')))!
      await put(at('a'), 'new')
      expect((await text(body)).length).toBe(900_000)
    })

    it('writes only where there is nothing yet', async () => {
      expect(await put(at('a'), 'one', { onlyIfNew: true })).toMatchObject({ isWritten: true })
      expect(await put(at('a'), 'two', { onlyIfNew: true })).toEqual({ isWritten: false })
      expect(await read(at('a'))).toBe('one')
    })

    it('writes only over the content that the caller has seen', async () => {
      const first = await put(at('a'), 'one')
      const etag = first.isWritten ? first.etag : ''
      expect(await put(at('a'), 'x', { onlyIfMatch: ['"wrong"'] })).toEqual({ isWritten: false })
      expect(await put(at('b'), 'x', { onlyIfMatch: ['*'] })).toEqual({ isWritten: false })
      expect(await put(at('a'), 'two', { onlyIfMatch: ['"wrong"', etag] })).toMatchObject({ isWritten: true })
      expect(await put(at('a'), 'three', { onlyIfMatch: [etag] })).toEqual({ isWritten: false })
      expect(await put(at('a'), 'four', { onlyIfMatch: ['*'] })).toMatchObject({ isWritten: true })
      expect([await read(at('a')), await read(at('b'))]).toEqual(['four', undefined])
    })

    it('lets exactly one of many win who all find nothing', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => put(at('race'), `writer ${i}`, { onlyIfNew: true })),
      )
      expect(results.filter(({ isWritten }) => isWritten)).toHaveLength(1)
      expect(await read(at('race'))).toBe(`writer ${results.findIndex(({ isWritten }) => isWritten)}`)
    })

    it('deletes, also what is not there', async () => {
      await put(at('a'), 'x')
      expect([await blobs.delete(at('a')), await blobs.delete(at('a'))]).toEqual([true, false])
      expect(await read(at('a'))).toBeUndefined()
    })

    it('deletes a store and nothing beside it', async () => {
      for (const key of ['a', 'b', 'c', 'd']) await put(at(key), key)
      await put(at('a', 'site:notes2'), 'kept')
      await put(at('a', 'site:notes', 'site-2'), 'kept')
      expect(await blobs.deleteAll('site-1', 'site:notes')).toEqual({ deleted: 4, hasMore: false })
      expect(await blobs.deleteAll('site-1', 'site:notes')).toEqual({ deleted: 0, hasMore: false })
      expect(await read(at('a', 'site:notes2'))).toBe('kept')
      expect(await read(at('a', 'site:notes', 'site-2'))).toBe('kept')
    })

    it('lists by prefix, in the order of bytes', async () => {
      for (const key of ['b', 'ü', 'a/2', 'a/1', 'a', 'A', 'ab']) await put(at(key), 'x')
      const list = async (prefix?: string) =>
        (await blobs.list('site-1', 'site:notes', prefix === undefined ? {} : { prefix })).blobs.map(
          ({ key }) => key,
        )
      expect(await list()).toEqual(['A', 'a', 'a/1', 'a/2', 'ab', 'b', 'ü'])
      expect(await list('a')).toEqual(['a', 'a/1', 'a/2', 'ab'])
      expect(await list('a/')).toEqual(['a/1', 'a/2'])
      expect(await list('x')).toEqual([])
    })

    it('lists what comes after a key that strings compare otherwise than bytes do', async () => {
      const keys = ['\u{ff01}', '\u{ff01}/a', '\u{ff01}/b', '\u{1f600}', '\u{1f600}/c']
      for (const key of keys) await put(at(key), 'x')
      const page = (directories: boolean) => blobs.list('site-1', 'site:notes', { directories })
      expect((await page(false)).blobs.map(({ key }) => key)).toEqual(keys)
      expect((await page(true)).blobs.map(({ key }) => key)).toEqual(['\u{ff01}', '\u{1f600}'])
      expect((await page(true)).directories).toEqual(['\u{ff01}', '\u{1f600}'])
    })

    it('lists directories once, and what lies directly in one', async () => {
      for (const key of ['cats/tom', 'cats/wild/lion', 'dogs/rex', 'fish', 'cats-2', 'a//b'])
        await put(at(key), 'x')
      const list = async (prefix: string) => {
        const page = await blobs.list('site-1', 'site:notes', { prefix, directories: true })
        return [page.blobs.map(({ key }) => key), page.directories]
      }
      expect(await list('')).toEqual([
        ['cats-2', 'fish'],
        ['a', 'cats', 'dogs'],
      ])
      expect(await list('cats/')).toEqual([['cats/tom'], ['cats/wild']])
      expect(await list('ca')).toEqual([['cats-2'], ['cats']])
      expect(await list('a/')).toEqual([[], ['a/']])
    })

    it('lists the stores of a site', async () => {
      await put(at('k', 'site:b'), 'x')
      await put(at('k', 'site:a'), 'x')
      await put(at('k', 'deploy:1:a'), 'x')
      await put(at('k', 'site:c', 'site-2'), 'x')
      expect((await blobs.listStores('site-1', { prefix: 'site:' })).stores).toEqual(['site:a', 'site:b'])
      expect((await blobs.listStores('site-1')).stores).toEqual(['deploy:1:a', 'site:a', 'site:b'])
    })

    it('refuses a blob over its limit and leaves nothing behind', async () => {
      const body = pieces(...Array.from({ length: 5 }, () => 'x'.repeat(300_000)))
      await expect(blobs.put(at('a'), body)).rejects.toMatchObject({ code: 'BLOB_TOO_LARGE' })
      expect([await read(at('a')), await under.countContent()]).toEqual([undefined, 0])
    })

    it("refuses what is over the site's quota, counts every key, and takes what makes it smaller", async () => {
      for (const key of ['a', 'b', 'c']) await put(at(key), MEGABYTE)
      expect(await blobs.usage('site-1')).toMatchObject({ bytes: 3 * (MIB + OVERHEAD + 1), blobs: 3 })
      await expect(put(at('d'), 'x')).rejects.toMatchObject({ code: 'BLOB_QUOTA_EXCEEDED', status: 413 })
      expect(await read(at('d'))).toBeUndefined()
      await put(at('d', 'site:notes', 'site-2'), 'another site has its own')
      await put(at('a'), 'small')
      await put(at('d'), 'x')
      await blobs.deleteAll('site-1', 'site:notes')
      expect(await blobs.usage('site-1')).toMatchObject({ bytes: 0, blobs: 0 })
    })

    it('weighs content, key, metadata and 4 KB for each blob', async () => {
      await put(at('ü/key'), 'hello', { metadata: 'b64;e30=' })
      expect(await blobs.usage('site-1')).toEqual({ bytes: 5 + 6 + 8 + OVERHEAD, orphanBytes: 0, blobs: 1 })
      await put(at('ü/key'), 'hello')
      expect(await blobs.usage('site-1')).toEqual({ bytes: 5 + 6 + OVERHEAD, orphanBytes: 0, blobs: 1 })
    })

    it('counts content that no blob has any more until it is gone', async () => {
      await reopen(WITH_ORPHANS)
      await put(at('a'), 'one')
      await put(at('b'), 'one')
      await put(at('a'), 'two')
      expect(await blobs.usage('site-1')).toMatchObject({ orphanBytes: 0 }) // another key has it
      await blobs.delete(at('b'))
      expect(await blobs.usage('site-1')).toMatchObject({ orphanBytes: 3 + OVERHEAD, blobs: 1 })
      await put(at('c'), 'never pointed at', { onlyIfMatch: ['*'] })
      expect(await blobs.usage('site-1')).toMatchObject({ orphanBytes: 19 + 2 * OVERHEAD })
      await put(at('b'), 'one')
      expect(await blobs.usage('site-1')).toMatchObject({ orphanBytes: 16 + OVERHEAD, blobs: 2 })
      expect(await under.countContent()).toBe(3)
    })

    it('overwrites in a loop within the quota: what is replaced goes when its room is needed', async () => {
      await reopen({ ...WITH_ORPHANS, blobSiteBytes: 2.5 * MIB })
      for (let i = 0; i < 10; i++) {
        await put(at('a'), MEGABYTE.slice(1) + i, { size: MIB })
        expect(await under.countContent()).toBeLessThanOrEqual(2)
      }
      expect((await read(at('a')))!.endsWith('9')).toBe(true)
    })

    it('reserves what has been announced, before it arrives, and lets go of it', async () => {
      const gate = Promise.withResolvers<void>()
      const slow = (async function* () {
        await gate.promise
        yield Buffer.from(MEGABYTE)
      })()
      const first = blobs.put(at('a'), slow, { size: MIB })
      await put(at('b'), MEGABYTE)
      await put(at('c'), MEGABYTE.slice(2))
      await expect(put(at('d'), 'x')).rejects.toMatchObject({ code: 'BLOB_BUSY', status: 429 })
      gate.resolve()
      await first
      await blobs.delete(at('a'))
      await put(at('d'), 'x')
    })

    it('reserves what arrives without having been announced', async () => {
      const half = 'x'.repeat(MIB / 2)
      const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const slow = (async function* () {
        yield Buffer.from(half)
        yield Buffer.from(half)
        arrived.resolve()
        await gate.promise
        throw new Error('the client went away')
      })()
      const first = expect(blobs.put(at('a'), slow)).rejects.toThrow('went away')
      await arrived.promise
      for (const key of ['b', 'c']) await put(at(key), MEGABYTE)
      await expect(put(at('d'), MEGABYTE)).rejects.toMatchObject({ code: 'BLOB_BUSY' })
      gate.resolve()
      await first
      await put(at('d'), MEGABYTE)
    })

    it('lets concurrent uploads have no more than the quota together', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => put(at(String(i)), MEGABYTE.slice(1) + i, { size: MIB })),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
      for (const result of results)
        if (result.status === 'rejected')
          expect(['BLOB_BUSY', 'BLOB_QUOTA_EXCEEDED']).toContain((result.reason as { code: string }).code)
      expect(await under.countContent()).toBe(3)
    })

    it('keeps nothing for uploads that announce much and send little, when somebody needs the room', async () => {
      const gate = Promise.withResolvers<void>()
      const silent = ['a', 'b', 'c'].map((key) =>
        blobs.put(
          at(key),
          (async function* () {
            await gate.promise
            yield Buffer.from(key)
          })(),
          { size: MIB },
        ),
      )
      // Until then they may be slow by chance.
      await waitFor('the room', () => put(at('d'), MEGABYTE, { size: MIB }).then(() => true, isBusy))
      gate.resolve()
      await Promise.all(silent)
      expect(await read(at('a'))).toBe('a')
    })

    it('refuses by what has been announced, before anything is read', async () => {
      const body = pieces('x')
      await expect(blobs.put(at('a'), body, { size: MIB + 1 })).rejects.toMatchObject({
        code: 'BLOB_TOO_LARGE',
      })
      await reopen({ blobSiteBytes: MIB })
      await expect(blobs.put(at('a'), body, { size: MIB })).rejects.toMatchObject({
        code: 'BLOB_QUOTA_EXCEEDED',
      })
      expect(await body.next()).toMatchObject({ done: false })
    })

    it('has a bound for the number of blobs; what is replaced needs no other', async () => {
      await reopen({ blobSiteCount: 3 })
      for (const key of ['a', 'b', 'c']) await put(at(key), 'x')
      await expect(put(at('d'), 'y')).rejects.toMatchObject({ code: 'BLOB_COUNT_EXCEEDED', status: 413 })
      await put(at('a'), 'z')
      await blobs.delete(at('b'))
      await put(at('d'), 'y')
      await blobs.collect()
      expect(await under.countContent()).toBe(3)
    })

    it('takes so many uploads of a site at once; others wait their turn, and other sites do not', async () => {
      await reopen({ blobUploads: 2 })
      const gate = Promise.withResolvers<void>()
      const slow = async function* (content: string): AsyncGenerator<Uint8Array> {
        await gate.promise
        yield Buffer.from(content)
      }
      const held = ['a', 'b'].map((key) => blobs.put(at(key), slow(key)))
      let hasBegun = false
      const next = blobs.put(
        at('c'),
        (async function* () {
          hasBegun = true
          yield Buffer.from('c')
        })(),
      )
      await put(at('k', 'site:notes', 'site-2'), 'not held up')
      expect(hasBegun).toBe(false)
      gate.resolve()
      await Promise.all([...held, next])
      expect(await read(at('c'))).toBe('c')
    })

    it('says that it is busy where the line does not move', async () => {
      await reopen({ blobUploads: 1, blobWaitMs: 50 })
      const gate = Promise.withResolvers<void>()
      const slow = (async function* () {
        await gate.promise
        yield Buffer.from('x')
      })()
      const held = blobs.put(at('a'), slow)
      await expect(put(at('b'), 'x')).rejects.toMatchObject({
        code: 'BLOB_BUSY',
        details: { retryAfterMs: 50 },
      })
      gate.resolve()
      await held
      await put(at('b'), 'x')
    })

    it('keeps and counts content that is being read', async () => {
      await reopen({ ...WITH_ORPHANS, blobSiteBytes: 2.5 * MIB })
      await put(at('a'), MEGABYTE)
      const { body } = (await blobs.get(at('a')))!
      await put(at('a'), `${MEGABYTE.slice(1)}y`)
      await expect(put(at('a'), `${MEGABYTE.slice(1)}z`)).rejects.toMatchObject({ code: 'BLOB_BUSY' })
      expect(await text(body)).toBe(MEGABYTE)
      await put(at('a'), `${MEGABYTE.slice(1)}z`)
    })

    it('gives the same page as JSON', async () => {
      for (const key of ['a', 'b/1', 'b/2']) await put(at(key), key)
      const options = { directories: true }
      const page = await blobs.list('site-1', 'site:notes', options)
      const json = JSON.parse(String(await blobs.listJson('site-1', 'site:notes', options))) as unknown
      const [{ etag, modifiedAtMs }] = page.blobs as [(typeof page.blobs)[number]]
      const last_modified = new Date(modifiedAtMs).toISOString()
      expect(json).toEqual({ blobs: [{ key: 'a', etag, size: 1, last_modified }], directories: ['b'] })
    })

    it('changes nothing when the body breaks off', async () => {
      await put(at('a'), 'old')
      const broken = (async function* () {
        yield Buffer.from('new, but')
        throw new Error('the client went away')
      })()
      await expect(blobs.put(at('a'), broken)).rejects.toThrow('the client went away')
      expect([await read(at('a')), await under.countContent()]).toEqual(['old', 1])
    })

    it('collects content that no blob has any more, and only that', async () => {
      await put(at('a'), 'shared')
      await put(at('b'), 'shared')
      await put(at('c'), 'replaced')
      await put(at('c'), 'current')
      await put(at('d'), 'deleted')
      await blobs.delete(at('d'))
      await blobs.delete(at('a'))
      await put(at('c'), 'never pointed at', { onlyIfNew: true })
      await blobs.collect()
      expect(await under.countContent()).toBe(2)
      expect([await read(at('b')), await read(at('c'))]).toEqual(['shared', 'current'])
    })

    it('keeps content that is put again while it is collected', async () => {
      for (let round = 0; round < 20; round++) {
        await put(at('a'), 'here and there')
        await blobs.delete(at('a'))
        await Promise.all([blobs.collect(), put(at('b'), 'here and there')])
        expect(await read(at('b'))).toBe('here and there')
        await blobs.delete(at('b'))
      }
    })
  })
}
