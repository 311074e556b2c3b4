import { dirname, resolve } from 'node:path'
import { RoostError, RoostErrors } from '../errors/index.ts'
import { suggest } from '../lib/index.ts'
import { type Kind, WHOLE_NUMBER } from './kinds.ts'
import { DEFAULT_LIMITS, LIMITS, type LimitName } from './limits.ts'
import { toFlag, toKey, toVariable } from './names.ts'
import { nameFlag, SETTINGS, type SettingName, type SettingRow, type Settings } from './table.ts'

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

const ROWS = Object.entries(SETTINGS) as [SettingName, SettingRow][]

/**
 * One value per setting: flag, then `ROOST_NAME` variable, then settings file, then default (D15a). Pure.
 * @throws SETTING_INVALID, all problems at once.
 */
export function parseSettings({ flags, env, file }: SettingSources): Settings {
  const problems: RoostError[] = []
  const choose = (
    name: string,
    { parse, expected }: Kind<unknown>,
    values: Readonly<Record<string, unknown>>,
    inFile: string,
  ): unknown => {
    const place = locate(file, inFile.split('.'))
    const candidates: [where: string, value: unknown, details?: PlaceDetails][] = [
      [toFlag(name), flags[name]],
      [toVariable(name), env[toVariable(name)]],
      [`${place.text}: ${inFile}`, values[toKey(name)], place.details],
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
  for (const [name, { kind, value }] of ROWS)
    settings[name] = choose(name, kind, values, toKey(name)) ?? value
  const limitValues = (values.limits ?? {}) as Record<string, unknown>
  const limits: Record<string, number> = { ...DEFAULT_LIMITS }
  for (const name of Object.keys(LIMITS) as LimitName[]) {
    const value = choose(name, WHOLE_NUMBER, limitValues, `limits.${toKey(name)}`)
    if (value !== undefined) limits[name] = value as number
  }
  for (const [section, where, known] of [
    [[], values, [...ROWS.map(([name]) => toKey(name)), 'limits']],
    [['limits'], limitValues, Object.keys(LIMITS).map(toKey)],
  ] as const)
    for (const key of Object.keys(where))
      if (!known.includes(key)) problems.push(describeUnknown([...section, key], known, file))
  for (const [key, hint] of Object.entries(RETIRED)) {
    const variable = toVariable(key)
    if (env[variable] !== undefined)
      problems.push(new RoostError('SETTING_INVALID', `${variable} is no longer a setting`, { hint }))
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
  const isLimit = path.length === 1 && Object.keys(LIMITS).map(toKey).includes(key)
  const advice = isLimit ? ` It belongs under [limits].` : suggest(key, known)
  return new RoostError('SETTING_INVALID', `${place.text}: "${path.join('.')}" is not a setting.${advice}`, {
    hint: RETIRED[key] ?? 'docs/reference/settings.md and docs/reference/limits.md list all settings.',
    details: { setting: key, ...place.details },
  })
}

type PlaceDetails = { file: string; line: number; column: number }

/** The position of a key in the settings file, for the message and for the excerpt below it. */
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
  builder_cache_bytes: 'Set cache_bytes: responses of on-demand builders and of `caches` share one limit.',
}

/** What would let the code of a project judge itself. */
function refuseOperatorSettings(file: SettingSources['file']): RoostError[] {
  if (file?.isOfProject !== true) return []
  return ROWS.flatMap(([name, { isForOperator }]) =>
    isForOperator !== true || file.values[toKey(name)] === undefined
      ? []
      : new RoostError(
          'SETTING_INVALID',
          `${file.path}: "${toKey(name)}" cannot be set in the project's own file`,
          {
            hint: `Give ${nameFlag(name)}, or name the file with --config.`,
            details: { setting: name },
          },
        ),
  )
}

/** A path in the file is relative to the file; one given elsewhere, to where the process was started. */
function anchorPaths({ path, values }: NonNullable<SettingSources['file']>): Record<string, unknown> {
  const anchored: Record<string, unknown> = { ...values }
  for (const [name, { isPath }] of ROWS) {
    const value = anchored[toKey(name)]
    if (isPath && typeof value === 'string' && value !== '' && !/^https?:/i.test(value))
      anchored[toKey(name)] = resolve(dirname(path), value)
  }
  return anchored
}
