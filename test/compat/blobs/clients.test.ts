// The unmodified npm clients against the listener: the version that the contract describes, and the newest.
import { Buffer } from 'node:buffer'
import * as blobs10 from '@netlify/blobs'
import * as blobs11 from 'netlify-blobs-11'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DEPLOY_ID, type ServicesUnderTest, SITE_ID, startServices } from '../../helpers/services-harness.ts'

let services: ServicesUnderTest

beforeAll(async () => {
  services = await startServices({ blobBytes: 40 * 1024 * 1024, blobSiteBytes: 60 * 1024 * 1024 })
})
afterAll(() => services[Symbol.asyncDispose]())

const CLIENTS = [
  ['10.7', blobs10],
  ['11', blobs11 as unknown as typeof blobs10],
] as const
let lastStore = 0

describe.each(CLIENTS)('@netlify/blobs %s', (_version, client) => {
  describe.each(['edge', 'api'] as const)('%s', (mode) => {
    let name: string
    beforeEach(() => {
      name = `store-${++lastStore}`
      process.env.NETLIFY_BLOBS_CONTEXT = services.context(mode)
    })
    afterEach(async () => {
      delete process.env.NETLIFY_BLOBS_CONTEXT
      await services.blobs.deleteAll(SITE_ID, `site:${name}`)
    })

    it('case 154: set with metadata, then get', async () => {
      const store = client.getStore(name)
      const metadata = { name: 'Nils', tags: ['ä', 1, null] }
      const { etag, modified } = await store.set('hello', 'hello world', { metadata })
      expect(modified).toBe(true)
      expect(await store.get('hello')).toBe('hello world')
      expect(await store.getWithMetadata('hello')).toEqual({ data: 'hello world', etag, metadata })
      expect(await store.getMetadata('hello')).toEqual({ etag, metadata })
    })

    it('reads every type, and what is not there', async () => {
      const store = client.getStore(name)
      await store.setJSON('json', { a: [1, 'ü'] })
      expect(await store.get('json', { type: 'json' })).toEqual({ a: [1, 'ü'] })
      const bytes = new Uint8Array([0, 255, 10, 13])
      await store.set('bytes', bytes.buffer)
      expect(new Uint8Array(await store.get('bytes', { type: 'arrayBuffer' }))).toEqual(bytes)
      expect((await store.get('bytes', { type: 'blob' })).size).toBe(4)
      await store.set('blob', new Blob(['from a blob']))
      expect(await new Response(await store.get('blob', { type: 'stream' })).text()).toBe('from a blob')
      expect(await store.get('missing')).toBeNull()
      expect(await store.getMetadata('missing')).toBeNull()
      expect(await store.getWithMetadata('missing')).toBeNull()
    })

    it('answers a known ETag without the content', async () => {
      const store = client.getStore(name)
      const { etag } = await store.set('a', 'x', { metadata: { m: 1 } })
      expect(await store.getWithMetadata('a', { etag: etag! })).toEqual({
        data: null,
        etag,
        metadata: { m: 1 },
      })
      expect((await store.getWithMetadata('a', { etag: '"other"' }))?.data).toBe('x')
    })

    it('case 156: conditional writes', async () => {
      const store = client.getStore(name)
      const first = await store.set('a', 'one', { onlyIfNew: true })
      expect(first.modified).toBe(true)
      expect(await store.set('a', 'two', { onlyIfNew: true })).toEqual({ modified: false })
      expect(await store.set('a', 'two', { onlyIfMatch: '"wrong"' })).toEqual({ modified: false })
      expect(await store.set('b', 'two', { onlyIfMatch: first.etag! })).toEqual({ modified: false })
      expect(await store.get('a')).toBe('one')
      expect(await store.get('b')).toBeNull()
      expect((await store.set('a', 'two', { onlyIfMatch: first.etag! })).modified).toBe(true)
      expect(await store.get('a')).toBe('two')
    })

    it('case 157: deleteAll on four blobs, then again', async () => {
      const store = client.getStore(name)
      for (const key of ['a', 'b/c', 'd', 'ü']) await store.set(key, 'x')
      expect(await store.deleteAll()).toEqual({ deletedBlobs: 4 })
      expect(await store.deleteAll()).toEqual({ deletedBlobs: 0 })
    })

    it('deletes one blob, also what is not there', async () => {
      const store = client.getStore(name)
      await store.set('a', 'x')
      await store.delete('a')
      await store.delete('a')
      expect(await store.get('a')).toBeNull()
    })

    it.each(['a b', 'a///b', 'a/', 'ü/日本 語', '100%', 'x+y&z=1', "it's", '[a]{b}', '%E4', 'a:b@c', '~'])(
      'keeps the key %j',
      async (key) => {
        const store = client.getStore(name)
        await store.set(key, key)
        expect(await store.get(key)).toBe(key)
        expect((await store.list()).blobs.map((blob) => blob.key)).toEqual([key])
        await store.delete(key)
        expect(await store.get(key)).toBeNull()
      },
    )

    it('takes a key with a question mark at its end', async () => {
      const store = client.getStore(name)
      await store.set('a?', 'x')
      expect(await store.get('a?')).toBe('x')
    })

    it('refuses a key that the URL makes nothing of, instead of taking it for the store', async () => {
      const store = client.getStore(name)
      await store.set('kept', '1')
      for (const key of ['.', ' ', '#1', '?1', 'a/..']) {
        await expect(store.delete(key), key).rejects.toThrow('key is missing')
        await expect(store.get(key), key).rejects.toThrow('key is missing')
      }
      expect(await store.get('kept')).toBe('1')
    })

    it('lists by prefix and directories', async () => {
      const store = client.getStore(name)
      for (const key of ['cats/tom', 'cats/wild/lion', 'dogs/rex', 'fish']) await store.set(key, 'x')
      const all = await store.list()
      expect(all.blobs.map(({ key }) => key)).toEqual(['cats/tom', 'cats/wild/lion', 'dogs/rex', 'fish'])
      expect(all.blobs[0]!.etag).toBe((await store.getMetadata('cats/tom'))!.etag)
      const top = await store.list({ directories: true })
      expect([top.blobs.map(({ key }) => key), top.directories]).toEqual([['fish'], ['cats', 'dogs']])
      const cats = await store.list({ directories: true, prefix: 'cats/' })
      expect([cats.blobs.map(({ key }) => key), cats.directories]).toEqual([['cats/tom'], ['cats/wild']])
    })

    it('lists the stores of the site, deploy stores aside', async () => {
      await client.getStore(name).set('a', 'x')
      await client.getDeployStore().set('a', 'x')
      const { stores } = await client.listStores()
      expect(stores).toContain(name)
      expect(stores.filter((store) => store.includes('deploy'))).toEqual([])
    })

    it('case 158: a deploy store, with the region of the context', async () => {
      const store = client.getDeployStore()
      await store.set('a', 'deploy')
      expect(await store.get('a')).toBe('deploy')
      expect(await client.getDeployStore({ deployID: DEPLOY_ID }).get('a')).toBe('deploy')
      expect(await client.getDeployStore({ deployID: 'other' }).get('a')).toBeNull()
      const named = client.getDeployStore('name')
      await named.set('a', 'named')
      expect([await named.get('a'), await store.get('a')]).toEqual(['named', 'deploy'])
      const region = client.getDeployStore({ region: 'eu-central-1' })
      expect(await region.get('a')).toBe('deploy')
    })

    it('reads strongly as it reads eventually', async () => {
      const store = client.getStore({ name, consistency: 'strong' })
      await store.set('a', 'x')
      expect(await store.get('a')).toBe('x')
      expect(await client.getStore(name).get('a', { consistency: 'strong' })).toBe('x')
    })

    it('streams a large body there and back', async () => {
      const store = client.getStore(name)
      const size = 32 * 1024 * 1024
      await store.set('large', new Blob([Buffer.alloc(size, 7)]))
      let received = 0
      for await (const piece of (await store.get('large', { type: 'stream' }))!) received += piece.byteLength
      expect(received).toBe(size)
    })

    it('tells why a blob is refused, and never that a refused conditional write is written', async () => {
      const store = client.getStore(name)
      const tooLarge = new Blob([Buffer.alloc(41 * 1024 * 1024)])
      await expect(store.set('a', tooLarge)).rejects.toThrow('The blob is larger than 40 MB.')
      expect(await store.set('a', tooLarge, { onlyIfNew: true })).toEqual({ modified: false })
      await store.set('a', new Blob([Buffer.alloc(39 * 1024 * 1024)]))
      await expect(store.set('b', new Blob([Buffer.alloc(30 * 1024 * 1024)]))).rejects.toThrow(
        'more than 60 MB',
      )
      expect(await store.get('b')).toBeNull()
    })

    it('case 155: a bad token', async () => {
      process.env.NETLIFY_BLOBS_CONTEXT = services.context(mode, { token: 'wrong' })
      const store = client.getStore(name)
      await expect(store.get('a')).rejects.toThrow(
        'Netlify Blobs has generated an internal error (403 status code)',
      )
      await expect(store.set('a', 'x')).rejects.toThrow('403 status code')
      await expect(store.list()).rejects.toThrow('internal error (403 status code)')
    })

    it("ends with the instance's token", async () => {
      const access = services.give()
      process.env.NETLIFY_BLOBS_CONTEXT = services.context(mode, { token: access.token })
      const store = client.getStore(name)
      await store.set('a', 'x')
      access.revoke()
      await expect(store.get('a')).rejects.toThrow('403')
    })
  })

  it('case 159: connectLambda', async () => {
    const blobs = Buffer.from(JSON.stringify({ url: services.origin, token: services.access.token }))
    const headers = { 'x-nf-deploy-id': DEPLOY_ID, 'x-nf-site-id': SITE_ID }
    client.connectLambda({ blobs: blobs.toString('base64'), headers } as never)
    const context = Buffer.from(process.env.NETLIFY_BLOBS_CONTEXT!, 'base64').toString()
    expect(JSON.parse(context)).toEqual({
      edgeURL: services.origin,
      token: services.access.token,
      siteID: SITE_ID,
      deployID: DEPLOY_ID,
    })
    await client.getStore('lambda').set('a', 'x')
    expect(await client.getStore('lambda').get('a')).toBe('x')
    const strong = client.getStore({ name: 'lambda', consistency: 'strong' })
    await expect(strong.get('a')).rejects.toThrow('strong consistency')
    delete process.env.NETLIFY_BLOBS_CONTEXT
  })
})
