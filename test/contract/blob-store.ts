import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobAddress, BlobStore, PutOptions } from '../../src/platform/blobs/index.ts'

export interface BlobStoreUnderTest extends AsyncDisposable {
  /** Limits: a blob 1 MB, a site 3 MB, orphans are collected at once. */
  blobs: BlobStore
  /** Pieces of content that are stored at this moment, drafts included. */
  countContent(): Promise<number>
}

export const TEST_LIMITS = { blobBytes: 1024 * 1024, blobSiteBytes: 3 * 1024 * 1024, blobOrphanMs: 0 }

const at = (key: string, store = 'site:notes', siteId = 'site-1'): BlobAddress => ({ siteId, store, key })

async function* pieces(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

/** What every place for the content of blobs has to keep. */
export function describeBlobStore(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(`blob store: ${name}`, () => {
    let under: BlobStoreUnderTest
    let blobs: BlobStore
    beforeEach(async () => {
      under = await open()
      blobs = under.blobs
    })
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
      const megabyte = 'x'.repeat(1024 * 1024)
      for (const key of ['a', 'b', 'c']) await put(at(key), megabyte)
      expect(await blobs.usedBytes('site-1')).toBe(3 * 1024 * 1024)
      await expect(put(at('d'), 'x')).rejects.toMatchObject({ code: 'BLOB_QUOTA_EXCEEDED', status: 413 })
      expect(await read(at('d'))).toBeUndefined()
      await put(at('d', 'site:notes', 'site-2'), 'another site has its own')
      await put(at('a'), 'small')
      await put(at('d'), 'x')
      await blobs.deleteAll('site-1', 'site:notes')
      expect(await blobs.usedBytes('site-1')).toBe(0)
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
