import type { FunctionVersion } from '../../src/compute/pool/index.ts'
import { sampleAssignment } from './sample-assignment.ts'

/** What the pool knows of a function: small limits, and an assignment for instances that do not look at it. */
export function sampleVersion(
  name: string,
  limits: Partial<FunctionVersion['limits']> = {},
  id = name,
): FunctionVersion {
  return {
    id: `d1/${id}`,
    name,
    deployId: 'd1',
    startEnv: {},
    folder: '/',
    network: 'all',
    assignment: sampleAssignment({ functionName: name, entryPath: '/x', rootPath: '/' }),
    limits: {
      concurrency: 1,
      maxInstances: 8,
      waitingLineLength: 100,
      waitingLineMs: 10_000,
      idleEvictionMs: 60_000,
      memoryMb: 64,
      ...limits,
    },
  }
}
