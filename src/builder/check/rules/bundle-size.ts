import { formatBytes, MIB } from '../../../base/lib/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'

/** What AWS Lambda, on which Netlify runs functions, takes of a function's files, unpacked. */
const MOST_BYTES = 250 * MIB

/** Functions that are too large for Netlify. Here only the disk bounds them. */
export function findLargeBundles({ functions }: Pick<CheckInput, 'functions'>): RuleFinding[] {
  return functions
    .filter(({ built }) => built.bytes > MOST_BYTES)
    .map(({ source, built }) => ({
      code: 'BUNDLE_TOO_LARGE',
      message: `The files of "${source.name}" are ${formatBytes(built.bytes)}; a function on Netlify takes ${formatBytes(MOST_BYTES)}. Exclude files with ! patterns in included_files, or split the function.`,
      functionName: source.name,
      file: source.mainFile,
    }))
}
