import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { monotonicNow } from '../../base/lib/index.ts'
import {
  type Assignment,
  CREDIT_BYTES,
  type Failure,
  FrameReader,
  FrameType,
  FrameWriter,
  type Invoke,
  isHandedAhead,
  PROTOCOL_VERSION,
  readAssign,
  readCredit,
  readInvoke,
  writeCredit,
  writeFailed,
  writeReady,
} from '../protocol/index.ts'
import { Answer } from './answer.ts'
import { type EventFacts, type NativeEvent, toEventFacts } from './event.ts'
import { toResultFailure } from './failure.ts'
import type { Translate } from './read-response.ts'

/** One call, from the host's `invoke` to the program's next question. */
export interface NativeCall {
  readonly frameId: number
  /** The ID that the program uses for the call. Nobody can guess it. */
  readonly requestId: string
  readonly call: Invoke
  readonly answer: Answer
  /** Made for a client that went away meanwhile. */
  event?: NativeEvent
  /** The program is posting its answer. */
  isPosting: boolean
}

type Give = (next: NextInvocation) => void

/** An event that takes more than a moment. */
interface Making {
  /** Who is to have it; undefined when the client has gone meanwhile. */
  give: Give | undefined
}

/** What `next` hands out. */
export interface NextInvocation extends NativeEvent {
  requestId: string
  /** Epoch, ms. */
  deadlineMs: number
  functionName: string
}

export interface InvocationsOptions {
  /** Frames to and from the host: the end of the socket that a runtime inside an instance would have. */
  control: Duplex
  translate: Translate
  /** The host asks the program to end; nothing is open. */
  onDrain(): void
}

/**
 * The host's frames on one side, a program that asks for one invocation after the other on the other side. It stands
 * where the runtime stands for JavaScript functions, and keeps the same rules towards the host.
 *
 * An invocation is over when the program asks for the next one: until then the program may still be at it, or about to
 * end itself after a panic, and gets nothing new. What was answered of it is the state of its Answer.
 *
 * Tested: test/contract/runtime-api/invocations.test.ts, test/contract/runtime-api/hostile.test.ts.
 */
export class Invocations {
  readonly #writer: FrameWriter
  readonly #onDrain: () => void
  readonly #translate: Translate
  /** Open calls by their frame number; those whose body is still coming have the parts of it. */
  readonly #calls = new Map<number, NativeCall>()
  readonly #bodies = new Map<number, { parts: Buffer[]; call: Invoke }>()
  readonly #line: NativeCall[] = []
  #assignment: Assignment | undefined
  #facts: EventFacts | undefined
  #current: NativeCall | undefined
  #waiting: Give | undefined
  #making: Making | undefined
  #hasAsked = false
  #initFailure: Failure | undefined

  constructor({ control, translate, onDrain }: InvocationsOptions) {
    this.#onDrain = onDrain
    this.#translate = translate
    this.#writer = new FrameWriter((buffers) => {
      if (control.writable) for (const buffer of buffers) control.write(buffer)
    })
    const reader = new FrameReader('host', (type, id, payload) => this.#onFrame(type, id, payload))
    control.on('data', (chunk: Buffer) => reader.push(chunk))
    control.on('error', () => control.destroy()) // the instance has ended
  }

  /** The program runs: calls may come, though it has not asked for one. Its start counts against their deadlines. */
  open(): void {
    writeReady(this.#writer, { protocolVersion: PROTOCOL_VERSION, nodeVersion: '' })
  }

  /** Whether the program has not asked for an invocation yet. */
  get isInit(): boolean {
    return !this.#hasAsked
  }

  get functionName(): string {
    return this.#assignment?.functionName ?? ''
  }

  get responseOptions(): { limitBytes: number; isBackground: boolean } {
    return {
      limitBytes: this.#assignment?.maxBufferedResponseBytes ?? 0,
      isBackground: this.#assignment?.invocationMode === 'background',
    }
  }

  /**
   * The program asks for its next invocation, which ends the one before.
   * @param give called once, now or later. @returns false when it has not answered the one before, or asks twice.
   */
  next(give: Give): boolean {
    if (
      this.#waiting !== undefined ||
      this.#making?.give !== undefined ||
      (this.#current !== undefined && !this.#current.answer.isEnded)
    )
      return false
    this.#hasAsked = true
    this.#waiting = give
    const ended = this.#current
    // What it printed before lies in its pipes: read in this turn, it still belongs to the invocation that ends here.
    setImmediate(() => {
      // A program that hangs up and asks again in one turn has been given its next one by now: that one is not over.
      if (ended !== undefined && this.#current === ended) this.#settle(ended)
      this.#give()
    })
    return true
  }

  /** The connection on which it asked is gone. */
  forgetNext(give: Give): void {
    if (this.#waiting === give) this.#waiting = undefined
    if (this.#making?.give === give) this.#making.give = undefined
  }

  /** The invocation at work, if the program calls it by its right name. */
  find(requestId: string): NativeCall | undefined {
    return this.#current?.requestId === requestId ? this.#current : undefined
  }

  /** The program could not start: that is what every call hears from now on. */
  failInit(failure: Failure): void {
    this.#initFailure = failure
    for (const call of this.#line.splice(0)) this.#refuse(call.frameId)
  }

  #onFrame(type: number, id: number, payload: Buffer): void {
    switch (type) {
      case FrameType.assign:
        this.#assignment = readAssign(payload)
        this.#facts = toEventFacts(this.#assignment)
        return
      case FrameType.invoke:
        return this.#onInvoke(id, readInvoke(payload))
      case FrameType.chunk:
        return this.#onBodyPart(id, Buffer.from(payload))
      case FrameType.end:
        return this.#onBodyEnd(id)
      case FrameType.credit:
        return this.#calls.get(id)?.answer.grant(readCredit(payload))
      case FrameType.drain:
        return this.#onDrain()
      case FrameType.ping:
        return this.#writer.write(FrameType.pong, 0)
      // cancel: it runs on, as on Netlify, and the host drops what it says. recall: what was handed ahead was returned.
    }
  }

  #onInvoke(id: number, call: Invoke): void {
    const isAhead = isHandedAhead(call)
    if (isAhead && (this.#calls.size > 0 || this.#bodies.size > 0))
      return this.#writer.write(FrameType.returned, id)
    if (isAhead) this.#writer.write(FrameType.started, id)
    if (call.isBodyWhole) return this.#enqueue(id, call)
    this.#bodies.set(id, { parts: call.body === undefined ? [] : [call.body], call })
    writeCredit(this.#writer, id, Math.min(call.body?.length ?? 0, CREDIT_BYTES))
  }

  #onBodyPart(id: number, part: Buffer): void {
    this.#bodies.get(id)?.parts.push(part)
    writeCredit(this.#writer, id, part.length)
  }

  #onBodyEnd(id: number): void {
    const body = this.#bodies.get(id)
    if (body === undefined) return
    this.#bodies.delete(id)
    this.#enqueue(id, { ...body.call, body: Buffer.concat(body.parts), isBodyWhole: true })
  }

  #enqueue(frameId: number, call: Invoke): void {
    if (this.#initFailure !== undefined) return this.#refuse(frameId)
    const native: NativeCall = {
      frameId,
      requestId: randomUUID(),
      call,
      answer: new Answer(frameId, this.#writer),
      isPosting: false,
    }
    this.#calls.set(frameId, native)
    this.#line.push(native)
    this.#give()
  }

  #give(): void {
    if (this.#waiting === undefined || this.#current !== undefined || this.#making !== undefined) return
    const call = this.#line.shift()
    if (call === undefined) return
    const give = this.#waiting
    this.#waiting = undefined
    const { requestId } = call
    const event = call.event ?? this.#translate('event', { facts: this.#facts!, call: call.call, requestId })
    if (!(event instanceof Promise)) return this.#hand(call, event, give)
    const making: Making = { give }
    this.#making = making
    event
      .then(
        (made) => this.#onEvent(call, made, making),
        (error: unknown) => this.#onNoEvent(call, error, making),
      )
      .then(() => this.#give())
  }

  #hand(call: NativeCall, event: NativeEvent, give: Give): void {
    this.#current = call
    give({
      requestId: call.requestId,
      functionName: this.functionName,
      deadlineMs: Math.round(Date.now() + call.call.deadlineMs - monotonicNow()),
      ...event,
    })
  }

  #onEvent(call: NativeCall, event: NativeEvent, { give }: Making): void {
    this.#making = undefined
    if (give !== undefined) return this.#hand(call, event, give)
    // The client has gone. The program has seen nothing of the call: it is the first to be given.
    call.event = event
    this.#line.unshift(call)
  }

  /** The call fails, and the client goes on waiting for another one. */
  #onNoEvent({ frameId }: NativeCall, error: unknown, { give }: Making): void {
    this.#making = undefined
    this.#waiting ??= give
    this.#calls.delete(frameId)
    writeFailed(this.#writer, frameId, toResultFailure(error), true)
  }

  #settle(call: NativeCall): void {
    this.#current = undefined
    this.#calls.delete(call.frameId)
    call.answer.settle()
  }

  #refuse(frameId: number): void {
    this.#calls.delete(frameId)
    writeFailed(this.#writer, frameId, this.#initFailure!, true)
  }
}
