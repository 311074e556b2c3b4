import { RoostError } from '../base/errors/index.ts'
import type { PrebuiltChoice } from '../host/index.ts'

/**
 * `--prebuilt`, `--prebuilt=roost`, `--prebuilt=netlify`. The flag takes a value or none, so `--prebuilt my/project`
 * brings the folder as its value: it is the folder, where no other was given.
 *
 * @throws USAGE
 */
export function readPrebuiltFlag(
  value: true | string | undefined,
  dir: string | undefined,
): { dir: string; prebuilt?: PrebuiltChoice } {
  if (value === undefined) return { dir: dir ?? '.' }
  if (value === true) return { dir: dir ?? '.', prebuilt: 'newest' }
  if (value === 'roost' || value === 'netlify') return { dir: dir ?? '.', prebuilt: value }
  if (dir === undefined) return { dir: value, prebuilt: 'newest' }
  throw new RoostError('USAGE', `--prebuilt is "${value}", expected "roost" or "netlify".`, {
    hint: '--prebuilt alone serves the newer of the two builds.',
  })
}
