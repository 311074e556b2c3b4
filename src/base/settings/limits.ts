import { GIB, KIB, MIB } from '../lib/index.ts'

/**
 * Every bound of Roost with its default: the one place where these numbers stand (D11–D13, D21; runtime.md
 * §5.1). Each has a setting of the same name (see settings.ts) and a row in docs/reference/limits.md.
 */
export const LIMITS = {
  syncTimeoutMs: row(60_000, 'A synchronous invocation, to the end of its answer.', 'FUNCTION_TIMEOUT'),
  streamTimeoutMs: row(60_000, 'A streaming invocation, to the end of its body.', 'FUNCTION_TIMEOUT'),
  scheduledTimeoutMs: row(30_000, 'A scheduled invocation.', 'FUNCTION_TIMEOUT'),
  backgroundTimeoutMs: row(900_000, 'A background invocation, each attempt.', 'FUNCTION_TIMEOUT'),
  requestBodyBytes: row(6 * MIB, 'A request body.', 'BODY_TOO_LARGE'),
  backgroundBodyBytes: row(256 * KIB, 'The request body of a background function.', 'BODY_TOO_LARGE'),
  hostBodyBytes: row(
    256 * MIB,
    'Request bodies in memory, of the whole host; half of it at most for what functions send to Blobs, cache and runtime API.',
    'HOST_BUSY',
  ),
  backgroundRuns: row(
    1000,
    'Background runs of the whole host that were accepted and have not ended, those that wait for another attempt included.',
    'HOST_BUSY',
  ),
  backgroundBytes: row(128 * MIB, 'Memory for the requests of these runs.', 'HOST_BUSY'),
  bufferedResponseBytes: row(6 * MIB, 'A buffered response (Lambda format, Go).', 'RESPONSE_TOO_LARGE'),
  streamedResponseBytes: row(
    20 * MIB,
    'A streamed response; over it the connection ends.',
    'RESPONSE_TOO_LARGE',
  ),
  blobBytes: row(5 * GIB, 'One blob.', 'BLOB_TOO_LARGE'),
  blobSiteBytes: row(
    20 * GIB,
    'All blobs of a site, with what is arriving and what is about to be deleted. A blob counts its content, key and metadata, and 4 KB.',
    'BLOB_QUOTA_EXCEEDED',
  ),
  blobSiteCount: row(1_000_000, 'Blobs of a site.', 'BLOB_COUNT_EXCEEDED'),
  blobUploads: row(64, 'Blobs of a site that arrive at once; more wait in line.', 'BLOB_BUSY'),
  blobWaitMs: row(10_000, 'How long an upload or a listing of Blobs waits in line.', 'BLOB_BUSY'),
  blobBytesPerSecond: row(
    256 * KIB,
    'The slowest that a blob may arrive, over clientStallMs and the time that it takes at this rate; 0: as slowly as it likes.',
    'REQUEST_TIMEOUT',
  ),
  blobOrphanMs: row(60_000, 'How long content that no blob has any more is kept.', null),
  cacheBytes: row(
    64 * MIB,
    'Memory for answers that are kept, of the whole host: by `caches` and of on-demand builders. When it is short, what the site with the most has used longest ago goes first.',
    null,
  ),
  cacheEntryBytes: row(6 * MIB, 'One answer kept with `caches`.', 'BODY_TOO_LARGE'),
  requestHeadBytes: row(32 * KIB, 'Request line and headers together.', 'HEADERS_TOO_LARGE'),
  requestHeadTimeoutMs: row(15_000, "Time for a request's head to arrive.", 'REQUEST_TIMEOUT'),
  requestBodyTimeoutMs: row(60_000, "Time for a request's body to arrive.", 'REQUEST_TIMEOUT'),
  connections: row(
    0,
    'Connections of clients at once.',
    'HOST_BUSY',
    '0: as many as the open files that this process may have (`ulimit -n`) leave beside its instances',
  ),
  serviceConnections: row(
    0,
    'Connections of instances at once to Blobs, cache and purges; one instance may have half of them, and whoever has most loses one when there are too many.',
    'HOST_BUSY',
    '0: an eighth of the open files that this process may have, at most 1024',
  ),
  keepAliveMs: row(65_000, 'How long an idle connection is kept.', null),
  clientStallMs: row(60_000, 'How long a client may take nothing of an answer that waits for it.', null),
  clientBytesPerSecond: row(
    1 * KIB,
    'The slowest that a client may take an answer that waits for it, over clientStallMs and the time that the answer takes at this rate; 0: as slowly as it likes.',
    null,
  ),
  hostAnswerBytes: row(
    256 * MIB,
    'Answers in memory, of the whole host: being gathered, or waiting for slow clients. Over it the clients that have let bytes wait longest are disconnected; an answer that still finds no room is refused.',
    'HOST_BUSY',
  ),
  instancesPerFunction: row(8, 'Instances of one function.', 'POOL_SATURATED'),
  instancesPerHost: row(64, 'Instances of the whole host.', 'POOL_SATURATED'),
  concurrency: row(1, 'Invocations at once in one instance.', null),
  waitingLineLength: row(100, 'Requests waiting for an instance of one function.', 'POOL_SATURATED'),
  waitingLineMs: row(10_000, 'How long a request waits for an instance.', 'POOL_SATURATED'),
  busyNice: row(
    10,
    "Lower priority (nice, 0 to 19) of a function's instances while as many of them work on long calls as there are cores and they use much of them; 0: never.",
    null,
  ),
  idleEvictionMs: row(60_000, 'How long an idle instance is kept.', null),
  blanks: row(2, 'Processes kept started and ready for whichever function is called first.', null),
  instanceStartMs: row(10_000, 'Time for a new instance to say that it is ready.', 'INSTANCE_START_FAILED'),
  killGraceMs: row(10_000, 'Between asking an instance to end and killing it.', null),
  memoryMb: row(1024, 'Memory of one instance, private and shared.', 'FUNCTION_OUT_OF_MEMORY'),
  hostMemoryMb: row(
    0,
    'Memory of all instances together, what they have in `/tmp` of their own included. Over it idle ones end, and none start.',
    'POOL_SATURATED',
    "0: three quarters of the machine's memory",
  ),
  logLineBytes: row(64 * KIB, "One line of a function's log; what is longer is cut.", null),
  logBytesPerSecond: row(
    1 * MIB,
    'Log output of one instance, stdout and stderr each; a line counts as 500 bytes at least. What is over it is dropped and counted, and the function has to wait when it goes on.',
    null,
  ),
} as const

export type LimitName = keyof typeof LIMITS
export type Limits = { readonly [Name in LimitName]: number }

export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(Object.entries(LIMITS).map(([name, limit]) => [name, limit.value])) as Limits,
)

interface LimitRow {
  value: number
  /** What is bounded, for the reference page. */
  what: string
  /** The code a client or user sees when the bound is hit; null when nothing is refused. */
  code: string | null
  /** What the reference page says of a default that is no amount; absent: the value in its unit. */
  shown?: string
}

function row(value: number, what: string, code: string | null, shown?: string): LimitRow {
  return { value, what, code, ...(shown !== undefined && { shown }) }
}
