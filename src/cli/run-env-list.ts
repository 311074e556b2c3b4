import { realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import { parseEnvFile, parseSettings } from '../base/settings/index.ts'
import { readProject, refuseEmptyProject, requireFolder } from '../builder/project/index.ts'
import { type ListedVariable, listVariables, readGivenVariables, type VariableOrigin } from '../host/index.ts'
import { EXIT } from './exit-codes.ts'
import { print } from './output.ts'
import { say } from './print.ts'
import { pickSettingFlags, type SettingFlags } from './setting-flags.ts'
import { readSettingsFile } from './settings-file.ts'
import { formatTable } from './table.ts'

export interface EnvListFlags extends Pick<SettingFlags, 'context' | 'url'> {
  origin?: boolean
  envFile: string[]
  env: string[]
  config?: string
  plain?: boolean
  json?: boolean
}

/** Runs `roost env:list`. People do not see the values that were given: somebody may look over their shoulder (D59). */
export async function runEnvList(dir: string, flags: EnvListFlags): Promise<void> {
  await requireFolder(dir)
  const file = await readSettingsFile(dir, flags.config)
  const settings = parseSettings({
    flags: pickSettingFlags(flags),
    env: process.env,
    ...(file && { file }),
  })
  const given = await readGivenVariables(flags.envFile, flags.env, process.env)
  const files = await readProject(await realpath(dir), { context: settings.context })
  await refuseEmptyProject(files.project)
  const all = await listVariables({ dir, files, given, url: settings.url })
  const seen = all.filter(({ origin }) => origin.kind !== 'toml')
  if (flags.json) print(`${JSON.stringify(toJson(flags.origin ? all : seen, flags))}\n`)
  else if (flags.plain) for (const variable of seen.filter(isGiven)) print(formatLine(variable))
  else {
    print(formatPeople(flags.origin ? all : seen, dir, flags))
    const unseen = all.filter(({ origin }) => origin.kind === 'toml').map(({ name }) => name)
    if (unseen.length > 0 && !flags.origin)
      say(`netlify.toml sets variables for builds, which functions do not see: ${unseen.join(', ')}.`)
  }
  process.exitCode = EXIT.ok
}

function isGiven({ origin }: ListedVariable): boolean {
  return origin.kind === 'file' || origin.kind === 'flag' || origin.kind === 'host'
}

/** `null`: a value that is another one for each function or instance, or that no function sees. */
function toJson(variables: readonly ListedVariable[], { origin: withOrigin }: EnvListFlags): unknown {
  if (!withOrigin) return Object.fromEntries(variables.map(({ name, value = null }) => [name, value]))
  return variables.map(({ name, value = null, origin }) => ({ name, value, origin }))
}

function formatPeople(
  variables: readonly ListedVariable[],
  dir: string,
  { origin: withOrigin }: EnvListFlags,
): string {
  const columns = ['variable', 'value', ...(withOrigin ? ['origin'] : [])]
  return formatTable(
    columns,
    variables.map((variable) => [
      variable.name,
      showValue(variable),
      ...(withOrigin ? [describeOrigin(variable.origin, dir)] : []),
    ]),
  )
}

function showValue(variable: ListedVariable): string {
  const { origin, value, name } = variable
  if (isGiven(variable)) return '****'
  if (origin.kind === 'secret') return '**** (of each instance)'
  if (origin.kind === 'toml') return '(not seen)'
  return value ?? (name === 'URL' ? '(where it listens)' : '(of each function)')
}

function describeOrigin(origin: VariableOrigin, dir: string): string {
  switch (origin.kind) {
    case 'file':
      return `--env-file ${origin.file}:${origin.line}`
    case 'flag':
      return '--env NAME=VALUE'
    case 'host':
      return "--env NAME, of this shell's environment"
    case 'roost':
      return 'Roost'
    case 'secret':
      return 'Roost, for functions that reach the network'
    case 'toml':
      return `${relative(dir, origin.file)}:${origin.line}, for builds only`
  }
}

/** A line that `--env-file` reads as this value; empty where none does. */
function formatLine({ name, value = '' }: ListedVariable): string {
  const quotes = /^[\w./:@%+,=-]*$/.test(value) ? [''] : ["'", '`', '"']
  const line = quotes
    .map((quote) => `${name}=${quote}${value}${quote}\n`)
    .find((text) => readsAs(text, name, value))
  if (line === undefined) say(`${name} is left out: no line of an --env-file can hold its value.`)
  return line ?? ''
}

function readsAs(text: string, name: string, value: string): boolean {
  try {
    const { values } = parseEnvFile(text, name)
    return values[name] === value && Object.keys(values).length === 1
  } catch {
    return false // It is not a line.
  }
}
