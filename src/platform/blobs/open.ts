import { join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { Settings } from '../../base/settings/index.ts'
import type { Store } from '../../store/index.ts'
import type { ContentStore } from './content.ts'
import { createLocalContent } from './local-content.ts'
import { createS3Content } from './s3-content.ts'
import { type BlobStore, createBlobStore } from './store.ts'

export type BlobContentSettings = Pick<
  Settings,
  's3Url' | 's3Region' | 's3AccessKeyId' | 's3SecretAccessKey' | 'limits'
>

/**
 * The blobs of a data folder, with their content there or in the bucket that the settings name. Several processes may
 * have them open. The index stays the caller's.
 * @throws SETTING_INVALID
 */
export function openBlobs(dataDir: string, index: Store, settings: BlobContentSettings, log: Log): BlobStore {
  const content = openContent(join(dataDir, 'blobs'), settings)
  return createBlobStore({ index, content, limits: settings.limits, log })
}

function openContent(folder: string, settings: BlobContentSettings): ContentStore {
  const { s3Url: url, s3Region: region, s3AccessKeyId, s3SecretAccessKey } = settings
  if (url === undefined) return createLocalContent(folder)
  if (s3AccessKeyId === undefined || s3SecretAccessKey === undefined)
    throw new RoostError('SETTING_INVALID', 's3_url is set, and an access key or its secret is missing.', {
      hint: 'Set ROOST_S3_ACCESS_KEY_ID and ROOST_S3_SECRET_ACCESS_KEY.',
    })
  return createS3Content({
    url,
    region,
    accessKeyId: s3AccessKeyId,
    secretAccessKey: s3SecretAccessKey,
    draftDir: join(folder, 'drafts'),
  })
}
