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
    when: 'A command was called with flags or arguments that it does not have, or with a file that cannot be opened.',
    fix: 'Read the message: it names the flag; `roost help COMMAND` lists its arguments and options.',
  },
  SETTING_INVALID: {
    status: 500,
    when: 'A flag, variable or settings file holds a value of the wrong kind.',
    fix: 'Give the kind of value that the message names.',
  },
  ENV_FILE_INVALID: {
    status: 500,
    when: 'An `--env-file` has a line that is not `NAME=value`.',
    fix: 'Fix the line that the message names.',
  },
  PORT_IN_USE: {
    status: 500,
    when: 'Another program listens on the port asked for with `--port`.',
    fix: 'Stop it, choose another port, or leave `--port` out to take the next free one.',
  },
  HOST_NOT_FOUND: {
    status: 500,
    when: 'A command that needs a running server found none, or has no token for it.',
    fix: 'Start the server with `--admin-port`, and name its data folder with `--data`, or its address with `--host-url` and its token with `--auth`.',
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
    when: 'A file or folder that the build would read lies outside the repository: reached by a link, by a link further up its path, or by an import. It may be a secret of this machine.',
    fix: 'Copy the file into the repository, or remove the link. A link in `node_modules` may lead to a package of the same name. If you trust the project, `--allow-outside-links` allows the rest.',
  },
  RULES_TOO_MANY: {
    status: 500,
    when: 'A site has more redirect or header rules than Roost accepts: 50,000 redirects, 10,000 header rules, 200 lines for one path, 10 MB for a file.',
    fix: 'Write one rule with `*` or `:name` in place of many, or decide in a function.',
  },
  REDIRECT_TARGET_REFUSED: {
    status: 500,
    when: 'A redirect rule proxies to a link-local address or a metadata service, which would hand the credentials of the machine to everybody.',
    fix: 'Proxy to another address.',
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
    when: 'A custom group of a URL pattern is valid, but Roost does not match it: it has a named group or `\\q`, repeats something that may be empty without an upper bound, or unfolds to more than 2000 steps.',
    fix: 'Read the message: it names the group and the reason. Write the group without it, or use plain `:name` and `*`.',
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
    fix: 'Install the package (the message has the command), or remove it from the list.',
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
    when: 'An archive, or a folder in its place, contains an entry that would be written outside its folder or that points there: a name with `..`, a link, a device, a file behind a link, a name that occurs twice.',
    fix: 'Build the function again from sources that you trust. The message names the archive and the entry; nothing was unpacked.',
  },
  BUILD_CRASHED: {
    status: 500,
    when: 'The build process ended without a result.',
    fix: 'Run the command again; if it repeats, report it with the output.',
  },
  OUTPUT_REFUSED: {
    status: 500,
    when: 'The command could not write to its standard output, for example because the disk is full.',
    fix: 'Free some space, or send the output elsewhere, and run the command again.',
  },
  FILES_REFUSED: {
    status: 500,
    when: 'A file could not be read or written: no permission, a full disk, or a read-only one.',
    fix: 'Give this user write permission for `.netlify/roost` in the project. `--data` moves the data folder, not the builds.',
  },
  DATA_DIR_INVALID: {
    status: 500,
    when: 'The data folder, or one inside it, exists but is not a folder, or cannot be created.',
    fix: 'Choose another folder with `--data`, or move away the file that the message names.',
  },
  SANDBOX_UNAVAILABLE: {
    status: 500,
    when: 'The requested sandbox profile does not work on this machine; or Roost was started as root, and functions would run as root too.',
    fix: 'Install bubblewrap, or do what the message says; docs/security.md says what each profile needs.',
  },
  USER_IDS_UNAVAILABLE: {
    status: 500,
    when: 'No block of user IDs is free for instances: other hosts use them, or processes run under them that no earlier host has left behind. Or Roost found no folder that only root can write, for its record of IDs.',
    fix: 'Follow the message: stop hosts that are not needed, end the processes that it names, or remove the files of hosts that no longer exist.',
  },
  RUNTIME_UNAVAILABLE: {
    status: 500,
    when: 'The runtime program that runs inside instances is missing.',
    fix: 'Install Roost again.',
  },
  GEO_DATABASE_INVALID: {
    status: 500,
    when: 'The geo database cannot be read, or contains no places.',
    fix: "Pass a database of cities or countries in MaxMind's format with `--geo-db`.",
  },
  IDENTITY_INVALID: {
    status: 500,
    when: 'The file with the Identity secret or key set cannot be read.',
    fix: 'Correct the path given with `--identity-secret-file` or `--identity-jwks`, or the content of the file.',
  },
  NODE_UNKNOWN: {
    status: 500,
    when: 'Roost does not know the requested version of Node for this platform.',
    fix: 'Choose one of those that `roost runtimes list` shows.',
  },
  NODE_UNAVAILABLE: {
    status: 500,
    when: 'A function asks for a Node that is not installed and cannot be downloaded.',
    fix: 'Put the file that the message names into the folder that it names, or connect to the npm registry.',
  },
  NODE_CORRUPT: {
    status: 500,
    when: 'The archive of a Node version does not have the expected checksum, or its binary does not run here.',
    fix: 'Download it again, or from another registry. Nothing was unpacked.',
  },

  // -- the request --
  REQUEST_INVALID: {
    status: 400,
    when: 'The HTTP request is malformed: no or several `Host` headers, a bad target, a bad header.',
    fix: 'Correct the client.',
  },
  FORM_INVALID: {
    status: 400,
    when: 'A submitted form cannot be read: its body is not what `Content-Type` says, or is in an unknown character set.',
    fix: 'Send `multipart/form-data` or `application/x-www-form-urlencoded` in UTF-8, as browsers do.',
  },
  FUNCTION_NAME_INVALID: {
    status: 400,
    when: 'A default URL names a function with characters other than letters, digits, `-` and `_`.',
    fix: 'Correct the URL. A function whose own name has other characters needs another name, or a `path`.',
  },
  NOT_A_BUILDER: {
    status: 400,
    when: 'A function that is not an on-demand builder was called under `/.netlify/builders/`.',
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
    when: 'No function, file or rule matches this URL.',
    fix: 'Check the URL; `roost functions:list` shows the routes.',
  },
  SITE_NOT_FOUND: {
    status: 404,
    when: 'No site has the host name that the request asks for.',
    fix: 'Check the host name, and that the proxy in front passes it on in `Host` or `X-Forwarded-Host`.',
  },
  ROLE_TOKEN_INVALID: {
    status: 400,
    when: 'A path is for some roles only, and the token in the cookie `nf_jwt` cannot be read, or does not hold a list of roles.',
    fix: 'Sign in again. The roles are read from `app_metadata.authorization.roles` of the token.',
  },
  BASIC_AUTH_REQUIRED: {
    status: 401,
    when: 'A header rule puts the path behind a password (`Basic-Auth`), and the request does not have one of its users with the right password.',
    fix: 'Give a user name and password of the rule.',
  },
  FUNCTION_NOT_FOUND: {
    status: 404,
    when: 'A default URL names a function that does not exist.',
    fix: 'Check the name; `roost functions:list` shows all functions.',
  },
  NOT_OFFERED: {
    status: 404,
    when: 'The URL belongs to a Netlify service that Roost does not offer (image CDN); or, at start, a project has edge functions or middleware, which do not run here.',
    fix: 'See docs/reference/differences.md. `--ignore-edge-functions` starts a project without them, if nothing depends on them.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    when: 'The method is not served here (CONNECT, TRACE, or a write to a static file).',
    fix: 'Use GET or HEAD for files.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    when: "The request's head or body did not arrive in time.",
    fix: 'Send it faster, or raise the limit.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    when: 'The request body is larger than the limit for this function.',
    fix: 'Send less, or raise the limit (docs/reference/limits.md).',
  },
  RATE_LIMITED: {
    status: 429,
    when: 'The client requests a function more often than its `rateLimit` allows.',
    fix: 'Wait as long as `Retry-After` says.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    when: 'The `Expect` header asks for something other than `100-continue`.',
    fix: 'Remove the header.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    when: 'Request line or headers are larger than the limit.',
    fix: 'Send a shorter URL, or fewer or shorter headers.',
  },
  PROXY_FAILED: {
    status: 502,
    when: 'A redirect rule proxies the request to another server, and that server cannot be reached, disconnected, or does not respond in HTTP.',
    fix: 'Read the log line `proxy.failed`: it names the rule, the target and the cause. A server behind `https` needs a certificate that this machine trusts (`NODE_EXTRA_CA_CERTS` adds one).',
  },
  PROXY_REFUSED: {
    status: 502,
    when: 'A redirect rule proxies the request to an address that Roost does not connect to: one that the setting `proxy_allow` does not allow, a link-local address or the metadata of a cloud, or a listener of Roost that is not for clients.',
    fix: 'Read the log line `proxy.failed`. Change the target of the rule, or the setting.',
  },
  PROXY_LOOP: {
    status: 508,
    when: 'The request has passed proxies of redirect rules five times: its target leads back to the rule.',
    fix: 'Change the target of the rule that the log line `proxy.failed` names.',
  },
  PROXY_TIMEOUT: {
    status: 504,
    when: 'The target of a proxy did not begin its response in time.',
    fix: 'Look at the target. The limit is `proxyTimeoutMs`, counted while Roost waits for the target: to connect, to accept the request, to respond.',
  },
  HOST_BUSY: {
    status: 503,
    when: 'The request bodies, buffered responses, background runs or connections to targets of proxies of the whole host exceed their limit; or one instance has too many connections or request bodies open to Blobs and the cache.',
    fix: 'Try again after the seconds in `Retry-After`.',
  },
  POOL_SATURATED: {
    status: 503,
    when: 'The queue of the function is full, or the request waited in it for too long.',
    fix: 'Try again after the seconds in `Retry-After`; raise `max_instances` or `concurrency`.',
  },
  FUNCTION_WAITS_FOR_ITSELF: {
    status: 503,
    when: 'A function called its own URL, directly or through other functions, while all its instances were busy: the new call waits for an instance that waits for the new call.',
    fix: 'Raise `concurrency` for the function, or call its code directly instead of its URL.',
  },
  DRAINING: {
    status: 503,
    when: 'The host is shutting down and does not accept new requests.',
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
    when: 'A request to Blobs, the cache or purge had no token, an expired one, or one of another site.',
    fix: 'Use the token in the environment of the function. It expires when the instance ends.',
  },

  // -- stored data --
  STORE_FAILED: {
    status: 500,
    when: 'The database in the data folder could not be opened, read or written.',
    fix: 'Read the message: usually the disk is full, or the folder belongs to another user.',
  },
  BLOB_TOO_LARGE: {
    status: 413,
    when: 'A blob is larger than the limit.',
    fix: 'Store a smaller value, split it, or raise `blobBytes` (docs/reference/limits.md).',
  },
  BLOB_QUOTA_EXCEEDED: {
    status: 413,
    when: "The site's blobs would exceed its quota. While a blob is replaced, both the old and the new one count.",
    fix: 'Delete what is not needed, or raise `blobSiteBytes` (docs/reference/limits.md).',
  },
  BLOB_COUNT_EXCEEDED: {
    status: 413,
    when: 'The site has reached its maximum number of blobs.',
    fix: 'Delete what is not needed, put several values into one blob, or raise `blobSiteCount` (docs/reference/limits.md).',
  },
  BLOB_BUSY: {
    status: 429,
    when: 'The site has too many uploads or listings of blobs in progress, or its quota is used up by unfinished uploads and by content that is about to be deleted.',
    fix: 'Try again after the seconds in `Retry-After`, as `@netlify/blobs` does by itself.',
  },
  PURGE_LIMITED: {
    status: 429,
    when: 'A cache tag, or all of a site, was purged more than twice in five seconds.',
    fix: 'Retry after the seconds in `Retry-After`, or purge several tags in one call.',
  },
  BLOB_NOT_STORED: {
    status: 507,
    when: 'The content of a blob could not be written to disk; usually the disk is full.',
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
    fix: 'List the blobs of the store with `roost blobs:list STORE`.',
  },
  BLOB_CONTENT_MISSING: {
    status: 500,
    when: 'The index knows the blob, but its content is not in the data folder or bucket.',
    fix: 'Restore the content from a backup, or set the blob again.',
  },
  S3_FAILED: {
    status: 500,
    when: 'The S3-compatible service that stores blobs rejected the request or did not answer.',
    fix: 'Check the address, bucket and keys of the `s3` settings.',
  },

  // -- user code --
  FUNCTION_FAILED: {
    status: 502,
    when: 'The function threw, rejected, or returned something that is not a response.',
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
    fix: "Read the last lines of the function's log.",
  },
  FUNCTION_OUT_OF_MEMORY: {
    status: 502,
    when: 'The function used more memory than its limit and was ended.',
    fix: 'Use less memory, or raise `memory` for the function.',
  },
  FUNCTION_NEVER_ANSWERED: {
    status: 502,
    when: "The function's event loop ran empty while its promise was still pending.",
    fix: 'Settle the promise that the handler returned.',
  },
  FUNCTION_PROTOCOL: {
    status: 502,
    when: 'The instance sent a message that the protocol does not allow.',
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
