import { isFunctionRuntime, parseNodeMajor } from '../project/index.ts'
import type { SourceAnalysis } from './analysis.ts'
import type { Report } from './report.ts'

export const DEFAULT_NODE_MAJOR = 24

/**
 * Netlify's name of the runtime for a version as it was written (build.md §12): nothing where the platform decides.
 * Web-format functions with no version, or one too old for them, get the default.
 */
export function toRuntimeVersion(version: string | undefined, runtimeApi: 1 | 2): string | undefined {
  const major = parseNodeMajor(version)
  if (major === undefined || major < 18) return runtimeApi === 2 ? `nodejs${DEFAULT_NODE_MAJOR}.x` : undefined
  return isFunctionRuntime(major) ? `nodejs${major}.x` : undefined
}

/** A function that asks for a Node that there is not runs on the default: Netlify does not say so. */
export function warnOfNodeVersion({ config, places }: SourceAnalysis, report: Report): void {
  if (config.nodeVersion === undefined) return
  const major = parseNodeMajor(config.nodeVersion)
  if (major === undefined || !isFunctionRuntime(major))
    report.warn(
      'NODE_VERSION_UNKNOWN',
      places.nodeVersion,
      `asks for Node "${config.nodeVersion}", which functions cannot run on: the default is used`,
    )
}
