import { brotliCompress, brotliCompressSync, gzip, gzipSync, zstdCompress, zstdCompressSync } from 'node:zlib'
import { brotliOptions, type Coding, gzipOptions, zstdOptions } from './coding.ts'

/** Up to this a body takes 0.3 ms at most, about what handing it to another thread takes a busy host. */
export const SYNC_BYTES = 16 * 1024

/** A whole response. */
export function compressNow(coding: Coding, body: Buffer): Buffer {
  const effort = { kind: 'live', bytes: body.length } as const
  switch (coding) {
    case 'br':
      return brotliCompressSync(body, brotliOptions(effort))
    case 'zstd':
      return zstdCompressSync(body, zstdOptions(effort))
    case 'gzip':
      return gzipSync(body, gzipOptions(effort))
  }
}

/** As `compressNow`, in the thread pool: in slices of 16 KB of output, so that what else waits for a thread gets its turn. */
export function compressLater(
  coding: Coding,
  body: Buffer,
  done: (error: Error | null, encoded: Buffer) => void,
): void {
  const effort = { kind: 'live', bytes: body.length } as const
  switch (coding) {
    case 'br':
      return brotliCompress(body, brotliOptions(effort), done)
    case 'zstd':
      return zstdCompress(body, zstdOptions(effort), done)
    case 'gzip':
      return gzip(body, gzipOptions(effort), done)
  }
}
