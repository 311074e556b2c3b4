import { Buffer } from 'node:buffer'
import * as stream from 'node:stream'
import { TextEncoder } from 'node:util'
import { real } from './real.ts'

/** A body that needs no stream. Bytes are never changed after they have become a body. */
export type PlainBody = null | string | Uint8Array

/**
 * As the platform's `text()`: UTF-8, lone surrogates replaced.
 * Undefined for a body that starts with a byte order mark: how many of them are dropped differs between Nodes.
 */
export function readText(body: PlainBody): string | undefined {
  if (body === null) return ''
  if (typeof body !== 'string') {
    if (body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return undefined
    return toBuffer(body).utf8Slice(0, body.length)
  }
  if (body.charCodeAt(0) === BYTE_ORDER_MARK) return undefined
  return isWellFormed(body) ? body : Buffer.from(body).toString('utf8')
}

/** The body's bytes, in an ArrayBuffer of exactly their length that belongs to the caller. */
export function readBytes(body: PlainBody): Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return encoder.encode(body)
  return body === null ? new Uint8Array(0) : new Uint8Array(body)
}

export function isStreamDisturbed(body: ReadableStream): boolean {
  return isDisturbed(body)
}

/** A byte stream that has ended. Given to a constructor and then read, it leaves what a consumed body leaves. */
export function createEndedStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new real.ReadableStream({ type: 'bytes', start: (controller) => controller.close() })
}

/** What the platform asks for `bodyUsed`; in Node since 16.8, missing from its types. */
const { isDisturbed } = stream as unknown as { isDisturbed(body: ReadableStream): boolean }

const encoder = new TextEncoder()
const BYTE_ORDER_MARK = 0xfeff

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const LONE_SURROGATE = /\p{Surrogate}/u

/** `String#isWellFormed` came with Node 20. */
const isWellFormed: (text: string) => boolean =
  typeof String.prototype.isWellFormed === 'function'
    ? (text) => text.isWellFormed()
    : (text) => !LONE_SURROGATE.test(text)
