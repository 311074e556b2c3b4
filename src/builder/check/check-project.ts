import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { ManifestFunction } from '../../artifact/manifest/index.ts'
import { isRoostError, type RoostError, RoostErrors } from '../../base/errors/index.ts'
import { CHECK_FOLDER } from '../../base/lib/index.ts'
import { runBuild } from '../child/index.ts'
import type { BuildOptions, BuildResult } from '../pipeline/index.ts'
import { type Project, readProject, refuseEmptyProject, WARNINGS } from '../project/index.ts'
import type { Finding, RuleFinding } from './finding.ts'
import { readCheckInput } from './read-input.ts'
import { RULES } from './rules/index.ts'

export interface CheckOptions {
  /** The project's folder. */
  dir: string
  /** Deploy context whose configuration counts; default `production`. */
  context?: string
  /** Variables that functions are given here, as far as somebody says: `--env-file`. */
  variables?: Readonly<Record<string, string>>
  /** Links may lead out of the repository (D133). */
  allowOutsideLinks?: boolean
}

export interface CheckResult {
  /** By file and line. */
  findings: Finding[]
  /** How many functions were looked at. */
  functions: number
  /** What was built to look at, for whoever has more to say of it; absent when the configuration is wrong. */
  built?: { project: Project; functions: readonly ManifestFunction[] }
}

/**
 * Looks for what would break on Netlify or here: what a build refuses, what it warns about, what works here and not
 * there, and what the rules find in sources and finished bundles. It builds into `.netlify/roost/check`, so that the
 * last build stays as it is.
 *
 * @param build the builder; a child process of its own unless a test brings another.
 * @throws PROJECT_NOT_FOUND, BUILD_CRASHED: then nothing was checked.
 */
export async function checkProject(
  { dir, context = 'production', variables, allowOutsideLinks = false }: CheckOptions,
  build: (options: BuildOptions) => Promise<BuildResult> = runBuild,
): Promise<CheckResult> {
  try {
    const env = variables && { env: { ...variables } }
    // As a build does: bundles name files by their real paths.
    const root = await realpath(dir).catch(() => dir)
    const files = await readProject(root, { context, allowOutsideLinks, ...env })
    const { project } = files
    await refuseEmptyProject(project)
    const outDir = join(project.root, CHECK_FOLDER)
    const result = await build({ dir: root, project, outDir, allowBroken: true })
    const input = await readCheckInput(files, result, variables)
    const notes = input.functions.flatMap(({ analysis }) => analysis?.notes ?? [])
    const ruled = (await Promise.all(RULES.map((rule) => rule(input)))).flat()
    const findings = [...result.warnings, ...notes, ...ruled].map(withWhere)
    return {
      findings: sort([...result.errors.map(toFinding), ...findings]),
      functions:
        input.functions.length + new Set(result.errors.map(({ details }) => details.functionName)).size,
      built: { project, functions: input.functions.map(({ manifest }) => manifest) },
    }
  } catch (error) {
    const errors = error instanceof RoostErrors ? error.errors : isRoostError(error) ? [error] : []
    // A configuration that is wrong is found like anything else, though nothing can be said of the rest then.
    if (errors.length === 0 || !errors.every(({ details }) => typeof details.file === 'string')) throw error
    return { findings: sort(errors.map(toFinding)), functions: 0 }
  }
}

function withWhere(finding: RuleFinding): Finding {
  return { ...finding, where: finding.where ?? WARNINGS[finding.code].where }
}

/** What a build refuses; a pattern that our matcher does not run is refused by nobody else (D23). */
function toFinding({ code, message, hint, details }: RoostError): Finding {
  const { functionName, file, line, column } = details
  return {
    code,
    where: code === 'FUNCTION_PATH_UNSAFE' ? 'here' : 'both',
    message: hint === undefined ? message : `${message} ${hint}`,
    ...(typeof functionName === 'string' && { functionName }),
    ...(typeof file === 'string' && { file }),
    ...(typeof line === 'number' && { line }),
    ...(typeof column === 'number' && { column }),
  }
}

function sort(findings: Finding[]): Finding[] {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return findings.toSorted(
    (a, b) =>
      compare(a.file ?? '', b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || compare(a.message, b.message),
  )
}
