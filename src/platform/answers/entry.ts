import { copyText } from './copy-text.ts'
import type { TagGroup } from './tag-group.ts'
import { weigh } from './weight.ts'

/** An answer as it is handed in. It is copied: the caller's buffers and strings are not held. */
export interface NewAnswer {
  status: number
  /** Flat pairs of name and value, Latin-1. */
  headers: readonly string[]
  body: Buffer
  /** By which it can be purged. */
  tags: readonly string[]
  /** Lower-case names of the request headers that it depends on. */
  vary: readonly string[]
  /** How long it is kept, from when it was made; Infinity: until its room is needed. */
  lifeMs: number
  /** How long it is fresh; as long as it is kept unless it is given. */
  freshMs?: number
  /** How old it is already. */
  ageMs?: number
}

/** A value of the request by its lower-case name. */
export type RequestHeaders = (name: string) => string | undefined

/** An answer as it is found. Nothing is decoded before it is asked for. */
export interface KeptAnswer {
  readonly status: number
  /** When it was made. All times are on the store's clock. */
  readonly storedAtMs: number
  readonly freshUntilMs: number
  readonly endsAtMs: number
  /** How often it has been found, this time included. */
  readonly uses: number
  readonly tags: readonly string[]
  /** A list of the caller's own. */
  readHeaders(): string[]
  /** The memory of the store: to be sent, not to be written to. */
  readonly body: Buffer
}

/**
 * One stored answer. Headers and body lie in one block of memory of exactly their length, outside V8's heap; a header
 * is a string only while somebody reads it. So what an entry takes can be said (weight.ts).
 */
export class Entry implements KeptAnswer {
  readonly key: string
  readonly status: number
  readonly storedAtMs: number
  readonly freshUntilMs: number
  readonly endsAtMs: number
  uses = 0
  readonly weight: number
  /** One name a line, and the request's values in the same order. */
  readonly #varyNames: string
  readonly #varyValues: string
  readonly #block: Buffer
  readonly #headBytes: number
  /** Set when it is indexed: one for each tag. */
  groups: readonly TagGroup<Entry>[] = NO_GROUPS

  constructor(key: string, answer: NewAnswer, request: RequestHeaders, nowMs: number) {
    const head = answer.headers.join('\n')
    this.key = copyText(key)
    this.status = answer.status
    this.storedAtMs = nowMs - (answer.ageMs ?? 0)
    this.freshUntilMs = this.storedAtMs + (answer.freshMs ?? answer.lifeMs)
    this.endsAtMs = this.storedAtMs + answer.lifeMs
    this.#varyNames = copyText(answer.vary.join('\n'))
    this.#varyValues = copyText(readValues(this.#varyNames, request))
    this.#headBytes = head.length
    // Not `allocUnsafe`: its small buffers are parts of a pool, which one of them would hold as a whole.
    this.#block = Buffer.allocUnsafeSlow(head.length + answer.body.length)
    this.#block.latin1Write(head)
    answer.body.copy(this.#block, head.length)
    const texts = [this.key, this.#varyNames, this.#varyValues]
    this.weight = weigh(this.#block.length, texts, answer.tags)
  }

  readHeaders(): string[] {
    return this.#headBytes === 0 ? [] : this.#block.latin1Slice(0, this.#headBytes).split('\n')
  }

  get tags(): readonly string[] {
    return this.groups.map(({ tag }) => tag)
  }

  get body(): Buffer {
    return this.#block.subarray(this.#headBytes)
  }

  /** Whether it answers this request too, as far as `vary` goes. */
  suits(request: RequestHeaders): boolean {
    return this.#varyNames === '' || readValues(this.#varyNames, request) === this.#varyValues
  }

  isSameKind(other: Entry): boolean {
    return other.#varyNames === this.#varyNames && other.#varyValues === this.#varyValues
  }
}

const NO_GROUPS: readonly TagGroup<Entry>[] = []

/** A header that is there and empty is another one than a header that is not there. */
function readValues(names: string, request: RequestHeaders): string {
  if (names === '') return ''
  return names
    .split('\n')
    .map((name) => {
      const value = request(name)
      return value === undefined ? '' : `=${value}`
    })
    .join('\n')
}
