import { dirname, resolve } from 'node:path'
import { RoostError, RoostErrors } from '../errors/index.ts'
import { suggest } from '../lib/index.ts'
import { DEFAULT_LIMITS, LIMITS, type LimitName, type Limits } from './limits.ts'

/** What an operator decides about one process. Frozen: nothing else reads flags or the environment. */
export interface Settings {
  /** Undefined: 8888, or the next free port. */
  readonly port: number | undefined
  readonly host: string
  /** Proxies in front of us whose `x-forwarded-*` headers are believed. */
  readonly trustedHops: number
  /** Error answers of production carry stack traces. */
  readonly showTraces: boolean
  /** A log line for each request; `auto`: on a terminal and with `--json` (D55). */
  readonly requestLog: 'auto' | 'on' | 'off'
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** The public URL of the site, when it is not the address listened on. */
  readonly url: string | undefined
  /** How instances are kept apart: the strongest that works, one in particular, or none at all without a strong one. */
  readonly sandbox: 'auto' | 'bubblewrap' | 'process' | 'require'
  /** What reads requests: our own reader, or `node:http` (ADR 0008). */
  readonly front: 'lean' | 'node'
  /** Undefined: no admin listener. */
  readonly adminPort: number | undefined
  /** Bucket for the content of blobs, `https://HOST/BUCKET[/PREFIX]`. Undefined: the data folder. */
  readonly s3Url: string | undefined
  readonly s3Region: string
  readonly s3AccessKeyId: string | undefined
  readonly s3SecretAccessKey: string | undefined
  /** A database in MaxMind's format, for `context.geo`. Undefined: functions see no place. */
  readonly geoDb: string | undefined
  /** What Identity signs tokens with (HS256): itself, which no flag takes, or the file that holds it. */
  readonly identitySecret: string | undefined
  readonly identitySecretFile: string | undefined
  /** The public keys that tokens are signed with (RS256, ES256): a file or an http(s) URL. */
  readonly identityJwks: string | undefined
  /** Where Identity answers. Undefined: `/.netlify/identity` of the site. */
  readonly identityUrl: string | undefined
  /** `request.signal` aborts when the client goes away; on Netlify it never does. */
  readonly abortOnDisconnect: boolean
  /** Links of a project may lead out of its repository (D133). A project cannot allow it to itself. */
  readonly allowOutsideLinks: boolean
  readonly limits: Limits
}

/** Where a value came from, for messages. */
export interface SettingSources {
  /** Flags as given, by setting name: `{ port: '8080' }`. */
  flags: Readonly<Record<string, string | boolean | undefined>>
  /** The process's environment: `ROOST_PORT`, `ROOST_SYNC_TIMEOUT_MS`. */
  env: Readonly<Record<string, string | undefined>>
  /** The parsed settings file (`roost.toml`): `port = 8080`, `[limits] sync_timeout_ms = 1000`. */
  file?: {
    path: string
    values: Readonly<Record<string, unknown>>
    /** It was found in the project, not named by the operator: it may come from whoever wrote the code. */
    isOfProject?: boolean
    /** Where a key stands, for messages. */
    findPlace?: (key: readonly string[]) => { line: number; column: number } | undefined
  }
}

type Parse = (value: unknown) => unknown

const port: Parse = (value) => integer(value, 0, 65_535)

const PARSERS: {
  readonly [Name in Exclude<keyof Settings, 'limits'>]: {
    parse: Parse
    value: Settings[Name]
    expected: string
    /** In a file, relative to that file. */
    isPath?: true
    /** Not in a file of the project. */
    isForOperator?: true
  }
} = {
  port: { parse: port, value: undefined, expected: 'a port from 0 to 65535' },
  host: { parse: text, value: '127.0.0.1', expected: 'an address to listen on' },
  trustedHops: {
    parse: (value) => integer(value, 0, 16),
    value: 0,
    expected: 'a number of proxies from 0 to 16',
  },
  showTraces: { parse: boolean, value: false, expected: 'true or false' },
  sandbox: {
    parse: (value) =>
      ['auto', 'bubblewrap', 'process', 'require'].includes(String(value)) ? value : undefined,
    value: 'auto',
    expected: 'auto, bubblewrap, process or require',
  },
  front: {
    parse: (value) => (['lean', 'node'].includes(String(value)) ? value : undefined),
    value: 'lean',
    expected: 'lean or node',
  },
  adminPort: { parse: port, value: undefined, expected: 'a port from 0 to 65535' },
  s3Url: {
    parse: (value) => (/^https?:\/\/[^/]+\/[^/?#]+[^?#]*$/.test(String(value)) ? value : undefined),
    value: undefined,
    expected: 'an address with a bucket, https://HOST/BUCKET',
  },
  s3Region: { parse: text, value: 'us-east-1', expected: 'the name of a region' },
  s3AccessKeyId: { parse: text, value: undefined, expected: 'an access key' },
  s3SecretAccessKey: { parse: text, value: undefined, expected: 'a secret key' },
  requestLog: {
    parse: (value) => (['auto', 'on', 'off'].includes(String(value)) ? value : undefined),
    value: 'auto',
    expected: 'auto, on or off',
  },
  logLevel: {
    parse: (value) => (['debug', 'info', 'warn', 'error'].includes(String(value)) ? value : undefined),
    value: 'info',
    expected: 'debug, info, warn or error',
  },
  url: { parse: url, value: undefined, expected: 'an absolute URL' },
  geoDb: { parse: text, value: undefined, expected: 'a file', isPath: true },
  identitySecret: { parse: text, value: undefined, expected: 'a secret' },
  identitySecretFile: { parse: text, value: undefined, expected: 'a file', isPath: true },
  identityJwks: { parse: text, value: undefined, expected: 'a file or an http(s) URL', isPath: true },
  identityUrl: { parse: url, value: undefined, expected: 'an absolute URL' },
  abortOnDisconnect: { parse: boolean, value: false, expected: 'true or false' },
  allowOutsideLinks: { parse: boolean, value: false, expected: 'true or false', isForOperator: true },
}

/**
 * One value per setting: flag, then `ROOST_NAME` variable, then settings file, then default (D15a). Pure.
 * @throws SETTING_INVALID, all problems at once.
 */
export function parseSettings({ flags, env, file }: SettingSources): Settings {
  const problems: RoostError[] = []
  const choose = (
    name: string,
    parse: Parse,
    expected: string,
    values: Readonly<Record<string, unknown>>,
    inFile: string,
  ): unknown => {
    const place = locate(file, inFile.split('.'))
    const candidates: [where: string, value: unknown, details?: PlaceDetails][] = [
      [`--${toKebab(name)}`, flags[name]],
      [`ROOST_${toSnake(name).toUpperCase()}`, env[`ROOST_${toSnake(name).toUpperCase()}`]],
      [`${place.text}: ${inFile}`, values[toSnake(name)], place.details],
    ]
    const given = candidates.find(([, value]) => value !== undefined)
    if (given === undefined) return undefined
    const value = parse(given[1])
    if (value === undefined)
      problems.push(
        new RoostError(
          'SETTING_INVALID',
          `${given[0]}: expected ${expected}, found ${JSON.stringify(given[1])}`,
          {
            hint: `Give ${expected}.`,
            details: { setting: name, given: given[0], ...given[2] },
          },
        ),
      )
    return value
  }
  const values = file === undefined ? {} : anchorPaths(file)
  problems.push(...refuseOperatorSettings(file))
  const settings: Record<string, unknown> = {}
  for (const [name, { parse, value, expected }] of Object.entries(PARSERS))
    settings[name] = choose(name, parse, expected, values, toSnake(name)) ?? value
  const limitValues = (values.limits ?? {}) as Record<string, unknown>
  const limits: Record<string, number> = { ...DEFAULT_LIMITS }
  for (const name of Object.keys(LIMITS) as LimitName[]) {
    const value = choose(
      name,
      (given) => integer(given, 0, 2 ** 40),
      'a whole number',
      limitValues,
      `limits.${toSnake(name)}`,
    )
    if (value !== undefined) limits[name] = value as number
  }
  for (const [section, where, known] of [
    [[], values, [...Object.keys(PARSERS).map(toSnake), 'limits']],
    [['limits'], limitValues, Object.keys(LIMITS).map(toSnake)],
  ] as const)
    for (const key of Object.keys(where))
      if (!known.includes(key)) problems.push(describeUnknown([...section, key], known, file))
  for (const [key, hint] of Object.entries(RETIRED)) {
    const variable = `ROOST_${key.toUpperCase()}`
    if (env[variable] !== undefined)
      problems.push(new RoostError('SETTING_INVALID', `${variable} is not a setting any more`, { hint }))
  }
  if (problems.length > 0) throw new RoostErrors(problems)
  return Object.freeze({ ...settings, limits: Object.freeze(limits) }) as unknown as Settings
}

function describeUnknown(
  path: readonly string[],
  known: readonly string[],
  file: SettingSources['file'],
): RoostError {
  const key = path.at(-1) ?? ''
  const place = locate(file, path)
  const isLimit = path.length === 1 && Object.keys(LIMITS).map(toSnake).includes(key)
  const advice = isLimit ? ` It stands under [limits].` : suggest(key, known)
  return new RoostError('SETTING_INVALID', `${place.text}: "${path.join('.')}" is not a setting.${advice}`, {
    hint: RETIRED[key] ?? 'docs/reference/limits.md and "roost help serve" list all settings.',
    details: { setting: key, ...place.details },
  })
}

type PlaceDetails = { file: string; line: number; column: number }

/** Where a key of the settings file stands: for a message, and for whoever shows the line. */
function locate(
  file: SettingSources['file'],
  key: readonly string[],
): { text: string; details?: PlaceDetails } {
  const place = file?.findPlace?.(key)
  if (file === undefined || place === undefined) return { text: file?.path ?? '' }
  return { text: `${file.path}:${place.line}`, details: { file: file.path, ...place } }
}

/** Names that were settings once, and what to do instead. */
const RETIRED: Readonly<Record<string, string>> = {
  builder_cache_bytes: 'Set cache_bytes: answers of on-demand builders and of `caches` share one bound.',
}

/** What would let the code of a project judge itself. */
function refuseOperatorSettings(file: SettingSources['file']): RoostError[] {
  if (file?.isOfProject !== true) return []
  return Object.entries(PARSERS).flatMap(([name, { isForOperator }]) =>
    isForOperator !== true || file.values[toSnake(name)] === undefined
      ? []
      : new RoostError(
          'SETTING_INVALID',
          `${file.path}: "${toSnake(name)}" is not taken from the project's own file`,
          {
            hint: `Give --${toKebab(name)}, or name the file with --config.`,
            details: { setting: name },
          },
        ),
  )
}

/** A path in the file is relative to the file; one given elsewhere, to where the process was started. */
function anchorPaths({ path, values }: NonNullable<SettingSources['file']>): Record<string, unknown> {
  const anchored: Record<string, unknown> = { ...values }
  for (const [name, { isPath }] of Object.entries(PARSERS)) {
    const value = anchored[toSnake(name)]
    if (isPath && typeof value === 'string' && value !== '' && !/^https?:/i.test(value))
      anchored[toSnake(name)] = resolve(dirname(path), value)
  }
  return anchored
}

function integer(value: unknown, min: number, max: number): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max
    ? number
    : undefined
}

function boolean(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === '1') return true
  if (value === false || value === 'false' || value === '0') return false
  return undefined
}

function url(value: unknown): string | undefined {
  return URL.canParse(String(value)) ? String(value).replace(/\/$/, '') : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `syncTimeoutMs` → `sync_timeout_ms`. */
function toSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function toKebab(name: string): string {
  return toSnake(name).replaceAll('_', '-')
}
