import type { Artifact } from '../artifact/manifest/index.ts'
import { RoostError, RoostErrors } from '../base/errors/index.ts'
import { type BuildWarning, findEdgeFunctions, type Project } from '../builder/project/index.ts'

/**
 * A guard that is skipped is an open door: a project, or an artifact of one, with edge functions or middleware does not
 * start unless the operator says so, and then the start names them (D54, D127).
 *
 * @throws NOT_OFFERED, or several together as RoostErrors
 */
export async function refuseEdgeFunctions(
  project: Project,
  options: { ignoreEdgeFunctions: boolean; prebuilt?: unknown; onWarning(warning: BuildWarning): void },
  artifact?: Artifact,
): Promise<void> {
  const found: BuildWarning[] =
    artifact === undefined
      ? await findEdgeFunctions(project)
      : listBuiltWith(artifact, await findEdgeFunctions(project))
  if (options.ignoreEdgeFunctions) {
    // Without `prebuilt` the build that follows says the same.
    if (options.prebuilt !== undefined) for (const one of found) options.onWarning(one)
    return
  }
  const errors = found.map(
    ({ message, file }) => new RoostError('NOT_OFFERED', message, { hint: HINT, details: { file } }),
  )
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new RoostErrors(errors)
}

const HINT = 'Where nothing depends on them, start with --ignore-edge-functions.'

/** What a build has noted and the project, which may have come without them, does not show. */
function listBuiltWith({ manifest }: Artifact, shown: readonly BuildWarning[]): BuildWarning[] {
  return (manifest.edgeFunctions ?? [])
    .filter((message) => !shown.some((one) => one.message === message))
    .map((message) => ({ code: 'EDGE_FUNCTIONS_NOT_OFFERED', message: `When this was built: ${message}` }))
}
