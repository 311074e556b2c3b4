import type { Socket } from 'node:net'

/** Detects within minutes that a peer is gone without a word. */
const KEEP_ALIVE_PROBE_MS = 60_000

export interface TunnelOptions {
  /** How long one side may take nothing of what waits for it, or be silent when the other has said its last word. */
  stallMs: number
  /** Both connections have ended. */
  onEnd(): void
}

/**
 * Two connections as one: what one side sends the other gets, as fast as it takes it, and no more than that is read. The end
 * of one side's talk is passed on (half-close); the end of a connection ends the other. Two sides that say nothing are left
 * alone, for as long as they answer the system's probes.
 */
export class Tunnel {
  readonly #sides: readonly [Socket, Socket]
  readonly #onEnd: () => void
  #open = 2

  constructor(client: Socket, target: Socket, { stallMs, onEnd }: TunnelOptions) {
    this.#sides = [client, target]
    this.#onEnd = onEnd
    this.#join(client, target, stallMs)
    this.#join(target, client, stallMs)
  }

  destroy(): void {
    for (const side of this.#sides) side.destroy()
  }

  #join(from: Socket, to: Socket, stallMs: number): void {
    from.setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
    from.setNoDelay(true)
    from.setTimeout(stallMs)
    from.on('timeout', () => {
      if (from.writableLength > 0 || from.readableEnded || to.readableEnded) this.destroy()
    })
    from.on('error', () => this.destroy())
    if (from.closed) this.#onClose(from, to)
    else from.once('close', () => this.#onClose(from, to))
    from.pipe(to)
  }

  #onClose(from: Socket, to: Socket): void {
    // Orderly: all has been passed on, and the other side may still be taking it.
    if (!from.readableEnded || !from.writableFinished) to.destroy()
    this.#open--
    if (this.#open === 0) this.#onEnd()
  }
}
