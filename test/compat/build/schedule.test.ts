import { describe, expect, it } from 'vitest'
import { readFunction, readSource, refusalsOf } from '../../helpers/project-reading.ts'

// build.md §8: where schedules come from, and which ones are valid.

const V1 = 'exports.handler = async () => ({ statusCode: 200 })'

const schedule = async (source: string, extension = 'js'): Promise<string | undefined> =>
  (await readSource(source, { extension })).config.schedule

describe('the schedule() helper', () => {
  const esm = 'import { schedule } from "@netlify/functions"'
  const cjs = 'const { schedule } = require("@netlify/functions")'

  it.each([
    ['ES module', `${esm}; export const handler = schedule("@daily", () => {})`, 'js'],
    [
      'ES module, renamed',
      'import { schedule as s } from "@netlify/functions"; export const handler = s("@daily", () => {})',
      'js',
    ],
    ['exported after', `${esm}; const handler = schedule("@daily", () => {}); export { handler }`, 'js'],
    [
      'exported after, renamed',
      `${esm}; const h = schedule("@daily", () => {}); export { h as handler }`,
      'js',
    ],
    [
      'assigned, exported after',
      `${esm}; let h; h = schedule("@daily", () => {}); export { h as handler }`,
      'js',
    ],
    ['cron in a constant', `${esm}; const S = "@daily"; export const handler = schedule(S, () => {})`, 'js'],
    ['CommonJS', `${cjs}; exports.handler = schedule("@daily", () => {})`, 'js'],
    ['CommonJS, module.exports', `${cjs}; module.exports.handler = schedule("@daily", () => {})`, 'js'],
    [
      'CommonJS, renamed',
      'const { schedule: s } = require("@netlify/functions"); exports.handler = s("@daily", () => {})',
      'js',
    ],
    [
      'CommonJS, cron in a constant',
      `${cjs}; const S = "@daily"; exports.handler = schedule(S, () => {})`,
      'js',
    ],
    [
      'TypeScript',
      `${esm}; export const handler: Handler = schedule("@daily", async (e: Event) => {})`,
      'ts',
    ],
    [
      'TypeScript, renamed',
      'import { schedule as s, type X } from "@netlify/functions"; export const handler = s("@daily", () => {})',
      'ts',
    ],
    [
      'TypeScript, cron in a constant',
      `${esm}; const S: string = "@daily"; export const handler = schedule(S, f)`,
      'ts',
    ],
  ])('case 70: %s', async (_case, source, extension) => {
    expect(await schedule(source, extension)).toBe('@daily')
  })

  it.each([
    ['case 71: null', `${esm}\nexport const handler = schedule(null, () => {})`],
    ['an empty text', `${esm}\nexport const handler = schedule("", () => {})`],
    ['a template literal', `${esm}\nexport const handler = schedule(\`@daily\`, () => {})`],
    ['imported', `${esm}; import { S } from "./s"\nexport const handler = schedule(S, () => {})`],
    [
      'a constant of a constant',
      `${esm}; const A = "@daily"; const B = A\nexport const handler = schedule(B, () => {})`,
    ],
    ['nothing at all', `${esm}\nexport const handler = schedule()`],
  ])('E4: a cron that cannot be read is refused (%s)', async (_case, source) => {
    const [refusal] = await refusalsOf(schedule(source))
    expect(refusal).toMatchObject({ code: 'SCHEDULE_NOT_FOUND', line: 2 })
    expect(refusal?.message).toContain('the cron expression of function "fn"')
  })

  it.each([
    ['case 72: the handler is something else', `${esm}\nexport const handler = {}`],
    ['wrapped', `${esm}\nexport const handler = wrap(schedule("@daily", () => {}))`],
    [
      'by way of a variable in CommonJS',
      `${cjs}; const h = schedule("@daily", () => {})\nexports.handler = h`,
    ],
  ])('E3: imported without use is refused (%s)', async (_case, source) => {
    const [refusal] = await refusalsOf(schedule(source))
    expect(refusal).toMatchObject({ code: 'SCHEDULE_NOT_FOUND', line: 2 })
    expect(refusal?.message).toContain('imported, but its result is not the exported `handler`')
  })

  it.each([
    ['case 74', 'import { schedule } from "my-lib"; export const handler = schedule("@daily", () => {})'],
    ['case 74', 'const { schedule } = require("my-lib"); exports.handler = schedule("@daily", () => {})'],
    ['a type only', 'import type { schedule } from "@netlify/functions"; export const handler = 1'],
  ])('%s: another schedule is none', async (_case, source) => {
    const { config, warnings } = await readSource(source, { extension: 'ts' })
    expect(config.schedule).toBeUndefined()
    expect(warnings).toEqual([])
  })

  it.each([
    'import * as nf from "@netlify/functions"; export const handler = nf.schedule("@daily", () => {})',
    'const nf = require("@netlify/functions"); exports.handler = nf.schedule("@daily", () => {})',
    'const nf = require("@netlify/functions"); exports.handler = (0, nf.schedule)("@daily", () => {})',
  ])('as a property of its package it is not seen, and that is said: %s', async (source) => {
    const { config, warnings } = await readSource(source, { extension: 'js' })
    expect(config.schedule).toBeUndefined()
    expect(warnings).toEqual(['SCHEDULE_NOT_SEEN'])
  })

  it('D15d: the helper of roost-functions counts here, and the check says that it does not on Netlify', async () => {
    const source =
      'import { schedule } from "roost-functions"; export const handler = schedule("@daily", () => {})'
    const { config, warnings, notes } = await readSource(source, { extension: 'ts' })
    expect(config.schedule).toBe('@daily')
    expect({ warnings, notes }).toEqual({ warnings: [], notes: ['HELPER_UNSEEN_ON_NETLIFY'] })
  })

  it('a web-format function may import it in vain', async () => {
    expect(await schedule(`${esm}; export default () => {}`)).toBeUndefined()
  })
})

describe('layers', () => {
  it('case 75: netlify.toml, for every function', async () => {
    const toml = '[functions]\nschedule = "@daily"'
    expect((await readSource(V1, { toml, extension: 'js' })).config.schedule).toBe('@daily')
  })

  it('the source wins, by config or helper', async () => {
    const toml = '[functions]\nschedule = "@daily"'
    const web = 'export default () => {}; export const config = { schedule: "@hourly" }'
    expect((await readSource(web, { toml })).config.schedule).toBe('@hourly')
    const helper =
      'import { schedule } from "@netlify/functions"; export const handler = schedule("@weekly", f)'
    expect((await readSource(helper, { toml })).config.schedule).toBe('@weekly')
  })

  it('a schedule of the source that cannot be read erases the one of netlify.toml', async () => {
    const source = 'const S = "@daily"; export default () => {}; export const config = { schedule: S }'
    const { config } = await readSource(source, { toml: '[functions.fn]\nschedule = "@hourly"' })
    expect(config.schedule).toBeUndefined()
  })
})

describe('-> the dialect, the same in every layer', () => {
  const layers: [string, (cron: string) => Promise<{ config: { schedule?: string } }>][] = [
    [
      'netlify.toml',
      (cron) => readSource(V1, { toml: `[functions]\nschedule = ${JSON.stringify(cron)}`, extension: 'js' }),
    ],
    [
      'config',
      (cron) => readSource(`export default 1\nexport const config = { schedule: ${JSON.stringify(cron)} }`),
    ],
    [
      'helper',
      (cron) =>
        readSource(
          `import { schedule } from "@netlify/functions"\nexport const handler = schedule(${JSON.stringify(cron)}, f)`,
        ),
    ],
  ]
  const good = [
    '0 8 * * *',
    '*/5 0 8 * * *',
    '* * * *',
    '*',
    '0 0 1 JAN MON-FRI',
    '0 0 * * 7',
    '0 0 L * *',
    '0 0 ? * 1#1',
    '@yearly',
    '@monthly',
    '@weekly',
    '@daily',
    '@hourly',
  ]
  const bad = ['@annually', '@midnight', '@reboot', '@every 5m', '60 * * * *', 'nope', '* * * * * * *']

  for (const [layer, read] of layers) {
    it.each(good)(`${layer}: %s passes`, async (cron) => {
      expect((await read(cron)).config.schedule).toBe(cron)
    })

    it.each(bad)(`${layer}: %s is refused, with its line`, async (cron) => {
      const [refusal] = await refusalsOf(read(cron))
      expect(refusal).toMatchObject({ code: 'SCHEDULE_INVALID', line: 2 })
      expect(refusal?.message).toContain('expected a cron expression: it ')
    })
  }

  it('a function that is read as Go takes the one of netlify.toml', async () => {
    const files = {
      'netlify/functions/go/main.go': '',
      'netlify.toml': '[functions.go]\nschedule = "@hourly"',
    }
    expect((await readFunction(files, 'go')).config.schedule).toBe('@hourly')
  })
})
