import { absoluteUrl, BOOLEAN, integer, type Kind, listOf, oneOf, pattern, text } from './kinds.ts'
import type { Limits } from './limits.ts'
import { toFlag } from './names.ts'
import { isTargetPattern } from './target-pattern.ts'

/**
 * Every setting of one process beside its limits (limits.ts): the one place where its name, default and words stand.
 * From a row come the flag of `roost serve` and its help, the variable (`ROOST_TRUSTED_HOPS`), the key of `roost.toml`
 * (`trusted_hops`), what is said of a value that does not fit, and the row of docs/reference/settings.md.
 */
export const SETTINGS = {
  port: row(integer(0, 65_535, 'a port'), undefined, {
    what: 'Port to listen on; one in use is an error.',
    more: '0 takes any free one.',
    shown: '8888 or the next free one',
    short: '-p',
  }),
  host: row(text('an address to listen on', '<address>'), '127.0.0.1', { what: 'Address to listen on.' }),
  url: row(absoluteUrl('<origin>'), undefined, {
    what: 'Public URL of the site, when it is behind a proxy.',
    shown: 'the address listened on',
  }),
  context: row(
    // `branch:` names no context itself (dev-and-edge.md §9.2).
    pattern(
      /^(?!branch:(?:production|deploy-preview|branch-deploy|dev|dev-server|all)?$)[!-~]+$/,
      'the name of a deploy context, or branch:NAME',
      '<name>',
    ),
    'production',
    {
      what: 'Deploy context whose configuration of netlify.toml applies: production, a branch, branch:NAME.',
      more: '`staging` is `[context.staging]`; `branch:staging` is `[context.branch-deploy]` with `[context.staging]` over it. Also a flag of `build`, `check`, `functions:list` and `env:list`, and therefore not taken from a file in the project itself.',
      isForOperator: true,
    },
  ),
  trustedHops: row(integer(0, 16, 'a number of proxies'), 0, {
    what: 'Proxies in front whose x-forwarded headers are trusted.',
  }),
  sandbox: row(oneOf(['auto', 'bubblewrap', 'process', 'require'], '<profile>'), 'auto', {
    what: 'How instances are kept apart: auto, bubblewrap, process or require.',
    more: '`auto` is the strongest that works here; `require` does not start when only `process` works. See [security](../security.md).',
  }),
  showTraces: row(BOOLEAN, false, {
    what: 'Include stack traces in error responses.',
    more: 'The log has them in any case.',
  }),
  requestLog: row(oneOf(['auto', 'on', 'off'], '<when>'), 'auto', {
    what: 'A log line for each request: auto, on or off.',
    more: '`auto`: on a terminal and with `--json`. The flag `--quiet` turns it off.',
    isWithoutFlag: true,
  }),
  logLevel: row(oneOf(['debug', 'info', 'warn', 'error'], '<level>'), 'info', {
    what: 'What is logged: debug, info, warn or error, and what is more severe.',
  }),
  front: row(oneOf(['lean', 'node'], '<reader>'), 'lean', {
    what: "HTTP server: lean (Roost's own) or node (node:http).",
    more: '`node` is for clients whose requests the stricter `lean` rejects.',
  }),
  adminPort: row(integer(0, 65_535, 'a port'), undefined, {
    what: 'Admin listener on 127.0.0.1, behind a token: metrics, purges of the cache, roost why.',
    more: 'The token is in the data folder.',
    shown: 'off',
  }),
  geoDb: row(text('a file', '<file>'), undefined, {
    what: "A database in MaxMind's format, for context.geo.",
    more: 'For example GeoLite2, GeoIP2 or DB-IP. It is read once.',
    shown: 'no locations',
    isPath: true,
  }),
  identitySecret: row(text('a secret', '<secret>'), undefined, {
    what: 'The secret that Identity signs tokens with (HS256).',
    more: 'It has no flag, since the process list would show it.',
    isWithoutFlag: true,
  }),
  identitySecretFile: row(text('a file', '<file>'), undefined, {
    what: 'The file that holds the secret that Identity signs tokens with (HS256).',
    isPath: true,
  }),
  identityJwks: row(text('a file or an http(s) URL', '<file|url>'), undefined, {
    what: 'The public keys that Identity signs tokens with (RS256, ES256).',
    isPath: true,
  }),
  identityUrl: row(absoluteUrl('<url>'), undefined, {
    what: 'URL of Identity.',
    shown: '/.netlify/identity of the site',
  }),
  cache: row(BOOLEAN, true, {
    what: 'Cache responses of functions and proxies.',
    more: 'See [caching](../guide/caching.md).',
  }),
  abortOnDisconnect: row(BOOLEAN, false, {
    what: 'Abort request.signal when the client disconnects; Netlify never does.',
  }),
  allowOutsideLinks: row(BOOLEAN, false, {
    what: 'Follow links that lead out of the repository.',
    more: 'See [what may be part of a build](../guide/serve.md). Also a flag of `build` and `check`; not taken from a file in the project itself.',
    isForOperator: true,
  }),
  compress: row(BOOLEAN, true, {
    what: 'Compress responses and static files for clients that accept it.',
    more: 'Turn it off when a proxy in front of Roost compresses. A compressed copy beside the file (`app.js.br`) is used in any case.',
  }),
  proxyAllow: row(
    listOf(
      isTargetPattern,
      'host names, *.example.com, addresses, networks (10.0.0.0/8), private or *, each perhaps with ! in front',
      '<list>',
    ),
    [] as readonly string[],
    {
      what: 'Servers that redirect rules may proxy to.',
      more: 'See [proxies](../guide/proxies.md). Not taken from a file in the project itself.',
      shown: 'all but those that are never allowed',
      isForOperator: true,
    },
  ),
  s3Url: row(
    pattern(
      /^https?:\/\/[^/]+\/[^/?#]+[^?#]*$/,
      'an address with a bucket, https://HOST/BUCKET',
      '<address>',
    ),
    undefined,
    {
      what: 'Bucket for the content of blobs, https://HOST/BUCKET[/PREFIX].',
      shown: 'the data folder',
      isWithoutFlag: true,
    },
  ),
  s3Region: row(text('the name of a region', '<region>'), 'us-east-1', {
    what: 'Region of the bucket.',
    isWithoutFlag: true,
  }),
  s3AccessKeyId: row(text('an access key', '<key>'), undefined, {
    what: 'Access key for the bucket.',
    isWithoutFlag: true,
  }),
  s3SecretAccessKey: row(text('a secret key', '<key>'), undefined, {
    what: 'Secret key for the bucket.',
    isWithoutFlag: true,
  }),
} as const

export type SettingName = keyof typeof SETTINGS

/** `--port`; of a setting that is on by default the flag turns it off: `--no-compress`. */
export function nameFlag(name: SettingName): string {
  return SETTINGS[name].value === true ? toFlag(name).replace('--', '--no-') : toFlag(name)
}

/** What an operator decides about one process. Frozen: nothing else reads flags or the environment. */
export type Settings = {
  readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]>
} & { readonly limits: Limits }

type ValueOf<Row> = Row extends SettingRow<infer T, infer Default> ? T | Default : never

export interface SettingRow<T = unknown, Default extends T | undefined = T | undefined> extends SettingWords {
  readonly kind: Kind<T>
  readonly value: Default
}

interface SettingWords {
  /** A sentence, for help and for the reference page. */
  readonly what: string
  /** What the page adds. */
  readonly more?: string
  /** The default in words, where it is not a value or means something. */
  readonly shown?: string
  /** A second name of the flag, `-p`. */
  readonly short?: string
  /** Only variable and file: the process list shows flags, and some settings are seldom changed. */
  readonly isWithoutFlag?: true
  /** In a file, relative to that file. */
  readonly isPath?: true
  /** Not in a file of the project, which could let its own code judge itself. */
  readonly isForOperator?: true
}

function row<T, const Default extends T | undefined>(
  kind: Kind<T>,
  value: Default,
  words: SettingWords,
): SettingRow<T, Default> {
  return { kind, value, ...words }
}
