/** Memory that changes hands instead of being copied: that of bytes which have it for themselves. */
export function findTransfer(message: unknown): ArrayBuffer[] {
  const found: ArrayBuffer[] = []
  const look = (value: unknown): void => {
    if (value instanceof Uint8Array) {
      const { buffer, byteLength } = value
      if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength)
        found.push(buffer)
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const own of Object.values(value)) look(own)
  }
  look(message)
  return found
}
