import { afterEach, expect } from 'vitest'
import { isRoostError } from '../../src/base/errors/index.ts'
import { KIB, MIB, monotonicNow } from '../../src/base/lib/index.ts'
import {
  type Exchange,
  isBrokenOff,
  isLocalHost,
  type LoopbackLimits,
  LoopbackServer,
  toRefusalHeaders,
} from '../../src/base/loopback/index.ts'
import { Backlog, BodyBudget } from '../../src/base/memory/index.ts'
import { RawClient } from './raw-client.ts'

const LIMITS: LoopbackLimits = {
  connections: 100,
  ownerConnections: 50,
  strangers: 8,
  ownerBodyBytes: 4 * MIB,
  ownerAnswerBytes: 64 * MIB,
  headBytes: 8 * KIB,
  headTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  minBytesPerSecond: 1024,
  keepAliveMs: 30_000,
  stallMs: 30_000,
}

export type LoopbackHandler = (exchange: Exchange) => void | Promise<void>

interface HostLimits {
  hostBodyBytes?: number
  hostAnswerBytes?: number
}

/** A loopback server for each test, and its clients. */
export class LoopbackStage {
  server: LoopbackServer | undefined
  clients: RawClient[] = []
  bodies = new BodyBudget(0)
  answers = createBacklog(0)
  /** Targets in the order in which they were handled. */
  handled: string[] = []
  #url = ''

  constructor() {
    afterEach(async () => {
      for (const client of this.clients) client.destroy()
      this.clients = []
      this.handled = []
      await this.server?.close()
      expect([this.bodies.usedBytes, this.answers.bytes]).toEqual([0, 0])
    })
  }

  /** The owner is what stands first in the path; without one nobody is admitted. */
  serve = async (
    answer: LoopbackHandler,
    {
      hostBodyBytes = 8 * MIB,
      hostAnswerBytes = 256 * MIB,
      ...limits
    }: Partial<LoopbackLimits> & HostLimits = {},
  ): Promise<void> => {
    this.bodies = new BodyBudget(hostBodyBytes)
    this.answers = createBacklog(hostAnswerBytes)
    this.server = new LoopbackServer({
      limits: { ...LIMITS, ...limits },
      bodies: this.bodies,
      answers: this.answers,
      handle: (exchange) => {
        const { url: target = '', headers } = exchange.request
        const owner = /^\/(\w+)/.exec(target)?.[1]
        if (owner === undefined || !isLocalHost(headers.host)) return exchange.reply(403, {}, 'stranger')
        exchange.admit(owner)
        this.handled.push(target)
        return answer(exchange)
      },
      onError(error, exchange) {
        if (isBrokenOff(error)) return exchange.destroy()
        if (isRoostError(error)) exchange.reply(error.status, toRefusalHeaders(error))
        else exchange.reply(500, {}, String(error))
      },
    })
    this.#url = `http://127.0.0.1:${await this.server.listen()}`
  }

  open = async (): Promise<RawClient> => {
    const client = await RawClient.connect(this.#url)
    this.clients.push(client)
    return client
  }
}

function createBacklog(limitBytes: number): Backlog {
  return new Backlog({ limitBytes, minBytesPerSecond: 0, graceMs: 0, clock: monotonicNow })
}
