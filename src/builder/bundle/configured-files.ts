import type { BuildWarning } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import { addExternalModules } from './external-modules.ts'
import { addIncludedFiles } from './included-files.ts'
import type { FileSet } from './layout.ts'
import type { BundleSession } from './session.ts'

/**
 * Adds what the configuration names, whatever the bundler finds by itself: packages of `external_node_modules`, then the
 * files of `included_files`, whose exclusions count for all.
 */
export async function addConfiguredFiles(
  input: BundleInput,
  set: FileSet,
  session: BundleSession,
): Promise<{ files: string[]; warnings: BuildWarning[] }> {
  const external = await addExternalModules(input, set, session)
  const included = await addIncludedFiles(input, set)
  return {
    files: [...external.files, ...included.files],
    warnings: [...external.warnings, ...included.warnings],
  }
}
