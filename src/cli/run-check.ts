import { join } from 'node:path'
import { locateDataDir } from '../base/lib/index.ts'
import { parseSettings } from '../base/settings/index.ts'
import { type CheckResult, checkProject, type Finding } from '../builder/check/index.ts'
import { createNodeStore, findNodeCache, findRegistry } from '../compute/nodes/index.ts'
import { listStartNotes, readFunctionEnv } from '../host/index.ts'
import { EXIT } from './exit-codes.ts'
import { print } from './output.ts'
import { findPage } from './pages.ts'
import { say } from './print.ts'
import { addPlace } from './report.ts'
import { pickSettingFlags, type SettingFlags } from './setting-flags.ts'

export interface CheckFlags {
  context?: SettingFlags['context']
  envFile: string[]
  allowOutsideLinks?: boolean
  json?: boolean
}

const WHERE: Record<Finding['where'], string> = {
  both: 'on Netlify and here',
  netlify: 'on Netlify',
  here: 'here',
}

/** Runs `roost check`: findings on stdout, 3 when there are any. */
export async function runCheck(dir: string, { envFile, json, ...flags }: CheckFlags): Promise<void> {
  // Without a file nobody has said which variables functions get.
  const given = envFile.length > 0 && { variables: await readFunctionEnv(envFile, [], {}) }
  const { allowOutsideLinks, context } = parseSettings({ flags: pickSettingFlags(flags), env: process.env })
  const result = await checkProject({ dir, context, allowOutsideLinks, ...given })
  const { findings, functions } = result
  const notes = listNotes(result, given === false ? {} : given.variables)
  if (json) print(`${JSON.stringify({ findings, functions, notes })}\n`)
  else {
    for (const text of formatFindings(findings, dir)) print(text)
    for (const note of notes) say(`note ${note}`)
    say(summarize(result))
  }
  process.exitCode = result.findings.length > 0 ? EXIT.findings : EXIT.ok
}

/** What a start here would say beyond that; none of it keeps a project from moving. */
function listNotes({ built }: CheckResult, variables: Readonly<Record<string, string>>): string[] {
  if (built === undefined) return []
  const dirs = [join(locateDataDir(built.project.root), 'node'), findNodeCache(process.env)]
  const stores = dirs
    .filter((dir) => dir !== undefined)
    .map((dir) => createNodeStore({ dir, findRegistry: () => findRegistry(process.env) }))
  const releases = stores[0]!.list().map((release) => ({
    ...release,
    path: stores.map((store) => store.find(release.major)).find((path) => path !== undefined),
  }))
  return listStartNotes({ ...built, variables, releases })
}

/** Of one kind so many are shown: a site with thousands of rules has one mistake a thousand times. */
const SHOWN_OF_A_KIND = 20

function formatFindings(findings: readonly Finding[], dir: string): string[] {
  const counts = new Map<string, number>()
  const texts: string[] = []
  for (const finding of findings) {
    const count = (counts.get(finding.code) ?? 0) + 1
    counts.set(finding.code, count)
    if (count <= SHOWN_OF_A_KIND) texts.push(formatFinding(finding, dir))
  }
  for (const [code, count] of counts)
    if (count > SHOWN_OF_A_KIND)
      texts.push(`${code}\n  ${count - SHOWN_OF_A_KIND} more of this kind: roost check --json lists all.\n`)
  return texts
}

function formatFinding(finding: Finding, dir: string): string {
  return `${finding.code}, ${WHERE[finding.where]}\n  ${addPlace(finding, dir)}\n`
}

function summarize({ findings, functions }: CheckResult): string {
  const looked = `${functions} function${functions === 1 ? '' : 's'}`
  if (findings.length === 0) return `Nothing found in ${looked}.`
  return `${findings.length} finding${findings.length === 1 ? '' : 's'} in ${looked}. What each code means: ${findPage('docs/reference/findings.md')}`
}
