// `npm run docs`: writes the reference pages that are tables in the source, so that page and program cannot differ.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ErrorEntry, REGISTRY } from '../src/base/errors/index.ts'
import { formatBytes, MIB } from '../src/base/lib/index.ts'
import {
  LIMITS,
  nameFlag,
  SETTINGS,
  type SettingName,
  type SettingRow,
  toKey,
  toVariable,
} from '../src/base/settings/index.ts'
import { TOML_SCHEMA, WARNINGS, type WarningEntry } from '../src/builder/project/index.ts'
import { formatMarkdown } from './markdown.ts'

const HARM = { both: 'on Netlify and here', netlify: 'on Netlify', here: 'here' }

/** Page below docs/reference → its text. docs.test.ts compares these with what is in the repository. */
export const PAGES: Record<string, () => string> = {
  'errors.md': () => formatMarkdown(renderErrors(REGISTRY)),
  'findings.md': () => formatMarkdown(renderFindings(WARNINGS)),
  'limits.md': () => formatMarkdown(renderLimits(LIMITS)),
  'settings.md': () => formatMarkdown(renderSettings(SETTINGS)),
  'netlify-toml.schema.json': () => renderJson(TOML_SCHEMA),
}

export function pagePath(name: string): string {
  return fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url))
}

if (import.meta.main) {
  for (const [name, render] of Object.entries(PAGES)) {
    writeFileSync(pagePath(name), render())
    console.log(`docs/reference/${name}`)
  }
}

function renderErrors(registry: Record<string, ErrorEntry>): string {
  const sections = Object.entries(registry).map(
    ([code, { status, when, fix }]) => `## ${code}

${when}

${isAnswered(code, status) ? `Response: HTTP ${status}. ` : ''}What to do: ${lowerFirst(fix)}
`,
  )
  return `# Errors

<!-- Written by \`npm run docs\` from src/base/errors/registry.ts: change it there. -->

Every failure of Roost has a code. A response made by Roost itself contains the code in the header \`x-roost-error\`. The header
\`x-nf-request-id\` beside it finds the line in the log. A command prints the code in front of its message and exits with 1, or with 2 after
wrong usage. This page does not list what user code throws: the function's log has it, and the response has the code \`FUNCTION_FAILED\`.

${sections.join('\n')}`
}

/** 500 stands for "never answers a request", except where Roost itself failed. */
function isAnswered(code: string, status: number): boolean {
  return status !== 500 || code === 'INTERNAL'
}

function lowerFirst(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? sentence[0]!.toLowerCase() + sentence.slice(1) : sentence
}

function renderFindings(warnings: Record<string, WarningEntry>): string {
  const rows = Object.entries(warnings).map(
    ([code, { where, when, fix }]) => `| \`${code}\` | ${HARM[where]} | ${when} | ${fix} |\n`,
  )
  return `# Findings

<!-- Written by \`npm run docs\` from src/builder/project/warning-codes.ts: change it there. -->

This page lists what \`roost check\` finds. \`roost serve\` and \`roost build\` report some of these as warnings and continue. The second column says where a finding
does harm. Everything that fails a build is a finding as well, under [its error's code](errors.md). [Check a project](../guide/check.md) says
how to use the command.

| Code | Harm | What was found | What to do |
|---|---|---|---|
${rows.join('')}`
}

interface LimitRow {
  value: number
  what: string
  code: string | null
  shown?: string
}

function renderLimits(limits: Record<string, LimitRow>): string {
  const rows = Object.entries(limits).map(([name, { value, what, code, shown }]) => {
    const link = code === null ? '' : `[${code}](errors.md#${code.toLowerCase()})`
    return `| \`${name}\` | ${shown ?? formatLimit(name, value)} | ${what} | ${link} |\n`
  })
  return `# Limits

<!-- Written by \`npm run docs\` from src/base/settings/limits.ts: change it there. -->

Nothing in Roost waits forever or grows without bound. KB and MB are 1024 and 1024² bytes. The last column is the code
of the response, or of the log line, when the limit is reached.

Set a limit with a variable of Roost's own environment, \`ROOST_SYNC_TIMEOUT_MS=30000\`, or in the file given with \`--config\`:
\`sync_timeout_ms = 30000\` under \`[limits]\`. Values are whole numbers in the unit at the end of the name.

| Limit | Default | What is limited | Code |
|---|---|---|---|
${rows.join('')}`
}

function renderSettings(settings: Record<string, SettingRow>): string {
  const rows = Object.entries(settings).map(([name, row]) => {
    const { kind, what, more, short, isWithoutFlag } = row
    const flag = [
      nameFlag(name as SettingName),
      ...(kind.argument === undefined ? [] : [kind.argument]),
    ].join(' ')
    const flags = [...(short === undefined ? [] : [short]), flag].map((each) => `\`${escapeCell(each)}\``)
    const text = more === undefined ? what : `${what} ${more}`
    const cells = [
      `\`${toKey(name)}\``,
      isWithoutFlag ? '' : flags.join(', '),
      `\`${toVariable(name)}\``,
      describeDefault(row),
      text,
    ]
    return `| ${cells.join(' | ')} |\n`
  })
  return `# Settings

<!-- Written by \`npm run docs\` from src/base/settings/table.ts: change it there. -->

What an operator decides about one server. Each setting is a key of \`roost.toml\` in the project, or of the file that \`--config\` names; a variable of
Roost's own environment; and, unless the column is empty, a flag of \`roost serve\`. A flag wins over a variable, a variable over the file. A path in the
file is relative to the file. Bounds of time and size are settings too: [limits](limits.md). The other flags of the command are in
[the guide](../guide/serve.md).

| Key | Flag | Variable | Default | What |
|---|---|---|---|---|
${rows.join('')}`
}

function describeDefault({ kind, value, shown }: SettingRow): string {
  if (shown !== undefined) return shown
  if (kind.argument === undefined) return value === true ? 'on' : 'off'
  return value === undefined ? 'none' : `\`${value}\``
}

/** A line between alternatives is none between cells. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** The unit is the end of the name: `syncTimeoutMs`, `requestBodyBytes`, `memoryMb`, `logBytesPerSecond`. */
function formatLimit(name: string, value: number): string {
  if (name.endsWith('Ms')) return value >= 120_000 ? `${value / 60_000} min` : `${value / 1000} s`
  if (name.endsWith('BytesPerSecond')) return `${formatBytes(value)}/s`
  if (name.endsWith('Bytes')) return formatBytes(value)
  if (name.endsWith('Mb')) return formatBytes(value * MIB)
  return String(value)
}

/** JSON as the formatter wants it: a list of plain values stands on one line when it fits. */
function renderJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, items: string) => `[${items.replace(/\n\s*/g, ' ')}]`)}\n`
}
