import { readBytes } from './body.ts'
import { real } from './real.ts'

/**
 * `response.body` of a response of text or bytes: a stream like the one that the platform makes, at a fraction of its
 * cost. What it will give is remembered, because most such streams are only passed on: `new Response(response.body,
 * response)` is how frameworks change a response. As long as nobody has read from it, the body can still be sent whole.
 */
export function createPlainStream(body: string | Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = new real.ReadableStream(new PlainSource(body) as UnderlyingDefaultSource)
  plainBodies.set(stream, body)
  return stream
}

/**
 * Takes the body out of a stream that nobody has read from or locked, if it is known: whoever else holds the stream
 * finds it read. Undefined for a stream of the user's own.
 */
export function takePlainBody(stream: ReadableStream): string | Uint8Array | undefined {
  const body = plainBodies.get(stream)
  if (body !== undefined) void stream.getReader().cancel()
  return body
}

const plainBodies = new WeakMap<ReadableStream, string | Uint8Array>()

/** Since Node 20 such bodies are byte streams; `followPlatformStreams` finds out. */
let streamType: 'bytes' | undefined

export function followPlatformStreams(): void {
  try {
    new real.Response('x').body?.getReader({ mode: 'byob' })
    streamType = 'bytes'
  } catch {
    // no byte stream: `undefined` stands
  }
}

class PlainSource {
  readonly type = streamType
  readonly #body: string | Uint8Array

  constructor(body: string | Uint8Array) {
    this.#body = body
  }

  pull(controller: ReadableStreamDefaultController | ReadableByteStreamController): void {
    const bytes = readBytes(this.#body)
    if (bytes.length > 0 || streamType === undefined) controller.enqueue(bytes)
    // As the platform's: it closes a moment after its only chunk.
    queueMicrotask(() => close(controller))
  }
}

function close(controller: ReadableStreamDefaultController | ReadableByteStreamController): void {
  try {
    controller.close()
    // A reader with a buffer of its own, waiting for an empty body, is answered like this.
    if ('byobRequest' in controller) controller.byobRequest?.respond(0)
  } catch {
    // It was cancelled in that moment.
  }
}
