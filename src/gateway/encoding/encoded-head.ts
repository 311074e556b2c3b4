import { addVary, forbidsTransform, isCompressible } from './compressible.ts'

/** Whether a response may be compressed, as its head says it; its size and its way to the client are another matter. */
export function mayEncode(status: number, headers: readonly string[]): boolean {
  if (status === 204 || status === 205 || status === 206 || status === 304) return false
  let isText = false
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!
    switch (headers[i]!.toLowerCase()) {
      case 'content-type':
        isText = isCompressible(value)
        break
      case 'cache-control':
        if (forbidsTransform(value)) return false
        break
      // It is encoded already, is a part, or says a digest of the bytes as they are.
      case 'content-encoding':
        if (value.trim().toLowerCase() !== 'identity') return false
        break
      case 'content-range':
      case 'content-digest':
      case 'content-md5':
      case 'digest':
        return false
    }
  }
  return isText
}

/** The head of a response that another client may get otherwise encoded. */
export function varyHead(headers: readonly string[]): string[] {
  const varied: string[] = []
  const vary: string[] = []
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.toLowerCase() === 'vary') vary.push(headers[i + 1]!)
    else varied.push(headers[i]!, headers[i + 1]!)
  varied.push('vary', addVary(vary.length === 0 ? undefined : vary.join(', ')))
  return varied
}

/**
 * The head of the response once it is encoded. Its tag was made for other bytes, of which the new ones are an equal: it
 * becomes a weak one (RFC 9110, 8.8.1).
 */
export function encodeHead(headers: readonly string[], coding: string | undefined): string[] {
  const encoded: string[] = []
  const varied = varyHead(headers)
  for (let i = 0; i < varied.length; i += 2) {
    const value = varied[i + 1]!
    switch (varied[i]!.toLowerCase()) {
      case 'content-length':
      case 'content-encoding':
        break
      case 'etag':
        encoded.push(varied[i]!, value.startsWith('"') ? `W/${value}` : value)
        break
      default:
        encoded.push(varied[i]!, value)
    }
  }
  if (coding !== undefined) encoded.push('content-encoding', coding)
  return encoded
}
