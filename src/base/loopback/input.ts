import type { Socket } from 'node:net'
import { type Clock, KIB } from '../lib/index.ts'

/** Node's parser makes an object and several calls of every request and of every piece of a body: of 64 KB up to 10,000. */
const SLICE_BYTES = 1 * KIB
/** How much of each turn of the event loop is used; then everybody else has theirs. */
const TURN_MS = 4

/**
 * What comes in over the connections of a server, handed to Node's parser slice by slice, one connection after the other,
 * and so much in a turn of the event loop: what a client sends costs time by its form, not by its length, and a thousand
 * connections that send at once would stop the host for seconds.
 */
export class InputPump {
  readonly #clock: Clock
  readonly #waiting: Input[] = []
  #leftMs = TURN_MS
  #isRunning = false
  #isScheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(input: Input): void {
    this.#waiting.push(input)
    this.#run()
  }

  #run(): void {
    if (this.#isRunning || this.#leftMs <= 0) return
    this.#isRunning = true
    const sinceMs = this.#clock()
    while (this.#waiting.length > 0 && this.#clock() - sinceMs < this.#leftMs) {
      const input = this.#waiting.shift()!
      if (input.feed()) this.#waiting.push(input)
    }
    this.#leftMs -= this.#clock() - sinceMs
    this.#isRunning = false
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#leftMs = TURN_MS
      if (this.#waiting.length > 0) this.#run()
    })
  }
}

/** Who takes what a connection brings. */
export interface InputTaker {
  readonly isWaiting: boolean
  /** How much of what comes next is the body of one request and nothing else: it costs what it weighs, in one slice. */
  readonly plainBytes: number
}

/** What has come over one connection and has not been parsed: at most what the system hands over at once. */
export class Input {
  readonly #socket: Socket
  readonly #pump: InputPump
  readonly #taker: InputTaker
  /** Node's own listener, which parses. */
  readonly #parse: (bytes: Buffer) => void
  #rest: Buffer | undefined
  #isQueued = false

  constructor(socket: Socket, pump: InputPump, taker: InputTaker) {
    this.#socket = socket
    this.#pump = pump
    this.#taker = taker
    this.#parse = socket.listeners('data')[0] as (bytes: Buffer) => void
    socket.removeListener('data', this.#parse)
    socket.on('data', (bytes: Buffer) => {
      this.#rest = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes])
      this.wake()
      if (this.#rest !== undefined) socket.pause()
    })
    // Node reads on for reasons of its own, of which one is that somebody looks at a body.
    socket.on('resume', () => {
      if (this.#rest !== undefined) socket.pause()
    })
  }

  /** More may be wanted than before. */
  wake(): void {
    if (this.#rest === undefined || this.#isQueued || !this.#taker.isWaiting) return
    this.#isQueued = true
    this.#pump.add(this)
  }

  /** Parses a slice. @returns whether to come back. */
  feed(): boolean {
    this.#isQueued = false
    const rest = this.#rest
    if (rest === undefined || this.#socket.destroyed || !this.#taker.isWaiting) return false
    const length = Math.max(SLICE_BYTES, this.#taker.plainBytes)
    this.#rest = rest.length > length ? rest.subarray(length) : undefined
    // Before it is parsed: whoever hears of what is in it may want the socket to stand still again.
    if (this.#rest === undefined && this.#socket.isPaused()) this.#socket.resume()
    this.#parse.call(this.#socket, rest.subarray(0, length))
    this.#isQueued = this.#rest !== undefined && this.#taker.isWaiting
    return this.#isQueued
  }
}
