/**
 * Megabytes from a number or from text such as `2gb`, `1.5 GB`, `1024mb` or `1024` (build.md §4), or undefined when it
 * is not a whole positive number of megabytes. Which amounts are allowed is for the caller.
 */
export function parseMemory(value: unknown): number | undefined {
  if (typeof value === 'number') return toWholeMegabytes(value)
  if (typeof value !== 'string') return undefined
  const match = /^\s*(\d+(?:\.\d+)?)\s*(mb|gb)?\s*$/i.exec(value)
  if (match === null) return undefined
  return toWholeMegabytes(Number(match[1]) * (match[2]?.toLowerCase() === 'gb' ? 1024 : 1))
}

function toWholeMegabytes(amount: number): number | undefined {
  return Number.isInteger(amount) && amount > 0 ? amount : undefined
}
