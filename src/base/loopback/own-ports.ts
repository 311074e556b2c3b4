/**
 * Ports of 127.0.0.1 on which this process offers services to its own functions and its operator: what is asked there comes
 * from them alone, and a proxy that clients speak through does not ask there (D134).
 */
const ports = new Set<number>()

export function isOwnPort(port: number): boolean {
  return ports.has(port)
}

/** @returns takes the claim back. */
export function claimPort(port: number): () => void {
  ports.add(port)
  return () => ports.delete(port)
}
