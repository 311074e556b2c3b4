import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBlobStore, createS3Content } from '../../../src/platform/blobs/index.ts'
import { describeBlobStore } from '../../contract/blob-store.ts'
import { SILENT_LOG } from '../../helpers/list-log.ts'
import { runRoost } from '../../helpers/roost.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

// A server that checks signatures (its only account is S3RVER, S3RVER) and keeps objects as files.
const BUCKET = 'roost'
let directory: string
let server: S3rver
let url: string

beforeAll(async () => {
  directory = temporaryFolder('s3')
  const address = '127.0.0.1'
  server = new S3rver({ port: 0, address, silent: true, directory, configureBuckets: [{ name: BUCKET }] })
  url = `http://${address}:${((await server.run()) as AddressInfo).port}/${BUCKET}`
})

afterAll(async () => {
  await server.close()
})

const keys = { region: 'us-east-1', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

const isDraft = (name: string): boolean => !name.endsWith('.lock')

describeBlobStore('S3', async (index, wanted) => {
  const folder = temporaryFolder('blobs')
  const prefix = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const draftDir = join(folder, 'drafts')
  const content = createS3Content({ url: `${url}/${prefix}/deep`, draftDir, ...keys })
  // The service has whole seconds: what is published now is as old as what a look in the same second allows.
  const limits = { ...wanted, blobOrphanMs: wanted.blobOrphanMs - 1000 }
  const blobs = createBlobStore({ index, content, limits, log: SILENT_LOG })
  return {
    blobs,
    async countContent() {
      const objects = await readdir(join(directory, BUCKET, prefix), { recursive: true }).catch(() => [])
      const drafts = await readdir(draftDir).catch(() => [])
      return objects.filter((path) => path.endsWith('_object')).length + drafts.filter(isDraft).length
    },
    [Symbol.asyncDispose]: () => blobs.close(),
  }
})

it('names the service and its answer when the keys are wrong', async () => {
  const content = createS3Content({ url, draftDir: directory, ...keys, secretAccessKey: 'wrong' })
  await expect(content.open('0'.repeat(64), 1)).rejects.toMatchObject({
    code: 'S3_FAILED',
    message: expect.stringMatching(/^127\.0\.0\.1:\d+: 403 SignatureDoesNotMatch$/),
  })
})

it('is what the settings of a server and of the commands name', async () => {
  const data = temporaryFolder('data')
  const run = (env: Record<string, string>, ...args: string[]) =>
    runRoost([...args, '--project', 'test/fixtures/blobs', '--data', data], { env })
  const env = { ROOST_S3_URL: `${url}/by-settings`, ROOST_S3_ACCESS_KEY_ID: 'S3RVER' }
  const withKeys = { ...env, ROOST_S3_SECRET_ACCESS_KEY: 'S3RVER' }
  const refused = await run(env, 'blobs:set', 'x', 'k', 'v')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('SETTING_INVALID')])
  expect((await run(withKeys, 'blobs:set', 'x', 'k', 'in the bucket')).code).toBe(0)
  expect((await run(withKeys, 'blobs:get', 'x', 'k')).stdout).toBe('in the bucket')
  expect(await readdir(join(directory, BUCKET, 'by-settings', 'sha256'))).toHaveLength(1)
  expect(await readdir(join(data, 'blobs'))).toEqual(['drafts'])
  const missing = await run({}, 'blobs:get', 'x', 'k')
  expect(missing.stderr).toContain('BLOB_CONTENT_MISSING')
})
