import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { RoostErrors } from '../src/base/errors/index.ts'
import {
  LIMITS,
  nameFlag,
  parseSettings,
  SETTINGS,
  type SettingName,
  type SettingRow,
  toKey,
  toVariable,
} from '../src/base/settings/index.ts'
import { COMMANDS } from '../src/cli/main.ts'
import { FLAGGED, pickSettingFlags } from '../src/cli/setting-flags.ts'
import { pagePath } from './docs.ts'

// One table, src/base/settings/table.ts: what is read, what help says and what the page says come from it.

const program = new Command()
for (const add of COMMANDS) add(program)
const serve = program.commands.find((command) => command.name() === 'serve')!
const page = readFileSync(pagePath('settings.md'), 'utf8')

/** For each setting a value that is not its default, as flags and variables are given, and what becomes of it. */
const SAMPLES: Record<SettingName, [given: string, value: unknown]> = {
  port: ['8080', 8080],
  host: ['0.0.0.0', '0.0.0.0'],
  url: ['https://site.example/', 'https://site.example'],
  context: ['staging', 'staging'],
  trustedHops: ['2', 2],
  sandbox: ['process', 'process'],
  showTraces: ['true', true],
  requestLog: ['on', 'on'],
  logLevel: ['debug', 'debug'],
  front: ['node', 'node'],
  adminPort: ['0', 0],
  geoDb: ['/geo.mmdb', '/geo.mmdb'],
  identitySecret: ['secret', 'secret'],
  identitySecretFile: ['/secret', '/secret'],
  identityJwks: ['https://id.example/keys', 'https://id.example/keys'],
  identityUrl: ['https://id.example', 'https://id.example'],
  cache: ['false', false],
  abortOnDisconnect: ['true', true],
  allowOutsideLinks: ['true', true],
  compress: ['false', false],
  proxyAllow: ['api.example, !private', ['api.example', '!private']],
  s3Url: ['https://s3.example/bucket', 'https://s3.example/bucket'],
  s3Region: ['eu-north-1', 'eu-north-1'],
  s3AccessKeyId: ['key', 'key'],
  s3SecretAccessKey: ['secret', 'secret'],
}

describe.each(Object.entries(SETTINGS) as [SettingName, SettingRow][])('the setting %s', (name, row) => {
  const [given, value] = SAMPLES[name]

  it('is read from its variable and from its key in a file', () => {
    expect(value).not.toBe(row.value)
    expect(parseSettings({ flags: {}, env: { [toVariable(name)]: given } })[name]).toEqual(value)
    const file = { path: '/srv/roost.toml', values: { [toKey(name)]: value } }
    expect(parseSettings({ flags: {}, env: {}, file })[name]).toEqual(value)
  })

  it.skipIf(row.isWithoutFlag)('is read from its flag, which `roost help serve` describes', () => {
    const command = new Command().exitOverride()
    const option = serve.options.find(({ long }) => long === nameFlag(name))!
    const words = row.kind.argument === undefined ? [nameFlag(name)] : [nameFlag(name), given]
    const flags = command.addOption(option).parse(words, { from: 'user' }).opts()
    expect(parseSettings({ flags: pickSettingFlags(flags), env: {} })[name]).toEqual(value)
    expect(option.description.toLowerCase()).toContain(row.what.replace(/\.$/, '').toLowerCase())
  })

  it('has a row in docs/reference/settings.md, with every name under which it can be given', () => {
    const line = page.split('\n').find((each) => each.startsWith(`| \`${toKey(name)}\` |`))
    expect(line).toContain(`\`${toVariable(name)}\``)
    expect(line).toContain(row.what)
    expect(line?.includes(`\`${nameFlag(name)}`)).toBe(row.isWithoutFlag !== true)
  })

  it('is meant when its key is misspelt', () => {
    const key = toKey(name)
    const swapped = `${key.slice(0, -2)}${key.at(-1)}${key.at(-2)}`
    const misspelt = swapped === key ? key.slice(0, -1) : swapped
    const file = { path: 'roost.toml', values: { [misspelt]: value } }
    const act = (): unknown => parseSettings({ flags: {}, env: {}, file })
    expect(act).toThrow(RoostErrors)
    expect(act).toThrow(`"${misspelt}" is not a setting. Did you mean "${key}"?`)
  })
})

describe('settings', () => {
  it('keep the capitals of abbreviations in help', () => {
    const words = serve.options.map(({ description }) => description).join('\n')
    expect(words).not.toMatch(/\b[a-z][A-Z]{2}/) // hTTP, uRL
    expect(words).toContain('URL of Identity')
  })

  it('have no flag in help that is not in the table', () => {
    const own = [
      'dir',
      'prebuilt',
      'ignore-edge-functions',
      'allow-broken',
      'env-file',
      'env',
      'data',
      'config',
    ]
    const flags = serve.options.map(({ long }) => long)
    const expected = [...own, 'quiet', 'verbose', 'json'].map((name) => `--${name}`)
    expect(flags).toEqual([...expected, ...FLAGGED.map(([name]) => nameFlag(name))])
  })

  it('have names of their own: no limit is called like one', () => {
    expect(Object.keys(SETTINGS).filter((name) => name in LIMITS)).toEqual([])
  })

  it('that pages name as variables exist', () => {
    const known = new Set([...Object.keys(SETTINGS), ...Object.keys(LIMITS)].map(toVariable))
    const pages = ['README.md', 'docs/guide/serve.md', 'docs/guide/blobs.md', 'docs/guide/production.md']
    const named = pages.flatMap((path) => readFileSync(path, 'utf8').match(/\bROOST_[A-Z0-9_]+/g) ?? [])
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })
})
