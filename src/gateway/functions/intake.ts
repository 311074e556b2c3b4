import type { FunctionMatch } from '../../artifact/routes/index.ts'
import { type Arrows, follow, formatBytes, GatheredBytes } from '../../base/lib/index.ts'
import type { BodyReceiver, SinkListener } from '../http/index.ts'
import type { Target } from './deploy.ts'
import { FunctionCall } from './function-call.ts'
import type { GatewayRequest } from './request.ts'

export type IntakeState = keyof typeof INTAKE_ARROWS

/**
 * Takes the body of a request in, up to its limit and as far as the host's memory for bodies goes, before an instance is
 * taken: a slow upload holds none.
 *
 *   reading ─ body whole: it is called with it ─> whole
 *   reading ─ too large, no memory ─────────────> refused
 *   reading ─ client left ──────────────────────> gone
 *
 * Tested: machines.test.ts; over sockets in test/compat/gateway/bodies.test.ts.
 */
export class Intake implements BodyReceiver, SinkListener {
  readonly #request: GatewayRequest
  readonly #match: FunctionMatch<Target>
  #state: IntakeState = 'reading'
  #size = 0
  /** Most bodies come in one piece. */
  #first: Buffer | undefined
  #pieces: GatheredBytes | undefined

  constructor(request: GatewayRequest, match: FunctionMatch<Target>) {
    this.#request = request
    this.#match = match
    request.reply.listen(this)
  }

  get state(): IntakeState {
    return this.#state
  }

  onBodyChunk(bytes: Buffer): void {
    if (this.#state !== 'reading') return
    const { gateway, reply } = this.#request
    const { fn } = this.#match
    if (this.#size + bytes.length > fn.maxBodyBytes) {
      reply.refuse('BODY_TOO_LARGE', describeBodyLimit(fn))
      this.#end('refused')
    } else if (!gateway.budget.take(bytes.length)) {
      reply.refuse('HOST_BUSY', 'Too many request bodies are in memory.', ['retry-after', '5'])
      this.#end('refused')
    } else {
      this.#size += bytes.length
      this.#keep(bytes)
    }
  }

  onBodyEnd(): void {
    if (this.#state !== 'reading') return
    const body = this.#pieces?.take() ?? this.#first
    this.#drop()
    this.#state = follow(INTAKE_ARROWS, this.#state, 'whole')
    new FunctionCall(this.#request, this.#match, this.#size).run(body)
  }

  onDrain(): void {
    // Nothing is sent while the body is taken in.
  }

  onClose(): void {
    if (this.#state === 'reading') this.#end('gone')
  }

  #keep(bytes: Buffer): void {
    if (this.#pieces !== undefined) this.#pieces.push(bytes)
    else if (this.#first === undefined) this.#first = bytes
    else {
      this.#pieces = new GatheredBytes()
      this.#pieces.push(this.#first)
      this.#pieces.push(bytes)
    }
  }

  /** There is no call: the request is finished. */
  #end(state: 'refused' | 'gone'): void {
    this.#state = follow(INTAKE_ARROWS, this.#state, state)
    this.#drop()
    this.#request.gateway.budget.give(this.#size)
    this.#request.reply.record.finish()
  }

  #drop(): void {
    this.#first = undefined
    this.#pieces = undefined
  }
}

export function describeBodyLimit({ maxBodyBytes }: Target): string {
  return `The request body is larger than ${formatBytes(maxBodyBytes)}.`
}

export const INTAKE_ARROWS = {
  reading: ['whole', 'refused', 'gone'],
  whole: [],
  refused: [],
  gone: [],
} as const satisfies Arrows<'reading' | 'whole' | 'refused' | 'gone'>
