/**
 * The frames between a host and one instance, over one duplex stream (ADR 0002).
 *
 *   u32 length | u8 type | u32 invocation id | payload        all little-endian; length counts what follows it
 *
 * Several invocations are multiplexed. Id 0 means the instance itself. This folder is part of the runtime program:
 * it runs on Node 18 and imports nothing but `Buffer`, which user code may
 * replace as a global.
 */
export const PROTOCOL_VERSION = 1

/** Bytes of a frame before its payload. */
export const FRAME_HEADER_BYTES = 9
/** No frame's payload is longer (D21). */
export const MAX_PAYLOAD_BYTES = 1024 * 1024
/** Body bytes on the way per direction and invocation, those inside `invoke` and `head` counted (D21). */
export const CREDIT_BYTES = 256 * 1024
/** A response's header names and values together. */
export const MAX_RESPONSE_HEAD_BYTES = 256 * 1024
/** The number of headers in a response's head: each costs the host some work, however short it is. */
export const MAX_RESPONSE_HEADERS = 2000

export const FrameType = {
  // host → instance
  assign: 1,
  invoke: 2,
  cancel: 3,
  recall: 4,
  drain: 5,
  ping: 6,
  // both ways
  chunk: 16,
  end: 17,
  credit: 18,
  // instance → host
  ready: 32,
  started: 33,
  returned: 34,
  head: 35,
  failed: 36,
  settled: 37,
  /** Only to `ping`, by which tests see that all before it has been read: a host that has not asked takes it for a breach. */
  pong: 39,
} as const
export type FrameType = (typeof FrameType)[keyof typeof FrameType]

const FROM_HOST: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 16, 17, 18])
const FROM_INSTANCE: ReadonlySet<number> = new Set([16, 17, 18, 32, 33, 34, 35, 36, 37, 39])

export type Side = 'host' | 'instance'

/** Whether `sender` may send frames of this type at all. */
export function isFrameTypeFrom(sender: Side, type: number): type is FrameType {
  return (sender === 'host' ? FROM_HOST : FROM_INSTANCE).has(type)
}

/** The peer broke the protocol. On the host's side it ends the instance with exit reason `protocol`. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}
