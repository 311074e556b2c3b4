import { describe, expect, it } from 'vitest'
import { analyseSource, type SourceAnalysis } from '../../../src/builder/config/index.ts'
import { readSource } from '../../helpers/project-reading.ts'

// build.md §3: what the source of a main file says, without running it. Pure: source text in, facts out.

function analyse(text: string): SourceAnalysis {
  return analyseSource({ text, functionName: 'fn', file: '/p/fn.ts', shownAs: 'fn.ts' })
}

const apiOf = (text: string): number => analyse(text).runtimeApi
const configOf = (text: string): unknown => analyse(text).config
const codes = (list: readonly { code: string }[]): string[] => list.map(({ code }) => code)

describe('§3.1 web or Lambda format', () => {
  it.each([
    [
      'case 32: default export and `export const handler`',
      'export default () => {}; export const handler = () => {}',
      1,
    ],
    ['case 33: CommonJS default only', 'exports.default = () => {}', 2],
    ['case 33: CommonJS default and handler', 'exports.default = () => {}; exports.handler = () => {}', 1],
    ['case 34: an arrow function as default', 'const handler = () => {}; export { handler as default }', 2],
    ['case 34: a function declaration as default', 'function handler() {} export { handler as default }', 2],
    ['case 34: a constant as default', 'const handler = 1; export { handler as default }', 2],
    ['case 36: a call', 'export default makeHandler()', 2],
    ['a class', 'export default class {}', 2],
    ['default from another file', 'export { default } from "./x"', 2],
    [
      'X5: `export function handler` is not a marker',
      'export default () => {}; export async function handler() {}',
      2,
    ],
    ['X5: nor is a method call', 'export default () => {}; export const handler = a.b()', 2],
    ['a plain call is', 'export default () => {}; export const handler = wrap(() => {})', 1],
    ['`export let handler;`', 'export default () => {}; export let handler;', 1],
    ['a class called handler is none', 'export default () => {}; export class handler {}', 2],
    ['a destructured handler is none', 'export default () => {}; export const { handler } = x', 2],
    ['`export { x as handler }`', 'const x = () => {}; export { x as handler }; export default x', 1],
    ['`export { x as "handler" }`', 'const x = () => {}; export { x as "handler" }; export default x', 1],
    ['the same of an assignment', 'let x; x = 1; export { x as handler }; export default x', 1],
    ['the same of a function', 'function x() {} export { x as handler }; export default x', 1],
    ['the same of an import is none', 'import x from "y"; export { x as handler }; export default x', 2],
    ['the same of a class is none', 'class X {} export { X as handler }; export default X', 2],
    ['a re-exported handler is none', 'export { handler } from "./x"; export default 1', 2],
    ['`module.exports.handler`', 'module.exports.handler = 1; exports.default = 1', 1],
    ['`module.exports = { handler }` is none', 'module.exports = { handler }; exports.default = 1', 2],
    ['a chained CommonJS default', 'exports.default = exports.x = () => {}', 2],
    ['`module.exports.default`', 'module.exports.default = () => {}', 2],
    ['`export { x as "default" }` is not a default', 'const x = 1; export { x as "default" }', 1],
    ['`exports["default"]` is none', 'exports["default"] = 1', 1],
    ['`module.exports = fn` is none', 'module.exports = () => {}', 1],
    ['`export = fn` is none', 'export = fn', 1],
    ['`export *` is none', 'export * from "./x"', 1],
    ['an exported type is not a default', 'interface X {}; export type { X as default }', 1],
    ['nothing at all', '', 1],
  ])('%s', (_case, source, api) => {
    expect(apiOf(source)).toBe(api)
  })

  it.each(['js', 'mjs', 'cjs', 'ts', 'tsx', 'mts', 'cts'])(
    'cases 29–31: a default export is web format whatever the extension (.%s)',
    async (extension) => {
      const { config } = await readSource('export default async () => new Response()', { extension })
      expect(config).toMatchObject({ runtimeApi: 2, invocationMode: 'stream', inputModuleFormat: 'esm' })
    },
  )

  it.each([
    ['export default 1', 'esm'],
    ['import type { X } from "y"', 'esm'],
    ['export {}', 'esm'],
    ['const x = require("y"); import("z")', 'cjs'],
  ])('%s is %s', (source, format) => {
    expect(analyse(source).inputModuleFormat).toBe(format)
  })

  it('says when nothing can be called', () => {
    expect(codes(analyse('export const helper = 1').warnings)).toEqual(['HANDLER_MISSING'])
    expect(analyse('export * from "./x"').warnings).toEqual([])
    expect(analyse('module.exports = fn').warnings).toEqual([])
  })
})

describe('§3 what parses', () => {
  it.each([
    ['a BOM', '\uFEFFexport default 1'],
    ['a hashbang', '#!/usr/bin/env node\nexport default 1'],
    ['import attributes', 'import x from "./x.json" with { type: "json" }; export default x'],
    ['top-level await', 'await 1; export default 1'],
    ['using', 'export default 1; { using x = y }'],
    ['an enum and a namespace', 'enum A { B } namespace N {} export default 1'],
    ['import = require', 'import x = require("x"); export default x'],
    ['a type assertion in angle brackets', 'const x = <any>1; export default x'],
  ])('%s, also on Netlify', (_case, source) => {
    expect(analyse(source)).toMatchObject({ isParsed: true, runtimeApi: 2, notes: [] })
  })

  it.each([
    ['JSX', 'export default () => <p>Hi</p>'],
    ['JSX and types', 'export default (x: string) => <p>{x as any}</p>'],
    ['a decorator', '@decorator class A {} export default A'],
    ['decorators beside angle brackets', '@decorator class A {} const x = <any>1; export default A'],
    ['decorators of parameters', 'class A { constructor(@Inject() x: X) {} } export default A'],
    ['an accessor', 'class A { accessor x = 1 } export default A'],
    ['a duplicate constant', 'const a = 1; const a = 2; export default a'],
  ])('X4: %s is web format here, and Netlify’s other answer is noted', (_case, source) => {
    const analysis = analyse(`export const config = { path: "/x" }\n${source}`)
    expect(analysis).toMatchObject({ isParsed: true, runtimeApi: 2, config: { path: ['/x'] } })
    expect(codes(analysis.notes)).toEqual(['SYNTAX_UNREAD_ON_NETLIFY'])
  })

  it('X4: a .tsx function with JSX has its routes', async () => {
    const source = 'export const config = { path: "/x" }\nexport default () => new Response(render(<p/>))'
    const { config } = await readSource(source, { extension: 'tsx' })
    expect(config).toMatchObject({ runtimeApi: 2, routes: [{ pattern: '/x' }] })
  })

  it('a syntax error is a warning with line and column here; the bundler refuses it', () => {
    const analysis = analyse('export default () => {}\nconst x = = 1')
    expect(analysis).toMatchObject({ isParsed: false, runtimeApi: 1 })
    expect(analysis.warnings).toMatchObject([{ code: 'SOURCE_UNPARSABLE', line: 2, column: 11 }])
  })
})

describe('§3.3 finding `config`', () => {
  const read = { path: ['/x'] }

  it.each([
    ['export const', 'export const config = { path: "/x" }'],
    ['export let', 'export let config = { path: "/x" }'],
    ['in a list of declarations', 'export const a = 1, config = { path: "/x" }'],
    ['with a type', 'export const config: Config = { path: "/x" }'],
    ['in parentheses', 'export const config = ({ path: "/x" })'],
    ['case 37: exported after, with quoted keys', 'const config = { "path": "/x" }; export { config }'],
    ['renamed', 'const c = { path: "/x" }; export { c as config }'],
    ['renamed in quotes', 'const c = { path: "/x" }; export { c as "config" }'],
    ['assigned', 'let config; config = { path: "/y" }; config = { path: "/x" }; export { config }'],
    ['exports.config', 'exports.config = { path: "/x" }'],
    ['module.exports.config', 'module.exports.config = { path: "/x" }'],
    ['TypeScript’s CommonJS output', 'exports.config = void 0; exports.config = { path: "/x" }'],
  ])('%s', (_case, source) => {
    const isCommonJs = source.includes('exports.')
    const analysis = analyse(`${source}\n${isCommonJs ? 'exports.default =' : 'export default'} () => {}`)
    expect(analysis).toMatchObject({ runtimeApi: 2, config: read, unread: [], warnings: [], notes: [] })
  })

  it('case 35: one `var` statement, minified', () => {
    const source =
      'var server_default = () => {}, config = { path: "/x" }; export { server_default as default, config }'
    expect(configOf(source)).toEqual(read)
  })

  it.each([
    ['satisfies', 'export const config = { path: "/x" } satisfies Config'],
    ['as const', 'export const config = { path: "/x" } as const'],
    ['as Config', 'export const config = { path: "/x" } as Config'],
    ['angle brackets', 'export const config = <Config>{ path: "/x" }'],
    ['a trailing !', 'export const config = { path: "/x" }!'],
    ['two at once', 'export const config = { path: "/x" } as const satisfies Config'],
    ['exported after', 'const config = { path: "/x" } satisfies Config; export { config }'],
    ['around a value', 'export const config = { path: "/x" as const }'],
  ])('X1, D15c: through %s it is read, and it is noted that Netlify does not', (_case, source) => {
    const analysis = analyse(`${source}\nexport default () => {}`)
    expect(analysis).toMatchObject({ config: read, warnings: [] })
    expect(codes(analysis.notes)).toEqual(['CONFIG_UNREAD_ON_NETLIFY'])
  })

  it.each([
    ['another variable', 'const base = { path: "/x" }; export const config = base', 'the variable `base`'],
    ['a call', 'export const config = defineConfig({ path: "/x" })', 'the result of a call'],
    ['Object.freeze', 'export const config = Object.freeze({ path: "/x" })', 'the result of a call'],
    ['another module', 'export { config } from "./x"', 'comes from "./x"'],
    ['an import', 'import { config } from "./x"; export { config }', 'comes from "./x"'],
    ['a function', 'export function config() {}', 'a function'],
    ['destructured', 'export const { config } = x', 'destructured'],
    ['a condition', 'export const config = prod ? { path: "/x" } : {}', 'a computed value'],
    ['no value', 'export let config; config = { path: "/x" }', 'no value'],
    ['a property that is a call', 'export default { fetch() {}, config: make() }', 'the result of a call'],
  ])('D15c: %s is not read, and it is said why and where', (_case, source, reason) => {
    const text = source.includes('export default') ? source : `export default () => {}\n${source}`
    const { config, unread, warnings } = analyse(text)
    expect(config).toEqual({})
    expect(unread[0]?.reason).toContain(reason)
    expect(warnings).toMatchObject([
      { code: 'CONFIG_UNREADABLE', file: '/p/fn.ts', line: text.split('\n').length },
    ])
  })

  it('a CommonJS config from a variable is not read, and it is said', () => {
    const analysis = analyse(
      'const config = { path: "/x" }; exports.config = config; exports.default = () => {}',
    )
    expect(analysis.config).toEqual({})
    expect(codes(analysis.warnings)).toEqual(['CONFIG_UNREADABLE'])
  })

  it('what is not at top level does not exist', () => {
    const analysis = analyse('if (x) { exports.config = { path: "/x" } }\nexports.default = () => {}')
    expect(analysis).toMatchObject({ config: {}, warnings: [] })
  })

  it('the last readable declaration wins', () => {
    const source =
      'exports.config = { path: "/y" }; exports.config = { path: "/x" }; exports.default = () => {}'
    expect(configOf(source)).toEqual(read)
  })

  it('one that cannot be read does not matter beside one that can', () => {
    const source = 'exports.config = make(); exports.config = { path: "/x" }; exports.default = () => {}'
    expect(analyse(source)).toMatchObject({ config: read, unread: [], warnings: [] })
  })

  it('§3.3: a Lambda-format function has no config, and it is said', () => {
    const analysis = analyse('export const config = { path: "/x" }; export const handler = () => {}')
    expect(analysis).toMatchObject({ runtimeApi: 1, config: {} })
    expect(codes(analysis.warnings)).toEqual(['CONFIG_IGNORED'])
  })
})

describe('§3.2 the default export as an object', () => {
  it('case 38: a named config beats the property', () => {
    expect(
      configOf('export const config = { path: "/a" }; export default { config: { path: "/b" } }'),
    ).toEqual({
      path: ['/a'],
    })
  })

  it('case 39: also when it is empty', () => {
    expect(configOf('export const config = {}; export default { config: { path: "/b" } }')).toEqual({})
  })

  it('a named config that cannot be read counts as absent: the property is used', () => {
    const { config, warnings } = analyse(
      'export const config = make(); export default { config: { path: "/b" } }',
    )
    expect(config).toEqual({ path: ['/b'] })
    expect(codes(warnings)).toEqual(['CONFIG_UNREADABLE'])
  })

  it.each([
    'export default { fetch() {}, config: { path: "/x" } }',
    'export default { fetch() {}, "config": { path: "/x" } }',
    'export default { fetch() {}, config: { path: "/x" } } satisfies X',
    'export default { fetch() {}, config: { path: "/x" } } as X',
    'export default <X>{ fetch() {}, config: { path: "/x" } }',
    'export default ({ fetch() {}, config: { path: "/x" } })',
    'const app = { fetch() {}, config: { path: "/x" } } satisfies X; export default app',
    'const app = { fetch() {}, config: { path: "/x" } }; export { app as default }',
    'exports.default = { fetch() {}, config: { path: "/x" } }',
  ])('case 40: %s', (source) => {
    expect(analyse(source)).toMatchObject({
      runtimeApi: 2,
      config: { path: ['/x'] },
      eventSubscriptions: ['fetch'],
    })
  })

  it('case 41: a config that is a string is not a config', () => {
    const analysis = analyse('export default { fetch() {}, config: "/x" }')
    expect(analysis.config).toEqual({})
    expect(codes(analysis.warnings)).toEqual(['CONFIG_UNREADABLE'])
  })

  it('case 42: events in the order of the source, unknown helpers left out', () => {
    const source =
      'export default { async deploySucceeded() {}, helper() {}, fetch: () => {}, toString() {} }'
    expect(analyse(source).eventSubscriptions).toEqual(['deploy_succeeded', 'fetch'])
  })

  it('case 43: events reach the configuration', async () => {
    const { config } = await readSource(
      'export default { fetch() {}, deploySucceeded() {}, userSignup() {} }',
    )
    expect(config.eventSubscriptions).toEqual(['fetch', 'deploy_succeeded', 'identity_signup'])
  })

  it('case 43: every handler has its slug', () => {
    const names = [
      'fetch deployBuilding deploySucceeded deployFailed deployDeleted deployLocked deployUnlocked',
      'formSubmitted userLogin userSignup userValidate userModified userDeleted',
    ]
    const methods = names
      .join(' ')
      .split(' ')
      .map((name) => `${name}() {}`)
    expect(analyse(`export default { ${methods.join(', ')} }`).eventSubscriptions).toEqual([
      'fetch',
      'deploy_building',
      'deploy_succeeded',
      'deploy_failed',
      'deploy_deleted',
      'deploy_locked',
      'deploy_unlocked',
      'submission_created',
      'identity_login',
      'identity_signup',
      'identity_validate',
      'identity_usermodified',
      'identity_userdeleted',
    ])
  })

  it('case 44: a function subscribes to nothing', () => {
    expect(analyse('export default () => {}').eventSubscriptions).toEqual([])
  })

  it('a handler in quotes is not seen, and it is said', () => {
    const analysis = analyse('export default { "fetch"() {} }')
    expect(analysis).toMatchObject({ runtimeApi: 2, eventSubscriptions: [] })
    expect(codes(analysis.warnings)).toEqual(['EVENT_HANDLER_QUOTED'])
  })
})

describe('§3.4 values', () => {
  const values = (literal: string) => analyse(`export default () => {}\nexport const config = ${literal}`)

  it('literals', () => {
    const { config } = values(
      '{ path: ["/a", \'/b\'], timeout: 5, preferStatic: true, background: !1, name: "n" }',
    )
    expect(config).toEqual({
      path: ['/a', '/b'],
      timeout: 5,
      preferStatic: true,
      background: false,
      name: 'n',
    })
  })

  it.each([
    ['X2: a constant', 'P', 'the variable `P`'],
    ['X2: a template literal without substitutions', '`/a`', 'a template literal'],
    ['a member of an enum', 'E.A', 'a property'],
    ['a sum', '"/a" + "/b"', 'a computed value'],
    ['a call', 'f()', 'a call'],
    ['a condition', 'x ? "/a" : "/b"', 'a computed value'],
  ])('%s is not read: no route, and it is said with its line', (_case, value, reason) => {
    const { config, present, warnings } = values(`{\n  path: ${value} }`)
    expect(config).toEqual({})
    expect(present).toEqual(['path'])
    expect(warnings).toMatchObject([{ code: 'CONFIG_VALUE_UNREADABLE', line: 3 }])
    expect(warnings[0]?.message).toContain(reason)
    expect(warnings[0]?.message).toContain('stays at its default URL')
  })

  it('`undefined` is meant: nothing is said', () => {
    expect(values('{ schedule: undefined }')).toMatchObject({
      config: {},
      present: ['schedule'],
      warnings: [],
    })
  })

  it('a minus makes a number unreadable', () => {
    expect(codes(values('{ timeout: -5 }').warnings)).toEqual(['CONFIG_VALUE_UNREADABLE'])
  })

  it('what is spread is lost, the other keys are read', () => {
    const { config, warnings } = values('{ ...base, path: "/x" }')
    expect(config).toEqual({ path: ['/x'] })
    expect(codes(warnings)).toEqual(['CONFIG_VALUE_UNREADABLE'])
  })

  it('a list with something unreadable becomes an empty one', () => {
    const { config, warnings } = values('{ includedFiles: ["a.txt", X] }')
    expect(config).toEqual({})
    expect(codes(warnings)).toEqual(['CONFIG_VALUE_UNREADABLE'])
  })

  it('a quoted key in brackets is read, a variable as key is not taken for its name', () => {
    expect(values('{ ["path"]: "/x" }').config).toEqual({ path: ['/x'] })
    const variable = values('{ [path]: "/x" }')
    expect(variable.config).toEqual({})
    expect(codes(variable.warnings)).toEqual(['CONFIG_VALUE_UNREADABLE'])
  })

  it('the last of equal keys wins; methods and __proto__ are not values', () => {
    expect(values('{ name: "a", name: "b", path() {}, "__proto__": { name: "c" } }').config).toEqual({
      name: 'b',
    })
  })

  it('unknown keys are said, with a suggestion', () => {
    const { warnings } = values('{ paths: "/x", frobnicate: 1 }')
    expect(codes(warnings)).toEqual(['CONFIG_KEY_UNKNOWN', 'CONFIG_KEY_UNKNOWN'])
    expect(warnings[0]?.message).toContain('Did you mean "path"?')
    expect(warnings[1]?.message).not.toContain('Did you mean')
  })
})
