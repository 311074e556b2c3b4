import type { ErrorCode } from '../../base/errors/index.ts'
import type { Clock } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { Backlog, BodyBudget } from '../../base/memory/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { Call, FunctionVersion, Pool } from '../../compute/pool/index.ts'
import type { FinishedRequest } from '../../observe/metrics/index.ts'
import type { AnsweredRequest } from '../../observe/requests/index.ts'
import type { ResponseCompression } from '../encoding/index.ts'
import type { FormReader } from '../forms/index.ts'
import type { RateLimiter } from '../limits/index.ts'
import type { RequestProxy } from '../proxy/index.ts'
import type { Site } from './deploy.ts'
import type { RunningCalls } from './running-calls.ts'

/** What every request of a gateway shares. */
export interface GatewayContext {
  findSite(host: string): Site | undefined
  dispatch: Pool['dispatch']
  background(version: FunctionVersion, call: Call): void | Promise<void>
  readonly limits: Limits
  readonly trustedHops: number
  readonly showTraces: boolean
  onFinish: ((request: FinishedRequest) => void) | undefined
  /** Hears of what was refused before it was a request. */
  onRefusal: ((code: ErrorCode) => void) | undefined
  /** Hears of every request once its response is over. Undefined: nobody pays for it. */
  onAnswered: ((request: AnsweredRequest) => void) | undefined
  readonly accessLog: 'info' | 'debug' | 'off'
  readonly clock: Clock
  readonly log: Log
  readonly newRequestId: () => string
  readonly budget: BodyBudget
  /** Answers that are gathered or wait for their clients. */
  readonly backlog: Backlog
  /** Undefined: responses of functions leave as they are. */
  readonly compression: ResponseCompression | undefined
  readonly running: RunningCalls
  readonly rates: RateLimiter
  readonly proxy: RequestProxy
  readonly forms: FormReader
  isDraining: boolean
}
