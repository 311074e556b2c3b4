import { createHash } from 'node:crypto'

/** An answer as a file holds it. Times are of this machine's clock, since they outlive the process. */
export interface DiskAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
  readonly tags: readonly string[]
  /** When it was made, ms since 1970. */
  readonly madeAtMs: number
  readonly freshMs: number
  readonly lifeMs: number
  /** How many tags had been purged when it was stored (purge-log.ts). */
  readonly purges: number
}

type Facts = Omit<DiskAnswer, 'body'> & { readonly name: string }

/** The number at its end changes with the form: a file of another form is a miss. */
const MAGIC = Buffer.from('RSTC0001')
const HASH_BYTES = 32
const START_BYTES = MAGIC.length + 4 + 4 + HASH_BYTES
/** Hashing so much takes some fifty microseconds; more is hashed off the event loop. */
const SMALL_BYTES = 64 * 1024

/**
 * A file: magic, length of the facts, length of the body, SHA-256 of both, facts as JSON, body. Nothing of it is believed
 * before all of that agrees, its name included: files may be cut, mixed up or half written.
 */
export async function encodeFile(name: string, { body, ...facts }: DiskAnswer): Promise<Buffer> {
  const text = Buffer.from(JSON.stringify({ ...facts, name } satisfies Facts))
  const file = Buffer.allocUnsafeSlow(START_BYTES + text.length + body.length)
  MAGIC.copy(file)
  file.writeUInt32LE(text.length, 8)
  file.writeUInt32LE(body.length, 12)
  text.copy(file, START_BYTES)
  body.copy(file, START_BYTES + text.length)
  ;(await hash(file.subarray(START_BYTES))).copy(file, 16)
  return file
}

/** @returns undefined for what is not whole, or is not the file of that name. */
export async function decodeFile(name: string, file: Buffer): Promise<DiskAnswer | undefined> {
  if (file.length < START_BYTES || !file.subarray(0, 8).equals(MAGIC)) return undefined
  const [textBytes, bodyBytes] = [file.readUInt32LE(8), file.readUInt32LE(12)]
  if (file.length !== START_BYTES + textBytes + bodyBytes) return undefined
  if (!(await hash(file.subarray(START_BYTES))).equals(file.subarray(16, START_BYTES))) return undefined
  // What has this hash was written by us.
  const { name: own, ...facts } = JSON.parse(
    file.toString('utf8', START_BYTES, START_BYTES + textBytes),
  ) as Facts
  return own === name ? { ...facts, body: file.subarray(START_BYTES + textBytes) } : undefined
}

async function hash(bytes: Buffer): Promise<Buffer> {
  if (bytes.length <= SMALL_BYTES) return createHash('sha256').update(bytes).digest()
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
