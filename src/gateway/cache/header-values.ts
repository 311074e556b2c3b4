/** The value of a header, several lines of it joined as one list (RFC 9110 §5.3), or undefined. @param name lower-case. */
export function joinHeader(headers: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length !== name.length || headers[i]!.toLowerCase() !== name) continue
    joined = joined === undefined ? headers[i + 1]! : `${joined},${headers[i + 1]!}`
  }
  return joined
}
