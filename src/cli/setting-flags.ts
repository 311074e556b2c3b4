import { type Command, Option } from 'commander'
import {
  nameFlag,
  SETTINGS,
  type SettingName,
  type SettingRow,
  type SettingSources,
} from '../base/settings/index.ts'

/** What the command line says of settings, by their names: `{ port: '8080', showTraces: true }`. */
export type SettingFlags = SettingSources['flags']

/** The settings that have a flag, in the order of their table. */
export const FLAGGED = (Object.entries(SETTINGS) as [SettingName, SettingRow][]).filter(
  ([, row]) => row.isWithoutFlag !== true,
)

/** The flags of all settings, in a part of the help of their own. */
export function addSettingFlags(command: Command): Command {
  for (const [name] of FLAGGED)
    command.addOption(
      createSettingOption(name).helpGroup(
        'Settings, also variables (ROOST_PORT) and keys of roost.toml (port):',
      ),
    )
  return command
}

/** The flag of one setting, for a command that takes no others. */
export function createSettingOption(name: SettingName): Option {
  const { kind, short, ...row }: SettingRow = SETTINGS[name]
  const names = [...(short === undefined ? [] : [short]), nameFlag(name)].join(', ')
  const flags = kind.argument === undefined ? names : `${names} ${kind.argument}`
  const help = `${toHelp(row.what)}${describeDefault(row)}`
  return new Option(flags, row.value === true ? `do not ${help}` : help)
}

/** Those flags of a command that are settings. A flag that turns something off is `true` where it is not given. */
export function pickSettingFlags(flags: object): SettingFlags {
  const isGiven = ([name, value]: [string, unknown]): boolean =>
    name in SETTINGS && !(value === true && SETTINGS[name as SettingName].value === true)
  return Object.fromEntries(Object.entries(flags).filter(isGiven)) as SettingFlags
}

/** As help has it: no capital, unless an abbreviation has it (`URL`), and no full stop. */
function toHelp(sentence: string): string {
  return sentence.replace(/^[A-Z](?![A-Z])/, (first) => first.toLowerCase()).replace(/\.$/, '')
}

function describeDefault({ value, shown }: Pick<SettingRow, 'value' | 'shown'>): string {
  if (shown === undefined && (value === undefined || typeof value === 'boolean')) return ''
  return ` (default: ${shown ?? String(value)})`
}
