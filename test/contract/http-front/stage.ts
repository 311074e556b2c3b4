import { afterEach, beforeEach, expect } from 'vitest'
import { monotonicNow } from '../../../src/base/lib/index.ts'
import { Backlog } from '../../../src/base/memory/index.ts'
import type {
  BodyReceiver,
  ConnectionSink,
  Front,
  FrontLimits,
  FrontOptions,
  RequestBody,
  RequestHead,
  SinkListener,
} from '../../../src/gateway/http/index.ts'
import { RawClient, type RawResponse } from '../../helpers/raw-client.ts'

export type Handler = (head: RequestHead, body: RequestBody, sink: ConnectionSink) => void

export const LIMITS: FrontLimits = {
  requestHeadBytes: 8 * 1024,
  requestHeadTimeoutMs: 10_000,
  requestBodyTimeoutMs: 10_000,
  keepAliveMs: 10_000,
  connections: 20_000,
  clientStallMs: 10_000,
  checkEveryMs: 50,
  lingerMs: 250,
}

export const HOST = 'Host: example.org'
export const NOTHING = Buffer.alloc(0)
export const okay: Handler = (_head, _body, sink) => sink.send(200, [], 'ok')

/** A front of one kind for each test, its clients, and what it said of them. */
export class FrontStage {
  readonly create: (options: FrontOptions) => Front
  front: Front | undefined
  refusals: string[] = []
  url = ''
  backlog = new Backlog({ limitBytes: 0, minBytesPerSecond: 0, graceMs: 0, clock: monotonicNow })
  #clients: RawClient[] = []

  constructor(create: (options: FrontOptions) => Front) {
    this.create = create
    beforeEach(() => {
      this.#clients = []
      this.refusals = []
    })
    afterEach(async () => {
      for (const client of this.#clients) client.destroy()
      await this.front?.destroy()
      expect(this.front?.connections ?? 0).toBe(0)
      // Whatever a test did: of connections that have ended nothing is counted any more.
      expect(this.backlog.bytes).toBe(0)
    })
  }

  serve = async (
    onRequest: Handler,
    limits: Partial<FrontLimits> = {},
    hostAnswerBytes = Number.POSITIVE_INFINITY,
  ): Promise<void> => {
    let ids = 0
    this.backlog = new Backlog({
      limitBytes: hostAnswerBytes,
      minBytesPerSecond: 0,
      graceMs: 0,
      clock: monotonicNow,
    })
    this.front = this.create({
      onRequest,
      onRefusal: (code) => this.refusals.push(code),
      newRequestId: () => `ID${ids++}`,
      limits: { ...LIMITS, ...limits },
      backlog: this.backlog,
    })
    const { port } = await this.front.listen({ port: 0, host: '127.0.0.1' })
    this.url = `http://127.0.0.1:${port}`
  }

  open = async (): Promise<RawClient> => {
    const client = await RawClient.connect(this.url)
    this.#clients.push(client)
    return client
  }

  /** One request on its own connection. */
  ask = async (...lines: string[]): Promise<RawResponse> => {
    const client = await this.open()
    client.sendHead(...lines)
    return client.read({ isHead: lines[0]!.startsWith('HEAD ') })
  }
}

export function record(events: string[]): SinkListener {
  return { onDrain: () => events.push('drain'), onClose: () => events.push('close') }
}

export function receive(events: string[]): BodyReceiver {
  return {
    onBodyChunk: (bytes) => events.push(bytes.toString()),
    onBodyEnd: () => events.push('end of body'),
  }
}
