import process from 'node:process'
import { type Members, real } from './real.ts'

/**
 * `fetch` decodes what an origin has compressed and leaves the headers as they came. Sent on like that, the answer cannot be
 * read: so a body that was really decoded is remembered here with what was said of it, and loses those headers when it
 * leaves (D53 and D130). Everything else keeps its headers: what this Node does not decode, what came through a
 * transform of the user's (which may well compress it again), what user code made itself.
 */
export interface OriginForm {
  readonly encoding: string
  readonly length: string | null
}

/** By body (a stream, bytes, a blob), by response, and by headers, for bodies that are texts. */
const forms = new WeakMap<object, OriginForm>()

/** Notes of a response of `fetch` that its body was decoded, if it was. */
export function noteDecoded(response: Response): Response {
  const headers = real.response.read('headers', response)
  const encoding = real.headers.call('get', headers, ['content-encoding'])
  if (encoding === null || !isDecoded(encoding)) return response
  // Null where nothing was decoded: HEAD, 204, 205, 304.
  if (real.response.read('body', response) === null) return response
  const form = { encoding, length: real.headers.call('get', headers, ['content-length']) }
  forms.set(headers, form)
  markResponse(response, form)
  return response
}

export function formOf(value: object | null): OriginForm | undefined {
  return value === null ? undefined : forms.get(value)
}

/** `to` holds what `from` held. */
export function followForm<T>(from: object, to: T): T {
  const form = forms.get(from)
  if (form !== undefined && typeof to === 'object' && to !== null) forms.set(to, form)
  return to
}

/** Has just become the response with this body: `clone` gives both new streams. */
export function markResponse(response: Response, form: OriginForm): void {
  forms.set(response, form)
  const body = real.response.read('body', response)
  if (body !== null) forms.set(body, form)
}

/**
 * `pairs` without what the origin said of the compressed form of `body`, where that was decoded. What user code has put in
 * its place stays.
 */
export function withoutOriginForm(pairs: string[], body: object | null): string[] {
  const form = formOf(body)
  return form === undefined ? pairs : withoutForm(pairs, form)
}

function withoutForm(pairs: readonly string[], { encoding, length }: OriginForm): string[] {
  const rest: string[] = []
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i]!.toLowerCase()
    const value = pairs[i + 1]!
    if (name === 'content-encoding' && value === encoding) continue
    if (name === 'content-length' && value === length) continue
    rest.push(pairs[i]!, value)
  }
  return rest
}

/** Both halves of a decoded body are decoded. */
export function followTees(): void {
  const { prototype } = real.ReadableStream
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'tee')!
  const original: () => [ReadableStream, ReadableStream] = descriptor.value
  const { tee } = {
    tee(this: ReadableStream) {
      const halves = Reflect.apply(original, this, [])
      for (const half of halves) followForm(this, half)
      return halves
    },
  }
  Object.defineProperty(prototype, 'tee', { ...descriptor, value: tee })
}

/** The readers of a response that give bytes or a blob; of a decoded body these are decoded too. */
export const readingMembers: Members<Response> = {
  read: (key, on) => real.response.read(key, on),
  call(key, on, args) {
    const form = forms.get(on)
    const result = real.response.call(key, on, args)
    if (form === undefined) return result
    return (result as unknown as Promise<unknown>).then((content) =>
      markContent(content, form),
    ) as typeof result
  },
}

function markContent(content: unknown, form: OriginForm): unknown {
  if (typeof content === 'object' && content !== null)
    forms.set(ArrayBuffer.isView(content) ? content.buffer : content, form)
  return content
}

/** All of them, or nothing: with one that it does not know the platform passes the body on as it came. */
function isDecoded(encoding: string): boolean {
  return encoding
    .toLowerCase()
    .split(',')
    .every((coding) => CODINGS.has(coding.trim()))
}

const CODINGS: ReadonlySet<string> = new Set([
  ...['gzip', 'x-gzip', 'deflate', 'br'],
  ...(decodesZstd(process.versions.undici) ? ['zstd'] : []),
])

/** Since undici 7.11, of some Node 24; `zlib` of Node 22 could, but its `fetch` does not. */
function decodesZstd(undici = '0.0'): boolean {
  const [major = 0, minor = 0] = undici.split('.').map(Number)
  return major > 7 || (major === 7 && minor >= 11)
}
