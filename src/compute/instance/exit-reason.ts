/** Why an instance ended. The first reason given wins. */
export type ExitReason =
  /** Nobody called it for `idleEvictionMs`, or another function needed its place. */
  | 'idle'
  /** Its deploy is no longer served. */
  | 'retired'
  /** The host is closing. */
  | 'closing'
  /** An invocation passed its deadline. */
  | 'timeout'
  /** It used more memory than its limit, or V8 gave up. */
  | 'memory'
  /** It broke the protocol. */
  | 'protocol'
  /** It did not say that it is ready in time, or could not be started. */
  | 'start'
  /** User code ended it: `process.exit`, an uncaught error, an empty event loop. */
  | 'exited'
  /** A signal that Roost did not send. */
  | 'signal'

export interface InstanceExit {
  reason: ExitReason
  code: number | null
  signal: NodeJS.Signals | null
}
