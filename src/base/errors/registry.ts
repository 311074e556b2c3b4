/**
 * Every error code of Roost, in the order of docs/reference/errors.md, which `npm run docs` writes from this table
 * (a test compares the two). A code is never reused for another meaning.
 */
export interface ErrorEntry {
  /** HTTP status when the failure answers a request; 500 where it never does. */
  status: number
  /** What happened, for the reference page. */
  when: string
  /** What to do about it, for the reference page. */
  fix: string
}

export const REGISTRY = {
  // -- command line and settings --
  USAGE: {
    status: 500,
    when: 'A command was called with flags or arguments that it does not have.',
    fix: 'Read the message: it names the flag; `roost help COMMAND` lists what there is.',
  },
  SETTING_INVALID: {
    status: 500,
    when: 'A flag, variable or settings file holds a value of the wrong kind.',
    fix: 'Give the kind of value that the message names.',
  },
  ENV_FILE_INVALID: {
    status: 500,
    when: 'An `--env-file` is missing or has a line that is not `NAME=value`.',
    fix: 'Mend the line that the message names.',
  },
  PORT_IN_USE: {
    status: 500,
    when: 'Another program listens on the port asked for with `--port`.',
    fix: 'Stop it, choose another port, or leave `--port` out to take the next free one.',
  },
  LISTEN_FAILED: {
    status: 500,
    when: 'The address or port could not be listened on.',
    fix: 'Check `--host` and `--port`, and that this user may use that port.',
  },

  // -- project and build --
  PROJECT_NOT_FOUND: {
    status: 500,
    when: 'The project directory does not exist, is not a directory, or has neither functions nor static files.',
    fix: 'Pass the folder that holds `netlify.toml` or `netlify/functions`; the message names the one that was probably meant.',
  },
  CONFIG_SYNTAX: {
    status: 500,
    when: '`netlify.toml` is not valid TOML.',
    fix: 'Fix the line and column that the message names.',
  },
  CONFIG_INVALID: {
    status: 500,
    when: 'A configuration key has a value of the wrong kind.',
    fix: 'Read the message: it names file, key, what was found and what was expected.',
  },
  FUNCTIONS_DIR_INVALID: {
    status: 500,
    when: 'The functions directory is a file, or lies outside the repository.',
    fix: 'Point `[functions] directory` at a folder inside the repository.',
  },
  LINK_OUTSIDE_REPOSITORY: {
    status: 500,
    when: 'Something that a build would read leads out of the repository: by a link, by a link further up its path, or by an import. What lies there may be a secret of this machine.',
    fix: 'Put what the link leads to into the repository, or remove the link. A link in `node_modules` may lead to a package of its own name. If you trust the project, `--allow-outside-links` takes what lies outside.',
  },
  FUNCTION_NAME_RESERVED: {
    status: 500,
    when: 'A function or a bundled file is called `___netlify-entry-point`.',
    fix: 'Rename it: the word is reserved.',
  },
  FUNCTION_CONFIG_INVALID: {
    status: 500,
    when: "A value in a function's `config` export is not allowed.",
    fix: 'Read the message: it names file, line, property and what was expected.',
  },
  FUNCTION_PATH_INVALID: {
    status: 500,
    when: 'A `path` or `excludedPath` is not a valid URL pattern.',
    fix: 'Correct the pattern; https://urlpattern.spec.whatwg.org describes the syntax.',
  },
  FUNCTION_PATH_UNSAFE: {
    status: 500,
    when: 'A custom group of a URL pattern could make matching take exponential time.',
    fix: 'Remove nested or adjoining repeats from the group, or use plain `:name` and `*`.',
  },
  SCHEDULE_INVALID: {
    status: 500,
    when: 'A schedule is not a cron expression that Netlify accepts.',
    fix: 'Use five fields in UTC, or @hourly @daily @weekly @monthly @yearly.',
  },
  SCHEDULE_NOT_FOUND: {
    status: 500,
    when: '`schedule` is imported from `@netlify/functions`, but its use or its cron text cannot be read.',
    fix: 'Export `handler = schedule("cron text", fn)` with the text in the same file.',
  },
  SCHEDULE_WITH_PATH: {
    status: 500,
    when: 'A scheduled function declares a custom path.',
    fix: 'Remove `path`, or split the function in two.',
  },
  EVENT_WITH_PATH: {
    status: 500,
    when: 'An event-triggered function declares a custom path.',
    fix: 'Remove `path`, or rename the function.',
  },
  BUNDLE_FAILED: {
    status: 500,
    when: 'A function could not be bundled.',
    fix: "Read the bundler's message: it names file, line and column.",
  },
  BUNDLE_IMPORT_MISSING: {
    status: 500,
    when: 'A function imports a package or file that does not exist.',
    fix: 'Install the package (the message has the command), or correct the path.',
  },
  EXTERNAL_MODULE_MISSING: {
    status: 500,
    when: '`external_node_modules` lists a package that is not installed.',
    fix: 'Install the package (the message has the command), or take it out of the list.',
  },
  GO_MISSING: {
    status: 500,
    when: 'A function is written in Go, and there is no Go on this machine.',
    fix: 'Install the package `golang-go` or Go from https://go.dev/dl, or put a compiled program in its place.',
  },
  ARTIFACT_INVALID: {
    status: 500,
    when: "A build's `manifest.json` is missing, damaged or of another version.",
    fix: 'Build again with `roost build`.',
  },
  ARCHIVE_UNSAFE: {
    status: 500,
    when: 'An archive, or a folder in its place, holds an entry that would be unpacked outside its folder or lead there: a name with `..`, a link, a device, a file behind a link, a name that is there twice.',
    fix: 'Build the function again, from sources that you trust: the message names the archive and the entry. Nothing of it was unpacked.',
  },
  BUILD_CRASHED: {
    status: 500,
    when: 'The build process ended without a result.',
    fix: 'Run the command again; if it repeats, report it with the output.',
  },
  OUTPUT_REFUSED: {
    status: 500,
    when: 'What a command had to say on its standard output could not be written: the disk is full, for instance.',
    fix: 'Make room where the output goes, or send it elsewhere, and run the command again.',
  },
  FILES_REFUSED: {
    status: 500,
    when: 'The machine refused to read or write a file: no permission, no room, a read-only disk.',
    fix: 'Let this user write to `.netlify/roost` of the project; `--data` moves the data, not the builds.',
  },
  DATA_DIR_INVALID: {
    status: 500,
    when: 'The data folder, or a folder in it, is something else, or cannot be made where it is to be.',
    fix: 'Name another folder with `--data`, or move away what the message names.',
  },
  SANDBOX_UNAVAILABLE: {
    status: 500,
    when: 'The sandbox profile that was asked for does not work on this machine. Or Roost was started as root, and functions would run as root too.',
    fix: 'Install bubblewrap, or do what the message says; docs/security.md says what each profile needs.',
  },
  USER_IDS_UNAVAILABLE: {
    status: 500,
    when: 'No block of user IDs is free for instances: other hosts have them, or processes run under them that a dead host did surely not leave. Or no folder for the record of IDs is writable for root alone.',
    fix: 'Read the message: stop hosts that are not needed, end the processes that it names, or remove the files of hosts that are no more.',
  },
  RUNTIME_UNAVAILABLE: {
    status: 500,
    when: 'The runtime program that runs inside instances is missing.',
    fix: 'Install Roost again.',
  },
  GEO_DATABASE_INVALID: {
    status: 500,
    when: 'The geo database that was given cannot be read, or knows nothing of places.',
    fix: "Give a database of cities or countries in MaxMind's format (`--geo-db`).",
  },
  IDENTITY_INVALID: {
    status: 500,
    when: 'The Identity secret or key set that was given cannot be read.',
    fix: 'Correct the path of `--identity-secret-file` or `--identity-jwks`, or what is in the file.',
  },
  NODE_UNKNOWN: {
    status: 500,
    when: 'A version of Node was asked for that Roost does not know for this platform.',
    fix: 'Take one of those that `roost runtimes list` shows.',
  },
  NODE_UNAVAILABLE: {
    status: 500,
    when: 'A function asks for a Node that is not installed and cannot be downloaded.',
    fix: 'Put the file that the message names into the folder that it names, or connect to the npm registry.',
  },
  NODE_CORRUPT: {
    status: 500,
    when: 'The archive of a Node is not the one whose checksum Roost knows, or its binary does not run here.',
    fix: 'Fetch it again, or from another registry: nothing of it was unpacked.',
  },

  // -- the request --
  REQUEST_INVALID: {
    status: 400,
    when: 'The HTTP request is malformed: no or several `Host` headers, a bad target, a bad header.',
    fix: 'Correct the client.',
  },
  FUNCTION_NAME_INVALID: {
    status: 400,
    when: 'A default URL names a function with characters other than letters, digits, `-` and `_`.',
    fix: 'Correct the URL. A function whose own name has other characters needs another name, or a `path`.',
  },
  NOT_A_BUILDER: {
    status: 400,
    when: 'A function that is no on-demand builder was called under `/.netlify/builders/`.',
    fix: 'Wrap the handler in `builder()`, or call it under `/.netlify/functions/`.',
  },
  SCHEDULED_NOT_PUBLIC: {
    status: 403,
    when: 'A scheduled function was called by its public URL.',
    fix: 'To run what it does by hand, call the same code from a function without a schedule.',
  },
  EVENT_NOT_PUBLIC: {
    status: 403,
    when: 'An event-triggered function was called by its public URL.',
    fix: 'Trigger the event instead.',
  },
  NOT_FOUND: {
    status: 404,
    when: 'No function, file or rule answers this URL.',
    fix: 'Check the URL; `roost functions:list` shows the routes.',
  },
  FUNCTION_NOT_FOUND: {
    status: 404,
    when: 'A default URL names a function that does not exist.',
    fix: 'Check the name; `roost functions:list` shows what there is.',
  },
  NOT_OFFERED: {
    status: 404,
    when: 'The URL belongs to a Netlify service that Roost does not offer (image CDN); or, at start, a project has edge functions or middleware, which do not run here.',
    fix: 'See docs/reference/differences.md. `--ignore-edge-functions` starts a project without them, when nothing depends on them.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    when: 'The method is not served here (CONNECT, TRACE, or a write to a static file).',
    fix: 'Use GET or HEAD for files.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    when: "The request's head or body did not arrive in time.",
    fix: 'Send faster, or raise the limit.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    when: 'The request body is larger than the limit for this function.',
    fix: 'Send less, or raise the limit (docs/reference/limits.md).',
  },
  EXPECTATION_FAILED: {
    status: 417,
    when: 'The `Expect` header asks for something other than `100-continue`.',
    fix: 'Leave it out.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    when: 'Request line or headers are larger than the limit.',
    fix: 'Send shorter ones.',
  },
  HOST_BUSY: {
    status: 503,
    when: 'Request bodies, answers that are being gathered, or background runs of the whole host together exceed what is set aside for them; or one instance has more connections or bodies under way to Blobs and cache than it may.',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  POOL_SATURATED: {
    status: 503,
    when: 'The waiting line of the function is full, or the wait in it took too long.',
    fix: 'Try again after the seconds in `Retry-After`; raise `max_instances` or `concurrency`.',
  },
  FUNCTION_WAITS_FOR_ITSELF: {
    status: 503,
    when: 'A call of a function asks for the same function by its URL, itself or through others, while all its instances are taken: it waits for an instance that waits for it.',
    fix: 'Raise `concurrency` of the function, or call its code directly instead of its URL.',
  },
  DRAINING: {
    status: 503,
    when: 'The host is shutting down and takes nothing new.',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  INTERNAL: {
    status: 500,
    when: 'Roost itself failed.',
    fix: 'Report it with the request ID and the log line.',
  },

  // -- services for functions --
  ACCESS_DENIED: {
    status: 403,
    when: 'Blobs, the cache or a purge were asked for without a token, with one that has ended, or for another site.',
    fix: 'Use the access that the function finds in its environment: it ends with the instance.',
  },

  // -- stored data --
  STORE_FAILED: {
    status: 500,
    when: 'The database in the data folder could not be opened, read or written.',
    fix: 'Read the message: mostly the disk is full, or the folder belongs to another user.',
  },
  BLOB_TOO_LARGE: {
    status: 413,
    when: 'A blob is larger than the limit.',
    fix: 'Store less, split it, or raise `blobBytes` (docs/reference/limits.md).',
  },
  BLOB_QUOTA_EXCEEDED: {
    status: 413,
    when: "The site's blobs would take more than its quota. While a blob is replaced, the old and the new one both count.",
    fix: 'Delete what is not needed, or raise `blobSiteBytes` (docs/reference/limits.md).',
  },
  BLOB_COUNT_EXCEEDED: {
    status: 413,
    when: 'The site has as many blobs as it may have.',
    fix: 'Delete what is not needed, put several values into one blob, or raise `blobSiteCount` (docs/reference/limits.md).',
  },
  BLOB_BUSY: {
    status: 429,
    when: 'The site has too many uploads or listings of Blobs at once, or its quota is used by uploads that have not ended and by content that is about to be deleted.',
    fix: 'Try again after the seconds in `Retry-After`, as `@netlify/blobs` does by itself.',
  },
  BLOB_NOT_STORED: {
    status: 507,
    when: 'The disk did not take the content of a blob: mostly it is full.',
    fix: 'Free space on the disk of the data folder; the message names the file and the reason.',
  },
  BLOB_INVALID: {
    status: 400,
    when: 'The name of a store, a key or the metadata of a blob is not allowed.',
    fix: 'Use a key of 1 to 600 bytes that does not begin with a slash, a store name of at most 64 bytes.',
  },
  BLOB_NOT_FOUND: {
    status: 404,
    when: 'A store has no blob of that name.',
    fix: 'List what there is with `roost blobs:list STORE`.',
  },
  BLOB_CONTENT_MISSING: {
    status: 500,
    when: 'The index knows the blob, but its content is not in the data folder or bucket.',
    fix: 'Bring the content back from a backup, or set the blob again.',
  },
  S3_FAILED: {
    status: 500,
    when: 'The S3-compatible service that keeps the content of blobs refused or did not answer.',
    fix: 'Check the address, bucket and keys of the `s3` settings.',
  },

  // -- user code --
  FUNCTION_FAILED: {
    status: 502,
    when: 'The function threw, rejected or returned something that is no response.',
    fix: "Read the function's log at this request ID.",
  },
  FUNCTION_LOAD_FAILED: {
    status: 502,
    when: "The function's module could not be loaded.",
    fix: "Read the function's log: the error names file and line.",
  },
  FUNCTION_TIMEOUT: {
    status: 502,
    when: 'The function ran past its time limit and was ended.',
    fix: 'Make it faster, raise its timeout, or make it a background function.',
  },
  FUNCTION_EXITED: {
    status: 502,
    when: "The function's process ended before it answered (`process.exit`, a crash, a signal).",
    fix: "Read the function's log: the last lines tell why.",
  },
  FUNCTION_OUT_OF_MEMORY: {
    status: 502,
    when: 'The function used more memory than its limit and was ended.',
    fix: 'Use less, or raise `memory` for it.',
  },
  FUNCTION_NEVER_ANSWERED: {
    status: 502,
    when: "The function's event loop ran empty while its promise was still pending.",
    fix: 'Settle the promise that the handler returned.',
  },
  FUNCTION_PROTOCOL: {
    status: 502,
    when: 'The instance sent something that the protocol forbids.',
    fix: 'User code wrote to file descriptor 3, or Roost has a bug: report it.',
  },
  RESPONSE_INVALID: {
    status: 502,
    when: 'The response has a status or header that cannot be sent.',
    fix: 'Use a status from 200 to 599 and header values without line breaks.',
  },
  RESPONSE_TOO_LARGE: {
    status: 502,
    when: 'The response is larger than the limit for its kind.',
    fix: 'Stream it, send less, or raise the limit (docs/reference/limits.md).',
  },
  INSTANCE_START_FAILED: {
    status: 502,
    when: 'No instance could be started for the function.',
    fix: 'Read the log: it names the reason.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof REGISTRY
