import { createServer, type Server, type Socket } from 'node:net'
import { monotonicNow } from '../../../base/lib/index.ts'
import type { Front, FrontOptions } from '../front.ts'
import { boundConnections, listenAt } from '../listen.ts'
import { CHECK_EVERY_MS } from '../refusal.ts'
import { LeanConnection } from './lean-connection.ts'

/**
 * The front on `node:net`, with a reader of HTTP/1.1 of its own (lean-head.ts, lean-chunks.ts): `node:http` makes streams
 * and events of each request and answer that nobody here asks for, and they cost more than all the rest of the way to
 * the function (ADR 0008). It takes less than `node:http` takes, never more: test/contract/front-differential.ts.
 *
 * An `Upgrade` header is ignored, as HTTP allows: the request is answered as if it had none.
 */
export function createLeanFront(options: FrontOptions): Front {
  return new LeanFront(options)
}

class LeanFront implements Front {
  readonly #options: FrontOptions
  readonly #server: Server
  /** Each knows its index: an array, since a `Set` keeps what has left it alive (see compute/protocol/call-table.ts). */
  readonly #connections: LeanConnection[] = []
  readonly #persistence: string
  #check: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  /** Called when the last connection has ended, once the server takes no more. */
  #onEmpty: (() => void) | undefined

  constructor(options: FrontOptions) {
    this.#options = options
    this.#persistence = toPersistence(options.limits.keepAliveMs)
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#onConnection(socket),
    )
    boundConnections(server, options)
    this.#server = server
  }

  get connections(): number {
    return this.#connections.length
  }

  get openRequests(): number {
    return this.#connections.reduce((sum, { openRequests }) => sum + openRequests, 0)
  }

  async listen(address: { port: number; host: string }): Promise<{ port: number; host: string }> {
    const at = await listenAt(this.#server, address)
    this.#check = setInterval(() => this.#onCheck(), this.#options.limits.checkEveryMs ?? CHECK_EVERY_MS)
    this.#check.unref()
    return at
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close()
      this.#onEmpty = () => {
        clearInterval(this.#check)
        resolve()
      }
      if (this.#connections.length === 0) return this.#onEmpty()
      for (const connection of this.#connections) connection.isClosing = true
      // What clients have sent before lies in the system's buffers: a whole turn reads it, and idle is who is idle then.
      setImmediate(() => setImmediate(() => this.#endIdle()))
    })
    return this.#closing
  }

  #endIdle(): void {
    for (const connection of [...this.#connections]) connection.endIdle()
  }

  async destroy(): Promise<void> {
    const closed = this.close()
    for (const connection of [...this.#connections]) connection.destroy()
    await closed
  }

  #onConnection(socket: Socket): void {
    const connection = new LeanConnection(socket, this.#options, this.#persistence)
    const connections = this.#connections
    connection.isClosing = this.#closing !== undefined
    connection.index = connections.length
    connections.push(connection)
    socket.on('close', () => {
      const last = connections.pop()!
      if (last !== connection) {
        connections[connection.index] = last
        last.index = connection.index
      }
      connection.onClose()
      if (connections.length === 0) this.#onEmpty?.()
    })
  }

  #onCheck(): void {
    const nowMs = monotonicNow()
    for (const connection of [...this.#connections]) connection.onCheck(nowMs)
  }
}

/** Clients that are told use no connection that is about to be ended. */
function toPersistence(keepAliveMs: number): string {
  const seconds = Math.floor(keepAliveMs / 1000)
  return seconds === 0
    ? 'Connection: keep-alive\r\n'
    : `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`
}
