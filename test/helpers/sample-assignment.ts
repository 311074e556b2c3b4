import type { Assignment } from '../../src/compute/protocol/index.ts'

/** What an instance is told of its function: one in the web format that streams, unless `own` says otherwise. */
export function sampleAssignment(
  own: Partial<Assignment> & Pick<Assignment, 'entryPath' | 'rootPath'>,
): Assignment {
  return {
    functionName: 'hello',
    format: 'web',
    env: {},
    routes: [],
    constantHeaders: [],
    invocationMode: 'streaming',
    maxBufferedResponseBytes: 6 * 1024 * 1024,
    memoryMb: 1024,
    abortOnDisconnect: false,
    mode: 'production',
    extras: {},
    ...own,
  }
}
