import {
  type BrotliOptions,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  type ZlibOptions,
  type ZstdOptions,
} from 'node:zlib'

/**
 * The content codings that Roost speaks, in the order in which it prefers them where a client does not care. Of files,
 * which are compressed once, brotli makes the least (JavaScript of 1 MB: 178 KB, zstd 182, gzip 195). Of responses, which
 * are compressed each time, zstd is three times as fast, brotli 4 % smaller and the one that Node calls stable. gzip is for
 * clients that know nothing better.
 */
export const CODINGS = ['br', 'zstd', 'gzip'] as const

export type Coding = (typeof CODINGS)[number]

/** How much time a compression may take: `kept` is done once, `live` for each response. */
export interface Effort {
  readonly kind: 'kept' | 'live'
  /** As far as it is known. */
  readonly bytes?: number
  /** Everything that has been written can be read by the client at once. */
  readonly flushes?: boolean
}

export type Encoder = ReturnType<typeof createEncoder>

/** A stream that compresses, in the thread pool. */
export function createEncoder(coding: Coding, effort: Effort) {
  switch (coding) {
    case 'br':
      return createBrotliCompress(brotliOptions(effort))
    case 'zstd':
      return createZstdCompress(zstdOptions(effort))
    case 'gzip':
      return createGzip(gzipOptions(effort))
  }
}

/** A response needs 64 KB of history, not megabytes for each of many clients. */
const LIVE_WINDOW_BITS = 18
/** Somebody waits for files up to this. */
export const AWAITED_BYTES = 64 * 1024

/**
 * Quality 9 takes 63 ms for 1 MB. 10 is 7 % smaller and takes 28 ms for 64 KB, but 0.9 s for 1 MB; 11 takes 2 s, which a
 * small machine has not to spare: who wants it puts `app.js.br` beside the file.
 */
export function brotliOptions({ kind, bytes = 0, flushes }: Effort): BrotliOptions {
  const isLive = kind === 'live'
  return {
    ...(flushes === true && { flush: constants.BROTLI_OPERATION_FLUSH }),
    params: {
      [constants.BROTLI_PARAM_QUALITY]: isLive ? 4 : bytes <= AWAITED_BYTES ? 10 : 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes,
      ...(isLive && { [constants.BROTLI_PARAM_LGWIN]: LIVE_WINDOW_BITS }),
    },
  }
}

/** Level 19 takes 25 ms for 64 KB, and 0.7 s for 1 MB; 12 takes 27 ms for 1 MB. */
export function zstdOptions({ kind, bytes = 0, flushes }: Effort): ZstdOptions {
  const isLive = kind === 'live'
  return {
    ...(flushes === true && { flush: constants.ZSTD_e_flush }),
    params: {
      [constants.ZSTD_c_compressionLevel]: isLive ? 3 : bytes <= AWAITED_BYTES ? 19 : 12,
      // Browsers read windows up to 8 MB (RFC 9659).
      [constants.ZSTD_c_windowLog]: isLive ? LIVE_WINDOW_BITS : 22,
    },
  }
}

export function gzipOptions({ kind, flushes }: Effort): ZlibOptions {
  return {
    ...(flushes === true && { flush: constants.Z_SYNC_FLUSH }),
    level: kind === 'live' ? 5 : 9,
  }
}
