import { Buffer } from 'node:buffer'
import type { Answer } from '../answer.ts'
import type { Invocation } from '../invocation.ts'

/**
 * Sends a stream as the body of an answer that is open: each chunk as soon as it is there, the next one read only when
 * the client has taken it. When the client goes away the stream is cancelled. A stream that fails fails the
 * invocation (phase `body`).
 */
export function pump(stream: ReadableStream<unknown>, invocation: Invocation): void {
  const reader = stream.getReader()
  const { answer } = invocation
  // A cancel that fails has nobody to tell: the client is gone.
  answer.onDiscard = () => void reader.cancel().catch(ignore)
  sendAll(reader, answer).then(
    () => answer.close(),
    (error: unknown) => invocation.fail(error, 'body'),
  )
}

async function sendAll(reader: ReadableStreamDefaultReader<unknown>, answer: Answer): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const full = answer.write(toBytes(value))
    if (full !== undefined) await full
  }
}

/**
 * Bytes in the forms in which streams carry them; text as UTF-8, as Netlify sends it (runtime.md §17, case 2).
 * @throws TypeError for anything else.
 */
export function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new TypeError(
    `A body stream must carry bytes or text, not ${chunk === null ? 'null' : typeof chunk}.`,
  )
}

function ignore(): void {
  return
}
