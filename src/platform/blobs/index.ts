export { type DeployFiles, readDeployFiles } from './deploy-files.ts'
export { fillDeployStore } from './fill-deploy-store.ts'
export { createLocalContent } from './local-content.ts'
export { checkBlobName, MAX_METADATA_BYTES } from './names.ts'
export { type BlobContentSettings, openBlobs } from './open.ts'
export { createS3Content } from './s3-content.ts'
export {
  type Blob,
  type BlobAddress,
  type BlobLimits,
  type BlobPage,
  type BlobStore,
  createBlobStore,
  type PutOptions,
  type PutResult,
} from './store.ts'
