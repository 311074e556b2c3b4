export { type Acceptance, readAcceptance } from './accept-encoding.ts'
export { AWAITED_BYTES, CODINGS, type Coding, createEncoder, type Encoder } from './coding.ts'
export { addVary, forbidsTransform, isCompressible, MIN_BYTES } from './compressible.ts'
export { type CompressionStage, ResponseCompression } from './response-compression.ts'
