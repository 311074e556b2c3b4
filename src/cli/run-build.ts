import { relative, resolve } from 'node:path'
import { NO_RULES } from '../artifact/rules/index.ts'
import { formatBytes, formatNames } from '../base/lib/index.ts'
import { describeUnknownVariables, parseSettings } from '../base/settings/index.ts'
// Not the whole of build/: what bundles is loaded in the build's own process only.
import { runBuild } from '../builder/child/index.ts'
import type { BuildResult } from '../builder/pipeline/index.ts'
import { EXIT } from './exit-codes.ts'
import { print } from './output.ts'
import { createTextReport } from './report.ts'
import { pickSettingFlags, type SettingFlags } from './setting-flags.ts'
import { formatTable } from './table.ts'

export interface BuildFlags {
  out?: string
  allowBroken?: boolean
  context?: SettingFlags['context']
  allowOutsideLinks?: boolean
  json?: boolean
}

/** Runs `roost build`. What is left out with --allow-broken is reported and makes no failure. */
export async function runBuildCommand(dir: string, flags: BuildFlags): Promise<void> {
  const report = createTextReport(dir)
  const { allowOutsideLinks, context } = parseSettings({ flags: pickSettingFlags(flags), env: process.env })
  for (const message of describeUnknownVariables(process.env))
    report.warning({ code: 'SETTING_UNKNOWN', message })
  const startedMs = performance.now()
  const result = await runBuild({
    dir,
    ...(flags.out !== undefined && { outDir: resolve(flags.out) }),
    context,
    allowBroken: flags.allowBroken ?? false,
    allowOutsideLinks,
  })
  const tookMs = Math.round(performance.now() - startedMs)
  if (flags.json) {
    print(`${JSON.stringify(toJson(result, tookMs))}\n`)
  } else {
    for (const warning of result.warnings) report.warning(warning)
    for (const error of result.errors) report.error(error)
    print(formatFunctions(result))
    const folder = relative(process.cwd(), result.artifactDir) || '.'
    report.note(`Built ${describe(result)} into ${folder} in ${tookMs} ms.`)
  }
  process.exitCode = EXIT.ok
}

function formatFunctions({ functions }: BuildResult): string {
  return formatTable(
    ['function', 'route', 'format', 'size', 'time'],
    functions.map((fn) => [
      fn.name,
      fn.routes.join(' '),
      fn.format,
      formatBytes(fn.bytes),
      fn.cached ? 'unchanged' : `${Math.round(fn.durationMs)} ms`,
    ]),
  )
}

/** `3 functions`; with rules `3 functions, 12 redirects, 1 header rule`. */
function describe({ functions, manifest: { rules = NO_RULES } }: BuildResult): string {
  const counts = [count(functions.length, 'function')]
  if (rules.redirects.length > 0) counts.push(count(rules.redirects.length, 'redirect'))
  if (rules.headers.length > 0) counts.push(count(rules.headers.length, 'header rule'))
  return formatNames(counts)
}

function toJson(result: BuildResult, tookMs: number): unknown {
  return {
    artifactDir: result.artifactDir,
    durationMs: tookMs,
    functions: result.functions,
    rules: result.manifest.rules,
    warnings: result.warnings,
    errors: result.errors.map(({ code, message, hint, details }) => ({ code, message, hint, details })),
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
