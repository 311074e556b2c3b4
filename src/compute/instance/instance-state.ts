/** Which state leads to which is drawn at `Instance`. */
export type InstanceState =
  /** Ends by the ready frame, by exit or by `instanceStartMs`. */
  | 'starting'
  /** No call is open. Takes an assignment once, before its first call. */
  | 'ready'
  /** Calls are open. */
  | 'busy'
  /** Takes nothing new and ends when the last call is settled, or by force after the grace. */
  | 'draining'
  /** The process has exited. Frames and lines that it has left in the sockets are still read, for a moment. */
  | 'ended'
  /** Final: every call and the owner have heard of its end. The process's exit led here, not the end of a pipe. */
  | 'stopped'
