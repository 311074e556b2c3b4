import type { ErrorCode } from '../../base/errors/index.ts'
import type { Call, CallError } from './call.ts'
import type { ExitReason, InstanceExit } from './exit-reason.ts'

/** What a client and the log are told when an instance ends before it has answered (runtime.md §1.4, §1.6). */
export function describeExit(exit: InstanceExit, call: Call): CallError {
  const { code, errorType, text } = DESCRIPTIONS[exit.reason](exit, call)
  return {
    code,
    failure: {
      errorType,
      errorMessage: `RequestId: ${call.requestId} Error: ${text}`,
      trace: [],
      phase: 'process',
    },
    ...(code === 'DRAINING' && { retryAfterSeconds: 1 }),
  }
}

/** The same for a call that ends without a process's end: it timed out, or the host is closing. */
export function describeEnd(reason: 'timeout' | 'closing', call: Call): CallError {
  return describeExit({ reason, code: null, signal: null }, call)
}

interface Description {
  code: ErrorCode
  errorType: string
  text: string
}

const DESCRIPTIONS: Record<ExitReason, (exit: InstanceExit, call: Call) => Description> = {
  timeout: (_exit, call) => ({
    code: 'FUNCTION_TIMEOUT',
    errorType: 'Sandbox.Timedout',
    text: `Task timed out after ${(call.timeoutMs / 1000).toFixed(2)} seconds`,
  }),
  memory: () => ({
    code: 'FUNCTION_OUT_OF_MEMORY',
    errorType: 'Runtime.OutOfMemory',
    text: 'Runtime exited with error: out of memory',
  }),
  protocol: () => ({
    code: 'FUNCTION_PROTOCOL',
    errorType: 'Runtime.ProtocolError',
    text: 'Runtime was ended because it broke the instance protocol',
  }),
  start: () => ({
    code: 'INSTANCE_START_FAILED',
    errorType: 'Runtime.StartFailed',
    text: 'Runtime could not be started',
  }),
  exited: ({ code }) => ({
    code: 'FUNCTION_EXITED',
    errorType: 'Runtime.ExitError',
    text:
      code === 0
        ? 'Runtime exited without providing a reason'
        : `Runtime exited with error: exit status ${code ?? 'unknown'}`,
  }),
  signal: ({ signal }) => ({
    code: 'FUNCTION_EXITED',
    errorType: 'Runtime.ExitError',
    text: `Runtime exited with error: signal: ${SIGNAL_NAMES[String(signal)] ?? signal}`,
  }),
  idle: closing,
  retired: closing,
  closing,
}

/** As AWS writes them. */
const SIGNAL_NAMES: Record<string, string> = {
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGTERM: 'terminated',
}

function closing(): Description {
  return {
    code: 'DRAINING',
    errorType: 'Runtime.ExitError',
    text: 'Runtime was ended because the host is closing',
  }
}
