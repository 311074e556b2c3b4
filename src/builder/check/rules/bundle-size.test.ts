import { expect, it } from 'vitest'
import { MIB } from '../../../base/lib/index.ts'
import type { CheckedFunction } from '../rule.ts'
import { findLargeBundles } from './bundle-size.ts'

/** As much of a function as the rule looks at: a real one of this size would fill the disk. */
function sized(name: string, bytes: number): CheckedFunction {
  return { source: { name, mainFile: `/site/${name}.mts` }, built: { bytes } } as CheckedFunction
}

it('BUNDLE_TOO_LARGE: more than 250 MB, which Netlify does not take', () => {
  const findings = findLargeBundles({ functions: [sized('fits', 250 * MIB), sized('large', 250 * MIB + 1)] })
  expect(findings).toMatchObject([{ code: 'BUNDLE_TOO_LARGE', functionName: 'large' }])
})
