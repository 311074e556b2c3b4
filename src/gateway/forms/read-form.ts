import busboy from 'busboy'
import { formatBytes } from '../../base/lib/index.ts'
import { type FieldValue, type Submission, toPayload } from './payload.ts'

/** A submitted form, as its thread gets it. */
export interface FormOrder {
  body: Uint8Array
  contentType: string
  submission: Submission
  limits: { formBytes: number; formFields: number }
}

export type FormReading =
  /** For the function: JSON. */
  | { kind: 'payload'; json: Uint8Array }
  /** Something filled the field that people do not see. */
  | { kind: 'robot' }
  | { kind: 'invalid' | 'large'; why: string }

/** People leave this field empty, since the page hides it (D101). */
const TRAP = 'bot-field'

/** Reads a form and writes what its function gets. Called in a thread: a form can take a second to read. */
export async function readForm(order: FormOrder): Promise<FormReading> {
  const form = new Form(order)
  try {
    await form.read()
  } catch (error) {
    return form.problem ?? { kind: 'invalid', why: (error as Error).message }
  }
  if (form.problem !== undefined) return form.problem
  if (form.fields.get(TRAP)?.some((value) => value !== '')) return { kind: 'robot' }
  const json = new TextEncoder().encode(toPayload(form.fields, order.submission))
  return json.length > order.limits.formBytes ? tooLarge(order) : { kind: 'payload', json }
}

/** The fields of a form, in the order of its first values. It stops keeping them at the first problem. */
class Form {
  readonly fields = new Map<string, FieldValue[]>()
  problem: FormReading | undefined
  readonly #order: FormOrder
  #count = 0
  /** The least that the fields will take in the payload. */
  #bytes = 0

  constructor(order: FormOrder) {
    this.#order = order
  }

  /** @throws what the parser says of a body that is no form. */
  read(): Promise<void> {
    const { body, contentType, limits } = this.#order
    // What the parser would only do slowly: decode text that is going to be too large, search for an endless boundary.
    if (contentType.length > LONGEST_TYPE) throw new Error('Content-Type is too long')
    if (isUrlencoded(contentType) && countDecoded(body) * TEXT_COPIES > limits.formBytes) {
      this.problem = tooLarge(this.#order)
      return Promise.resolve()
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const parser = busboy({
      headers: { 'content-type': contentType },
      defParamCharset: 'utf8',
      limits: {
        fieldNameSize: Infinity,
        fieldSize: Infinity,
        fields: limits.formFields + 1,
        files: limits.formFields + 1,
        parts: 2 * limits.formFields + 2,
      },
    })
    parser.on('field', (name, value) => this.#addText(name, value))
    parser.on('file', (name, stream, { filename, mimeType }) => {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('error', reject)
      stream.on('end', () => this.#addFile(name, Buffer.concat(pieces), filename, mimeType))
    })
    // What the parser stops at has no name and is not counted below, but what stands behind it would be lost without a word.
    for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const)
      parser.on(limit, () => {
        this.problem ??= this.#tooMany()
      })
    parser.on('error', reject)
    parser.on('close', resolve)
    parser.end(body)
    return promise
  }

  /** The types promise text; a part without a name, and one in an unknown character set, have undefined. */
  #addText(name: string | undefined, value: string | undefined): void {
    if (value === undefined) this.problem ??= { kind: 'invalid', why: 'its character set is not known' }
    else this.#add(name, value, Buffer.byteLength(value) * TEXT_COPIES)
  }

  #addFile(
    name: string | undefined,
    content: Buffer,
    filename: string | undefined,
    type: string | undefined,
  ): void {
    // Nothing was chosen.
    if (content.length === 0 && (filename ?? '') === '') return
    const mimeType = type ?? 'application/octet-stream'
    const url = `data:${mimeType};base64,${content.toString('base64')}`
    const shown = (filename ?? '').replace(/\p{Cc}/gu, '')
    this.#add(name, { filename: shown, size: content.length, type: mimeType, url }, url.length)
  }

  #add(name: string | undefined, value: FieldValue, bytes: number): void {
    if (name === undefined || name === '' || this.problem !== undefined) return
    const { limits } = this.#order
    this.#count++
    this.#bytes += bytes
    if (this.#count > limits.formFields) this.problem = this.#tooMany()
    else if (this.#bytes > limits.formBytes) this.problem = tooLarge(this.#order)
    else {
      const values = this.fields.get(name)
      if (values === undefined) this.fields.set(name, [value])
      else values.push(value)
    }
  }

  #tooMany(): FormReading {
    return { kind: 'large', why: `it has more than ${this.#order.limits.formFields} fields` }
  }
}

/** In `data` and in both lists for people. */
const TEXT_COPIES = 3

/** `multipart/form-data; boundary="…"; charset=…`, with a boundary of 70 characters (RFC 2046, 5.1.1) and some room. */
const LONGEST_TYPE = 160

export function isUrlencoded(contentType: string): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType)
}

/** The least length of the text. */
function countDecoded(body: Uint8Array): number {
  let escapes = 0
  for (let at = body.indexOf(PERCENT); at !== -1; at = body.indexOf(PERCENT, at + 1)) escapes++
  return body.length - 2 * escapes
}

const PERCENT = '%'.charCodeAt(0)

function tooLarge({ limits }: FormOrder): FormReading {
  return { kind: 'large', why: `what it holds is larger than ${formatBytes(limits.formBytes)}` }
}
