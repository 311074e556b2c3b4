import type { ConnectionSink, SinkListener } from '../http/index.ts'

/** What a response begins with; without a status where nobody but the function could say it. */
export interface SentHead {
  status: number | undefined
  headers: readonly string[]
}

/** Takes a response for nobody: keeps its head, and leaves as soon as it has that, so that no more is read. */
export class HeadSink implements ConnectionSink {
  state: ConnectionSink['state'] = 'untouched'
  readonly #sent = Promise.withResolvers<SentHead>()
  #listener: SinkListener | undefined

  get sent(): Promise<SentHead> {
    return this.#sent.promise
  }

  listen(listener: SinkListener): void {
    this.#listener = listener
  }

  send(status: number, headers: string[]): void {
    this.#finish('ended', { status, headers })
  }

  start(status: number, headers: string[]): boolean {
    this.#finish('aborted', { status, headers })
    setImmediate(() => this.#listener?.onClose())
    return false
  }

  write(): boolean {
    return false
  }

  switchProtocols(): undefined {
    return undefined
  }

  end(): void {
    this.#finish('ended')
  }

  abort(): void {
    this.#finish('aborted')
  }

  #finish(state: 'ended' | 'aborted', sent: SentHead = { status: undefined, headers: [] }): void {
    if (this.state !== 'untouched') return
    this.state = state
    this.#sent.resolve(sent)
  }
}
