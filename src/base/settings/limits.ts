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
  formBytes: row(
    6 * MIB,
    'A submitted form, and what is made of it for `submission-created`: text counts three times and files four thirds there.',
    'BODY_TOO_LARGE',
  ),
  formFields: row(1000, 'Fields and files of a submitted form.', 'BODY_TOO_LARGE'),
  formsWaiting: row(
    100,
    'Submitted forms of the whole host that wait to be read. When there are more, the client that has sent the most loses its last one.',
    'HOST_BUSY',
  ),
  hostBodyBytes: row(
    256 * MIB,
    'Memory for request bodies of the whole host. At most half of it is for what functions send to Blobs, cache and the runtime API.',
    'HOST_BUSY',
  ),
  backgroundRuns: row(
    1000,
    'Background runs of the whole host that were accepted and have not ended, including those that wait for a retry.',
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
    'All blobs of a site, including uploads in progress and content that is about to be deleted. Each blob counts as its content, key and metadata plus 4 KB.',
    'BLOB_QUOTA_EXCEEDED',
  ),
  blobSiteCount: row(1_000_000, 'Blobs of a site.', 'BLOB_COUNT_EXCEEDED'),
  blobUploads: row(64, 'Uploads of blobs in progress at once, for each site; more are queued.', 'BLOB_BUSY'),
  blobWaitMs: row(10_000, 'How long an upload or a listing of blobs waits in the queue.', 'BLOB_BUSY'),
  blobBytesPerSecond: row(
    256 * KIB,
    'Minimum speed of an upload of a blob. Checked after clientStallMs; a slower upload is ended. 0 turns the check off.',
    'REQUEST_TIMEOUT',
  ),
  blobOrphanMs: row(60_000, 'How long the content of deleted and replaced blobs is kept.', null),
  cacheBytes: row(
    64 * MIB,
    'Memory for cached responses of the whole host: those of the HTTP cache, of `caches` and of on-demand builders. When it is full, the site that has the most loses its least recently used entry.',
    null,
  ),
  cacheDiskBytes: row(
    512 * MIB,
    'Disk space for cached responses of functions and proxies, in the data folder. When it is full, the least recently used one goes. 0: they are kept in memory only.',
    null,
  ),
  cacheEntryBytes: row(
    6 * MIB,
    'One response stored with `caches` or in the HTTP cache. The HTTP cache does not store a larger one.',
    'BODY_TOO_LARGE',
  ),
  cacheWaitMs: row(
    10_000,
    'How long a request waits for the response to an equal one that may be cached; then it is passed to the function as well.',
    null,
  ),
  encodedBytes: row(
    256 * MIB,
    'Compressed copies of static files in the data folder, for the whole host; each counts as its size plus 4 KB. When they are too many, the least recently used ones are deleted. 0: none are made.',
    null,
  ),
  encoders: row(
    64,
    'Responses of functions that are compressed at once; further ones are sent uncompressed. Each takes up to 1 MB of memory.',
    null,
  ),
  requestHeadBytes: row(32 * KIB, 'Request line and headers together.', 'HEADERS_TOO_LARGE'),
  requestHeadTimeoutMs: row(15_000, "Time for a request's head to arrive.", 'REQUEST_TIMEOUT'),
  requestBodyTimeoutMs: row(
    60_000,
    "Time for a request's body to arrive; of one that is passed on to the target of a proxy, each 256 KB.",
    'REQUEST_TIMEOUT',
  ),
  connections: row(
    0,
    'Open connections of clients.',
    'HOST_BUSY',
    '0: as many as the open files that this process may have (`ulimit -n`) leave beside its instances',
  ),
  serviceConnections: row(
    0,
    'Open connections of instances to Blobs, cache and purge. One instance may have half of them; when there are too many, the instance that has the most loses one.',
    'HOST_BUSY',
    '0: an eighth of the open files that this process may have, at most 1024',
  ),
  rateLimitKeys: row(
    100_000,
    'Clients and host names that are counted at once for `rateLimit` of functions. When there are more, the one that has been quiet longest starts anew.',
    null,
  ),
  proxyTimeoutMs: row(
    26_000,
    'How long a request waits for the target of a proxy, up to the first byte of the response. On shutdown, how long such a response may go on.',
    'PROXY_TIMEOUT',
  ),
  proxyConnections: row(
    0,
    'Open connections to the targets of proxies. One target may use half of them.',
    'HOST_BUSY',
    '0: an eighth of the open files that this process may have, at most 1024',
  ),
  keepAliveMs: row(65_000, 'How long an idle connection is kept.', null),
  clientStallMs: row(
    60_000,
    'How long a client may read nothing of a response that waits for it; then it is disconnected.',
    null,
  ),
  clientBytesPerSecond: row(
    1 * KIB,
    'Minimum speed at which a client must read a response. Checked after clientStallMs; a slower client is disconnected. 0 turns the check off.',
    null,
  ),
  hostAnswerBytes: row(
    256 * MIB,
    'Memory for responses of the whole host: being buffered, or waiting for slow clients. When it is full, the clients that have let bytes wait longest are disconnected; a response that still does not fit is rejected.',
    'HOST_BUSY',
  ),
  instancesPerFunction: row(8, 'Instances of one function.', 'POOL_SATURATED'),
  instancesPerHost: row(64, 'Instances of the whole host.', 'POOL_SATURATED'),
  concurrency: row(1, 'Invocations at once in one instance.', null),
  waitingLineLength: row(100, 'Requests queued for an instance of one function.', 'POOL_SATURATED'),
  waitingLineMs: row(10_000, 'How long a request waits in that queue.', 'POOL_SATURATED'),
  busyNice: row(
    10,
    "Lower priority (a nice value from 0 to 19) for a function's instances while their long calls keep all cores busy. 0 turns it off.",
    null,
  ),
  idleEvictionMs: row(60_000, 'How long an idle instance is kept.', null),
  blanks: row(2, 'Processes kept started and ready, for whichever function needs one next.', null),
  instanceStartMs: row(10_000, 'Time for a new instance to say that it is ready.', 'INSTANCE_START_FAILED'),
  killGraceMs: row(10_000, 'Time between asking an instance to end and killing it.', null),
  memoryMb: row(1024, 'Memory of one instance, private and shared.', 'FUNCTION_OUT_OF_MEMORY'),
  hostMemoryMb: row(
    0,
    'Memory of all instances together, including what is in their own `/tmp`. When it is full, idle instances are ended and no new ones start.',
    'POOL_SATURATED',
    "0: three quarters of the machine's memory",
  ),
  logLineBytes: row(64 * KIB, "One line of a function's log; longer lines are cut.", null),
  logBytesPerSecond: row(
    1 * MIB,
    "Log output of one instance, for stdout and stderr each; a line counts as at least 500 bytes. Excess lines are dropped and counted; if it continues, the function's writes block.",
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
  /** What the reference page says of a default that is not an amount; absent: the value in its unit. */
  shown?: string
}

function row(value: number, what: string, code: string | null, shown?: string): LimitRow {
  return { value, what, code, ...(shown !== undefined && { shown }) }
}
