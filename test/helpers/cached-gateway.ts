import { afterEach, beforeEach } from 'vitest'
import { type GatewayHarness, type HarnessOptions, type PlayedCall, startGateway } from './gateway-harness.ts'
import { type Answer, type AskOptions, ask } from './http.ts'
import { waitFor } from './wait.ts'

export const FN_PATH = '/.netlify/functions/fn'
export const FRESH = 'public, max-age=60'

/** A gateway for each test, whose function and clock the test plays. */
export class CachedGateway {
  gateway!: GatewayHarness
  nowMs = 1_000_000
  /** Where every client is. */
  country = 'US'
  /** How the function responds: fresh, with the number of the call, unless told otherwise. */
  play!: (call: PlayedCall) => void

  constructor() {
    beforeEach(async () => {
      this.nowMs = 1_000_000
      this.country = 'US'
      this.respond({ 'cache-control': FRESH })
      await this.start()
    })
    afterEach(() => this.gateway.stop())
  }

  get calls(): PlayedCall[] {
    return this.gateway.calls
  }

  /** The functions `fn` and `other`, which play alike. */
  async start(options: HarnessOptions = {}): Promise<void> {
    const fn = { play: (call: PlayedCall) => this.play(call) }
    this.gateway = await startGateway({
      clock: () => this.nowMs,
      functions: { fn, other: fn },
      country: () => this.country,
      ...options,
    })
  }

  async restart(options: HarnessOptions): Promise<void> {
    await this.gateway.stop()
    await this.start(options)
  }

  get(query = '', options: AskOptions = {}): Promise<Answer> {
    return ask(this.gateway.url + FN_PATH + query, options)
  }

  respond(headers: Record<string, string>, status = 200): void {
    this.play = (call) => call.answer(status, Object.entries(headers).flat(), String(this.calls.length))
  }

  /** What two requests come to: body and status of the second. */
  async twice(first: AskOptions & { query?: string } = {}, second = first): Promise<string> {
    await this.get(first.query, first)
    const answer = await this.get(second.query, second)
    return `${answer.body} ${statusOf(answer)}`
  }

  /** For requests that have come in and whose responses are not over. */
  async waitForOpen(count: number): Promise<void> {
    await waitFor(`${count} open requests`, () => this.gateway.gateway.stats().openRequests === count)
  }
}

export const withHeaders = (headers: Record<string, string>): AskOptions => ({ headers })

/** `hit`, `fwd=miss`, and so on. */
export function statusOf({ headers }: Answer): string {
  return String(headers['cache-status']).replace('"Roost"; ', '')
}
