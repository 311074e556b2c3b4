import type { TrafficRules } from '../../artifact/manifest/index.ts'
import { findCronProblem } from '../../artifact/schedules/index.ts'
import { type NodeBundler, parseMemory } from '../project/index.ts'
import { toTrafficRules } from './rate-limit.ts'

/** The values of a `config` export after their check (build.md §4). Keys keep Netlify's names. */
export interface InSourceConfig {
  path?: string[]
  excludedPath?: string[]
  method?: string[]
  preferStatic?: boolean
  schedule?: string
  background?: boolean
  rateLimit?: TrafficRules
  name?: string
  generator?: string
  timeout?: number
  nodeBundler?: NodeBundler
  nodeVersion?: string
  includedFiles?: string[]
  externalNodeModules?: string[]
  ignoredNodeModules?: string[]
  region?: string
  memory?: number
  vcpu?: number
}

export type InSourceKey = keyof InSourceConfig

export interface KeyProblem {
  key: InSourceKey
  /** Dotted path of the part that is wrong: `path.1`. */
  at: string
  expected: string
  /** A bad value of a hard key ends the build of this function; of a soft one it counts as not set. */
  isHard: boolean
}

export interface CheckedConfig {
  config: InSourceConfig
  /** Keys that stand in the source, readable or not: each of them erases the value of lower layers (build.md §5.4). */
  present: InSourceKey[]
  problems: KeyProblem[]
  unknown: string[]
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'DELETE', 'HEAD']
const REGIONS = 'cmh dub fra gru iad lhr nrt pdx sfo sin syd yul'.split(' ')
const BUNDLERS = ['esbuild', 'esbuild_zisi', 'nft', 'zisi', 'none']

type Read<Value> = (
  value: unknown,
) => { value: Value } | { expected: string; at?: string | number; isHard?: boolean }

interface Rule<Value> {
  isHard: boolean
  read: Read<Value>
}

type Rules = { [Key in InSourceKey]-?: Rule<NonNullable<InSourceConfig[Key]>> }

const RULES: Rules = {
  path: hard(readPaths),
  excludedPath: hard(readPaths),
  method: hard(readMethods),
  preferStatic: soft(ofType('boolean', 'true or false')),
  schedule: soft(readSchedule),
  background: soft(ofType('boolean', 'true or false')),
  rateLimit: soft(readRateLimit),
  name: soft(ofType('string', 'text')),
  generator: soft(ofType('string', 'text')),
  timeout: soft(readTimeout),
  nodeBundler: soft(oneOf(BUNDLERS) as Read<NodeBundler>),
  nodeVersion: soft(ofType('string', 'text, such as "22"')),
  includedFiles: soft(readTexts),
  externalNodeModules: soft(readTexts),
  ignoredNodeModules: soft(readTexts),
  region: hard(readRegion),
  memory: hard(readMemory),
  vcpu: hard(readVcpu),
}

export const IN_SOURCE_KEYS = Object.keys(RULES) as InSourceKey[]

/** Checks the literal values of a `config` export, all of them, so that a user can fix them in one pass. */
export function checkInSourceConfig(raw: Readonly<Record<string, unknown>>): CheckedConfig {
  const config: InSourceConfig = {}
  const present: InSourceKey[] = []
  const problems: KeyProblem[] = []
  const unknown: string[] = []
  for (const [key, value] of Object.entries(raw)) {
    if (!isKnown(key)) unknown.push(key)
    else {
      present.push(key)
      const problem = value === undefined ? undefined : checkKey(key, value, config)
      if (problem !== undefined) problems.push(problem)
    }
  }
  if (config.memory !== undefined && config.vcpu !== undefined)
    problems.push({
      key: 'vcpu',
      at: 'vcpu',
      expected: 'to stand alone: either memory or vcpu',
      isHard: true,
    })
  return { config, present, problems, unknown }
}

function isKnown(key: string): key is InSourceKey {
  return Object.hasOwn(RULES, key)
}

function checkKey<Key extends InSourceKey>(
  key: Key,
  value: unknown,
  config: InSourceConfig,
): KeyProblem | undefined {
  const { isHard, read } = RULES[key]
  const result = read(value)
  if (!('expected' in result)) {
    config[key] = result.value as InSourceConfig[Key]
    return undefined
  }
  const at = result.at === undefined ? key : `${key}.${result.at}`
  return { key, at, expected: result.expected, isHard: result.isHard ?? isHard }
}

function hard<Value>(read: Read<Value>): Rule<Value> {
  return { isHard: true, read }
}

function soft<Value>(read: Read<Value>): Rule<Value> {
  return { isHard: false, read }
}

function ofType<Name extends 'string' | 'boolean'>(
  type: Name,
  expected: string,
): Read<Name extends 'string' ? string : boolean> {
  return (value) =>
    typeof value === type ? { value: value as Name extends 'string' ? string : boolean } : { expected }
}

function oneOf(names: readonly string[]): Read<string> {
  return (value) =>
    typeof value === 'string' && names.includes(value)
      ? { value }
      : { expected: `one of ${names.join(', ')}` }
}

function readPaths(value: unknown): ReturnType<Read<string[]>> {
  const paths: unknown[] = Array.isArray(value) ? value : [value]
  if (!paths.every((path) => typeof path === 'string')) return { expected: 'text or a list of texts' }
  const wrong = paths.findIndex((path) => !path.startsWith('/'))
  if (wrong === -1) return { value: paths }
  return { expected: 'a path that starts with "/"', ...(Array.isArray(value) ? { at: wrong } : {}) }
}

function readMethods(value: unknown): ReturnType<Read<string[]>> {
  const methods: unknown[] = Array.isArray(value) ? value : [value]
  const upper = methods.map((method) => (typeof method === 'string' ? method.toUpperCase() : ''))
  const wrong = upper.findIndex((method) => !METHODS.includes(method))
  if (wrong === -1) return { value: upper }
  return { expected: `one of ${METHODS.join(', ')}`, ...(Array.isArray(value) ? { at: wrong } : {}) }
}

/** Netlify ignores a schedule that is not a text. A text that is not cron fails there at the deploy, here at once. */
function readSchedule(value: unknown): ReturnType<Read<string>> {
  if (typeof value !== 'string') return { expected: 'text' }
  const problem = findCronProblem(value)
  return problem === undefined ? { value } : { expected: `a cron expression: it ${problem}`, isHard: true }
}

function readRateLimit(value: unknown): ReturnType<Read<TrafficRules>> {
  const result = toTrafficRules(value)
  return 'rules' in result ? { value: result.rules } : { expected: `a rate limit (${result.problem})` }
}

function readTimeout(value: unknown): ReturnType<Read<number>> {
  return typeof value === 'number' && value > 0 ? { value } : { expected: 'a number of seconds above 0' }
}

function readTexts(value: unknown): ReturnType<Read<string[]>> {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
    ? { value }
    : { expected: 'a list of texts' }
}

function readRegion(value: unknown): ReturnType<Read<string>> {
  const region = typeof value === 'string' ? value.toLowerCase() : ''
  return REGIONS.includes(region) ? { value: region } : { expected: `one of ${REGIONS.join(', ')}` }
}

function readMemory(value: unknown): ReturnType<Read<number>> {
  const megabytes = parseMemory(value)
  return megabytes !== undefined && megabytes >= 1024 && megabytes <= 4096
    ? { value: megabytes }
    : { expected: 'whole megabytes from 1024 to 4096, as a number or as text such as "2gb"' }
}

function readVcpu(value: unknown): ReturnType<Read<number>> {
  return typeof value === 'number' && value >= 0.5 && value <= 2
    ? { value }
    : { expected: 'a number from 0.5 to 2' }
}
