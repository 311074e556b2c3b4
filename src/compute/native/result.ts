import { inspect } from 'node:util'
import {
  checkResult,
  InvalidResult,
  type LambdaResult,
  readHeaders,
  readResult,
  readStatus,
} from '../lambda/index.ts'
import { MAX_RESPONSE_HEAD_BYTES, MAX_RESPONSE_HEADERS } from '../protocol/index.ts'
import { isModest, MAX_DEPTH, MAX_VALUES } from './shape.ts'

/** What is answered: checked and bounded. */
export interface ProgramResult extends ProgramHead {
  body: Uint8Array
}

export interface ProgramHead {
  status: number
  /** Flat pairs: name, value, name, value. */
  headers: string[]
}

/**
 * Reads what a program posts as its response (runtime.md §11.4).
 * @throws what is wrong with it.
 */
export function readProgramResult({
  bytes,
  limitBytes,
}: {
  bytes: Uint8Array
  limitBytes: number
}): ProgramResult {
  const { status, headers, body } = readResult(parse(bytes), limitBytes)
  checkHeaders(headers)
  return { status, headers, body: typeof body === 'string' ? Buffer.from(body) : body }
}

/** The same for what stands before a streamed body. */
export function readMetadata({ bytes }: { bytes: Uint8Array }): ProgramHead {
  const metadata = parse(bytes)
  const status = readStatus(metadata.statusCode ?? 200)
  const headers = readHeaders(metadata)
  checkHeaders(headers)
  return { status, headers }
}

function parse(bytes: Uint8Array): LambdaResult {
  if (bytes.length === 0) return checkResult(null)
  if (!isModest(bytes))
    throw new InvalidResult(
      `Your function response has more than ${MAX_VALUES} lists, objects and values in its JSON, or more than ${MAX_DEPTH} inside one another`,
    )
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch (error) {
    throw new InvalidResult(`Your function response must be JSON: ${(error as Error).message}`)
  }
  return checkMaps(checkResult(value))
}

/** Inside the host a text of megabytes must not be taken for a map of that many characters. */
function checkMaps(result: LambdaResult): LambdaResult {
  for (const key of ['headers', 'multiValueHeaders'] as const) {
    const value: unknown = result[key]
    if (value !== undefined && value !== null && typeof value !== 'object')
      throw new InvalidResult(
        `Your function response must have an object as ${key}. You gave: ${inspect(value)}`,
      )
  }
  return result
}

/** As frames have them at most: what is over it fails here, where the sentence says which function is to blame. */
function checkHeaders(headers: readonly string[]): void {
  const count = headers.length / 2
  const bytes = headers.reduce((sum, text) => sum + text.length, 0)
  if (count <= MAX_RESPONSE_HEADERS && bytes <= MAX_RESPONSE_HEAD_BYTES) return
  throw new InvalidResult(
    `Your function response has ${count} headers with ${bytes} bytes in all: at most ${MAX_RESPONSE_HEADERS} headers and ${MAX_RESPONSE_HEAD_BYTES} bytes are sent`,
  )
}
