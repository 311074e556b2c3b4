import { minimatch } from 'minimatch'
import { type FunctionSettings, type FunctionTable, parseMemory } from '../../project/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckedFunction, CheckInput } from '../rule.ts'

/** Roost's own keys (D15). Directly under `[functions]` they end a build on Netlify (build.md §5.1, case X11). */
const OWN_KEYS = ['concurrency', 'timeout', 'max_instances', 'network']
const NETLIFY_MEMORY_MB = { least: 1024, most: 4096 }

/** What netlify.toml says to Roost and not to Netlify: keys that break the build there, and keys that it does not read. */
export function findRoostKeys(input: CheckInput): RuleFinding[] {
  return [...findRefused(input), ...input.project.functions.flatMap((table) => findUnread(table, input))]
}

function findRefused({ toml, show }: CheckInput): RuleFinding[] {
  if (toml === undefined) return []
  const { functions, context } = toml.data as {
    functions?: Table
    context?: Record<string, { functions?: Table }>
  }
  const sections: [string[], Table | undefined][] = [
    [['functions'], functions],
    ...Object.entries(context ?? {}).map(([name, section]): [string[], Table | undefined] => [
      ['context', name, 'functions'],
      section.functions,
    ]),
  ]
  return sections.flatMap(([path, section]) =>
    Object.entries(isTable(section) ? section : {}).flatMap(([key, value]) => {
      if (OWN_KEYS.includes(key) && !isTable(value))
        return [
          refuse(
            [...path, key],
            `is a key of Roost's that Netlify rejects there. Move it to [functions."NAME"].`,
          ),
        ]
      const [at, memory] = isTable(value) ? [[...path, key, 'memory'], value.memory] : [[...path, key], value]
      if (at.at(-1) !== 'memory' || isOnNetlify(memory)) return []
      const { least, most } = NETLIFY_MEMORY_MB
      return [refuse(at, `is ${JSON.stringify(memory)}; Netlify takes ${least} to ${most} MB.`)]
    }),
  )

  function refuse(path: string[], what: string): RuleFinding {
    const place = toml?.findPlace(path) ?? { line: 1, column: 1 }
    const file = toml?.file ?? ''
    return {
      code: 'TOML_KEY_REFUSED_ON_NETLIFY',
      message: `${show(file)}:${place.line}: ${path.slice(-2).join('.')} ${what}`,
      file,
      ...place,
    }
  }
}

type Table = Record<string, unknown>

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOnNetlify(memory: unknown): boolean {
  const megabytes = parseMemory(memory) ?? NETLIFY_MEMORY_MB.least
  return megabytes >= NETLIFY_MEMORY_MB.least && megabytes <= NETLIFY_MEMORY_MB.most
}

/** What only Roost reads from a table and what makes the function another one, unless its source says it as well. */
function findUnread(
  { pattern, settings, place }: FunctionTable,
  { functions, show }: CheckInput,
): RuleFinding[] {
  if (place === undefined) return []
  const matching = functions.filter(({ source }) => minimatch(source.name, pattern))
  return UNREAD.filter(
    ({ setting }) => settings[setting] !== undefined && settings[setting] !== false,
  ).flatMap(({ key, effect, isSaid }) => {
    const touched = matching.find((fn) => !isSaid(fn))
    if (touched === undefined) return []
    return [
      {
        code: 'TOML_KEY_UNREAD_ON_NETLIFY' as const,
        message: `${show(place.file)}:${place.line} sets ${key} for "${touched.source.name}", which Netlify does not read: ${effect} there. Set it in the function's config export as well.`,
        functionName: touched.source.name,
        ...place,
      },
    ]
  })
}

const UNREAD: {
  setting: keyof FunctionSettings
  key: string
  effect: string
  isSaid(fn: CheckedFunction): boolean
}[] = [
  {
    setting: 'background',
    key: 'background',
    effect: 'it is invoked and responds like any other function',
    isSaid: ({ source, analysis }) =>
      source.name.endsWith('-background') || analysis?.config.background === true,
  },
  {
    setting: 'timeoutSeconds',
    key: 'timeout',
    effect: "Netlify's own limit counts",
    isSaid: ({ analysis }) => analysis?.config.timeout !== undefined,
  },
]
