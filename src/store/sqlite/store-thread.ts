import { Worker } from 'node:worker_threads'
import type { StoreReply, StoreRequest } from './messages.ts'

/** This side of a thread of the store. Requests are sent in order; each is answered, or fails when the thread ends. */
export class StoreThread {
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0
  #failure: Error | undefined

  constructor(program: URL, path: string, name: string) {
    this.#worker = new Worker(program, { workerData: { path }, name })
    this.#worker.on('message', (reply: StoreReply) => this.#onReply(reply))
    this.#worker.on('error', (error: Error) => this.#fail(error))
    this.#ended = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#fail(new Error('the store has been closed'))
        resolve()
      }),
    )
  }

  /** What the thread says by itself, with id 0, once it is ready. */
  expectReady(): Promise<unknown> {
    return this.#expect(0)
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined
  }

  send(name: StoreRequest['name'], args: unknown): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    const reply = this.#expect(id)
    this.#worker.postMessage({ id, name, args } satisfies StoreRequest)
    return reply
  }

  /** After everything that has been sent: what was begun is answered first. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#pending.values()].map(({ promise }) => promise))
    this.#worker.postMessage('close')
    await this.#ended
  }

  #expect(id: number): Promise<unknown> {
    const deferred = Promise.withResolvers<unknown>()
    this.#pending.set(id, deferred)
    return deferred.promise
  }

  #onReply(reply: StoreReply): void {
    const deferred = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if ('error' in reply) deferred?.reject(reply.error)
    else deferred?.resolve(reply.result)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(this.#failure)
    this.#pending.clear()
  }
}
