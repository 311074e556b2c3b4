import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { analyseSource, toRuntimeVersion } from '../../../src/builder/config/index.ts'
import { findProject } from '../../../src/builder/project/index.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { type Reading, readFunction, readSource } from '../../helpers/project-reading.ts'

// build.md §7 (rate limits), §9 (invocation mode), §12 (Node).

const V2 = 'export default () => new Response()'

/** A web-format function with this config. */
const web = (config: string, options?: { extension?: string; toml?: string }): Promise<Reading> =>
  readSource(`${V2}\nexport const config = ${config}`, options)

describe('§7 rate limits', () => {
  const rule = async (rateLimit: string) => (await web(`{ rateLimit: ${rateLimit} }`)).config.trafficRules

  it('case 68: a list of aggregators', async () => {
    expect(await rule('{ windowLimit: 60, windowSize: 50, aggregateBy: ["ip", "domain"], odd: 1 }')).toEqual({
      action: {
        type: 'rate_limit',
        config: {
          rateLimitConfig: { windowLimit: 60, windowSize: 50, algorithm: 'sliding_window' },
          aggregate: { keys: [{ type: 'ip' }, { type: 'domain' }] },
        },
      },
    })
  })

  it('case 69: rewrite, and where to', async () => {
    expect(await rule('{ windowLimit: 200, windowSize: 20, action: "rewrite", to: "/busy" }')).toEqual({
      action: {
        type: 'rewrite',
        config: {
          to: '/busy',
          rateLimitConfig: { windowLimit: 200, windowSize: 20, algorithm: 'sliding_window' },
          aggregate: { keys: [{ type: 'domain' }] },
        },
      },
    })
  })

  it('X10, -> a single aggregator is honoured', async () => {
    const rules = await rule('{ windowLimit: 1, windowSize: 1, aggregateBy: "ip" }')
    expect(rules?.action.config.aggregate.keys).toEqual([{ type: 'ip' }])
  })

  it.each([
    '{ windowSize: 50 }',
    '{ windowLimit: 1, windowSize: 1, aggregateBy: "user" }',
    '{ windowLimit: 1, windowSize: 0 }',
  ])('%s: the whole rule does not count, and it is said', async (rateLimit) => {
    const { config, warnings } = await web(`{ rateLimit: ${rateLimit} }`)
    expect(config.trafficRules).toBeUndefined()
    expect(warnings).toEqual(['CONFIG_VALUE_IGNORED'])
  })
})

describe('§9 invocation mode', () => {
  it.each([
    ['web format', V2, '', 'stream'],
    ['Lambda format', 'export const handler = 1', '', undefined],
    ['background: true', `${V2}; export const config = { background: true }`, '', 'background'],
    [
      'X18: netlify.toml says yes, the source no',
      `${V2}; export const config = { background: false }`,
      'background = true',
      'stream',
    ],
    ['netlify.toml alone', V2, 'background = true', 'background'],
  ])('%s', async (_case, source, toml, mode) => {
    expect((await readSource(source, { toml: `[functions.fn]\n${toml}` })).config.invocationMode).toBe(mode)
  })

  it('X18: the suffix wins over `background: false`', async () => {
    const files = {
      'netlify/functions/x-background.mjs': `${V2}; export const config = { background: false }`,
    }
    expect((await readFunction(files, 'x-background')).config.invocationMode).toBe('background')
  })

  it('runtime.md case 167: background and schedule come from the source', async () => {
    expect((await web('{ background: true }')).config.invocationMode).toBe('background')
    expect((await web('{ background: "true" }')).config.invocationMode).toBe('stream')
    expect((await web('{ schedule: "@daily" }')).config.schedule).toBe('@daily')
  })

  it.each([
    [
      'case 73: CommonJS',
      'const { stream } = require("@netlify/functions"); exports.handler = stream(async () => {})',
    ],
    ['renamed', 'import { stream as s } from "@netlify/functions"; export const handler = s(async () => {})'],
  ])('%s: the stream helper', async (_case, source) => {
    expect((await readSource(source, { extension: 'js' })).config).toMatchObject({
      runtimeApi: 1,
      invocationMode: 'stream',
    })
  })

  it('D15d: the stream helper of roost-functions counts here, not on Netlify', async () => {
    const source = 'import { stream } from "roost-functions"; export const handler = stream(async () => {})'
    const { config, notes } = await readSource(source)
    expect(config.invocationMode).toBe('stream')
    expect(notes).toEqual(['HELPER_UNSEEN_ON_NETLIFY'])
  })

  it('the stream helper of another package does not count', async () => {
    const { config } = await readSource(
      'import { stream } from "x"; export const handler = stream(async () => {})',
    )
    expect(config.invocationMode).toBeUndefined()
  })
})

describe('§12 Node version', () => {
  it.each([
    ['case 79', '16.0.0', 2, 'nodejs24.x'],
    ['case 79', 'invalid', 2, 'nodejs24.x'],
    ['case 79', undefined, 2, 'nodejs24.x'],
    ['case 79', '19.0.0', 2, undefined],
    ['case 80', 'nodejs16.x', 1, undefined],
    ['case 80', undefined, 1, undefined],
    ['case 80', '22.1', 1, 'nodejs22.x'],
    ['case 80', 'v20.x', 1, 'nodejs20.x'],
    ['§12', 'node18', 2, 'nodejs18.x'],
    ['§12', '99', 1, undefined],
    ['D16', '26', 2, 'nodejs26.x'],
  ] as const)('%s: %s, API %d is %s', (_case, version, api, runtime) => {
    expect(toRuntimeVersion(version, api)).toBe(runtime)
  })

  it('case 81: the source says', async () => {
    expect((await web('{ nodeVersion: "20" }')).config).toMatchObject({
      nodeVersion: '20',
      runtimeVersion: 'nodejs20.x',
    })
  })

  it('one that there is not is said', async () => {
    expect((await web('{ nodeVersion: "19" }')).warnings).toEqual(['NODE_VERSION_UNKNOWN'])
  })

  it.each([
    ['.nvmrc', { '.nvmrc': 'v20.11.0\n' }, '20.11.0'],
    ['a name in .nvmrc', { '.nvmrc': 'lts/jod' }, '22'],
    ['.node-version', { '.node-version': '18' }, '18'],
    ['.nvmrc before .node-version', { '.nvmrc': '20', '.node-version': '18' }, '20'],
    [
      'NODE_VERSION of netlify.toml before both',
      { '.nvmrc': '20', 'netlify.toml': '[build.environment]\nNODE_VERSION = "22"' },
      '22',
    ],
  ])('the project says, by %s', async (_case, files, version) => {
    const project = await findProject(await writeProject(files))
    expect(project.nodeVersion?.replace(/^v/, '')).toBe(version)
    expect(project.warnings).toEqual([])
  })

  it('AWS_LAMBDA_JS_RUNTIME goes before all of them', async () => {
    const dir = await writeProject({ '.nvmrc': '20' })
    const project = await findProject(dir, { env: { AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' } })
    expect(project).toMatchObject({ nodeVersion: 'nodejs22.x', nodeVersionFrom: 'AWS_LAMBDA_JS_RUNTIME' })
  })

  it.each(['lts/*', '# a comment\n\nlts/*\n'])(
    'the newest with long-term support is the default: %j',
    async (text) => {
      const project = await findProject(await writeProject({ '.nvmrc': text }))
      expect([project.nodeVersion, project.warnings]).toEqual([undefined, []])
    },
  )

  it.each([
    ['.nvmrc', '>=18 <21', '20'],
    ['.node-version', '^18 || ^22', '22'],
    ['.nvmrc', 'lts/-1', '22'],
  ])('a range is read: %s with %s', async (name, text, version) => {
    const project = await findProject(await writeProject({ [name]: text }))
    expect([project.nodeVersion, project.warnings]).toEqual([version, []])
  })

  it.each([
    ['.nvmrc', 'node', 'another version over time'],
    ['.nvmrc', 'stable', 'another version over time'],
    ['.nvmrc', 'iojs-legacy', 'which functions cannot run on'],
    ['.nvmrc', 'lts/argon', 'which functions cannot run on'],
    ['.node-version', '>=99', 'which functions cannot run on'],
    ['.node-version', '19', 'which functions cannot run on'],
  ])(
    'what is not understood, or means no version, is said with file and line: %s with %s',
    async (name, text, why) => {
      const dir = await writeProject({ [name]: `# ours\n${text}\n` })
      const { warnings } = await findProject(dir)
      expect(warnings).toMatchObject([{ code: 'NODE_VERSION_UNKNOWN', file: join(dir, name), line: 2 }])
      expect(warnings[0]!.message).toContain(`${name}:2 asks for Node "${text}", `)
      expect(warnings[0]!.message).toContain(why)
    },
  )

  it.each([
    ['[build.environment]\nNODE_VERSION = "19"', 2],
    ['[build]\nenvironment = { A = "1", NODE_VERSION = "19" }', 2],
    ['[build.environment]\nNODE_VERSION = "22"\n[context.production.environment]\nNODE_VERSION = "19"', 4],
    ['[context.production.build.environment]\nNODE_VERSION = "19"', 2],
  ])('and with its line where netlify.toml says so: %j', async (toml, line) => {
    const dir = await writeProject({ 'netlify.toml': toml })
    const { warnings } = await findProject(dir)
    const file = join(dir, 'netlify.toml')
    expect(warnings).toMatchObject([{ code: 'NODE_VERSION_UNKNOWN', file, line }])
    expect(warnings[0]!.message).toMatch(
      new RegExp(`^NODE_VERSION in netlify\\.toml:${line} asks for Node "19", `),
    )
  })

  it('package.json does not choose: its engines say what a package can run on', async () => {
    const project = await findProject(
      await writeProject({ 'package.json': '{"engines":{"node":">=18 <21"}}' }),
    )
    expect([project.nodeVersion, project.warnings]).toEqual([undefined, []])
  })
})

describe('what the result is', () => {
  it('plain data, so that it can go to another process', async () => {
    const project = await findProject(await writeProject({ 'netlify.toml': '[functions]\nregion = "fra"' }))
    expect(structuredClone(project)).toEqual(project)
    const { errors: _, ...analysis } = analyseSource({
      text: `${V2}\nexport const config = { path: "/x" }`,
      functionName: 'fn',
      file: '/p/fn.mjs',
      shownAs: 'fn.mjs',
    })
    expect(structuredClone(analysis)).toEqual(analysis)
  })
})
