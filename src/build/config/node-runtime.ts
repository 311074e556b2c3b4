/** Runtimes that Netlify has (build.md §12), and 26 as in decision 16. */
const RUNTIMES = [18, 20, 22, 24, 26]

export const DEFAULT_NODE_MAJOR = 24

/** The major of `22`, `v22.1`, `22.x`, `nodejs22.x`, `node22`; undefined when there is no version in the text. */
export function parseNodeMajor(version: string | undefined): number | undefined {
  const digits = /(\d+)/.exec(version ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/**
 * Netlify's name of the runtime for a version as it was written (build.md §12): nothing where the platform decides.
 * Web-format functions with no version, or one too old for them, get the default.
 */
export function toRuntimeVersion(version: string | undefined, runtimeApi: 1 | 2): string | undefined {
  const major = parseNodeMajor(version)
  if (major === undefined || major < 18) return runtimeApi === 2 ? `nodejs${DEFAULT_NODE_MAJOR}.x` : undefined
  return RUNTIMES.includes(major) ? `nodejs${major}.x` : undefined
}
