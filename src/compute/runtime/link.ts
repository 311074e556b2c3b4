import { Buffer } from 'node:buffer'
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { FrameReader, FrameWriter, type OnFrame } from '../protocol/index.ts'

/** The descriptor of the socket that the host keeps the other end of (docs/architecture.md#processes). */
const HOST_FD = 3
const READ_BUFFER_BYTES = 64 * 1024
/** How long the last frames of a dying process may wait for room in the socket. */
const LAST_FRAMES_MS = 1000

/**
 * The frames to and from the host.
 *
 * The socket keeps the process alive only while somebody holds it: while nothing runs, or while an invocation waits
 * for the host (for credit, for the rest of a request). Otherwise a process with nothing left to wait for is noticed
 * at once, by `beforeExit`, instead of at the timeout.
 */
export class Link {
  readonly writer: FrameWriter
  readonly #socket: Socket
  #holders = 0
  #isDying = false

  /** @param onClose the host is gone. */
  constructor(onFrame: OnFrame, onClose: () => void) {
    const reader = new FrameReader('host', onFrame)
    this.writer = new FrameWriter((buffers) => this.#write(buffers))
    this.#socket = new Socket({
      fd: HOST_FD,
      readable: true,
      writable: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
        callback: (length, buffer) => {
          reader.push((buffer as Buffer).subarray(0, length))
          return true
        },
      },
    })
    this.#socket.on('error', onClose)
    this.#socket.on('end', onClose)
    this.#socket.resume()
    this.#socket.unref()
  }

  hold(): void {
    if (this.#holders++ === 0) this.#socket.ref()
  }

  release(): void {
    if (--this.#holders === 0) this.#socket.unref()
  }

  /**
   * Writes what has been gathered before the call returns: the process is about to end. Frames that the socket still
   * queues from before cannot be hurried, and nothing may overtake them: then the host learns from the exit alone.
   */
  flushBeforeDeath(): void {
    this.#isDying = true
    this.writer.flush()
  }

  #write(buffers: Uint8Array[]): void {
    const socket = this.#socket
    if (this.#isDying) {
      if (socket.writableLength === 0) for (const buffer of buffers) writeFully(buffer)
      return
    }
    if (buffers.length === 1) {
      socket.write(buffers[0]!)
      return
    }
    socket.cork()
    for (const buffer of buffers) socket.write(buffer)
    socket.uncork()
  }
}

function writeFully(bytes: Uint8Array): void {
  const giveUpAt = Date.now() + LAST_FRAMES_MS
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(HOST_FD, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || Date.now() > giveUpAt) return
      pause()
    }
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))

/** Blocks for a moment: a descriptor that has no room says so at once instead of waiting. */
function pause(): void {
  Atomics.wait(cell, 0, 0, 2)
}
