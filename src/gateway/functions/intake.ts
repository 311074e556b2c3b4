import { type Arrows, follow, formatBytes, GatheredBytes } from '../../base/lib/index.ts'
import type { BodyReceiver, SinkListener } from '../http/index.ts'
import type { GatewayRequest } from './request.ts'

export type IntakeState = keyof typeof INTAKE_ARROWS

/**
 * Takes the body of a request in, up to a limit and as far as the host's memory for bodies goes, before anything is done
 * with it: a slow upload holds no instance.
 *
 *   reading ─ body whole: it is used ──> whole
 *   reading ─ too large, no memory ────> refused
 *   reading ─ client left ─────────────> gone
 *
 * Tested: machines.test.ts; over sockets in test/compat/gateway/bodies.test.ts.
 */
export abstract class Intake implements BodyReceiver, SinkListener {
  protected readonly request: GatewayRequest
  readonly #maxBytes: number
  #state: IntakeState = 'reading'
  #size = 0
  /** Most bodies come in one piece. */
  #first: Buffer | undefined
  #pieces: GatheredBytes | undefined

  constructor(request: GatewayRequest, maxBytes: number) {
    this.request = request
    this.#maxBytes = maxBytes
    request.reply.listen(this)
  }

  get state(): IntakeState {
    return this.#state
  }

  /** @param size what is to be given back to the host's memory for bodies, once nobody has the body any more. */
  protected abstract use(body: Buffer | undefined, size: number): void

  /** There is no body to use: the request is finished. */
  protected abstract giveUp(): void

  onBodyChunk(bytes: Buffer): void {
    if (this.#state !== 'reading') return
    const { gateway, reply } = this.request
    if (this.#size + bytes.length > this.#maxBytes) {
      reply.refuse('BODY_TOO_LARGE', describeBodyLimit(this.#maxBytes))
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
    this.use(body, this.#size)
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

  #end(state: 'refused' | 'gone'): void {
    this.#state = follow(INTAKE_ARROWS, this.#state, state)
    this.#drop()
    this.request.gateway.budget.give(this.#size)
    this.giveUp()
  }

  #drop(): void {
    this.#first = undefined
    this.#pieces = undefined
  }
}

export function describeBodyLimit(maxBytes: number): string {
  return `The request body is larger than ${formatBytes(maxBytes)}.`
}

export const INTAKE_ARROWS = {
  reading: ['whole', 'refused', 'gone'],
  whole: [],
  refused: [],
  gone: [],
} as const satisfies Arrows<'reading' | 'whole' | 'refused' | 'gone'>
