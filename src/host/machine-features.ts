import type { ManifestFunction } from '../artifact/manifest/index.ts'
import { canHandOver } from '../compute/process/index.ts'
import type { Sandbox } from '../compute/sandbox/index.ts'
import type { OnNote } from './artifact.ts'

/** What this machine has for functions that do not run as most do. */
export interface MachineFeatures {
  /** Nodes beside our own, major → binary. */
  nodes: ReadonlyMap<number, string>
  /**
   * Whether nobody but the host sees the environment of another process. A program finds its variables in the
   * environment it is started with, which any process of the same user can read
   * (docs/security.md#what-each-profile-adds).
   */
  hidesEnvironments: boolean
}

/** One that has our Node alone. */
export const PLAIN_FEATURES: MachineFeatures = { nodes: new Map(), hidesEnvironments: true }

export function hidesEnvironments({ profile }: Pick<Sandbox, 'profile'>): boolean {
  return profile !== 'process'
}

/** A line at start when programs go without the operator's variables (D26). */
export function describeWithheld(
  functions: readonly ManifestFunction[],
  env: Readonly<Record<string, string>>,
  features: MachineFeatures,
): string[] {
  const names = functions.filter((fn) => fn.format === 'native').map((fn) => fn.name)
  if (names.length === 0 || Object.keys(env).length === 0) return []
  if (features.hidesEnvironments) {
    const own = Object.keys(env).filter((name) => !canHandOver(name))
    if (own.length === 0) return []
    return [
      `${own.join(', ')} cannot be given to ${names.join(', ')}: a shell sets variables of these names itself.`,
    ]
  }
  return [
    `The variables of --env and --env-file are not given to ${names.join(', ')}: without a user ID or a pid namespace of its own any function could read them from a program's environment. Install bubblewrap, or start Roost as root.`,
  ]
}

/** The lines of a start on the sandbox. */
export function describeSandbox({ profile, gaps, bounds }: Sandbox, onNote: OnNote): void {
  // The weakest profile is the one thing about a sandbox that everybody has to know.
  if (profile === 'process') onNote(`Not isolated: ${gaps[0]}. --verbose says what else is not prevented.`)
  onNote(
    `Sandbox: ${profile}.${gaps.map((gap) => `\n  Not prevented: ${gap}.`).join('')}\n  ${bounds}.`,
    'detail',
  )
}
