/** In limits KB and MB are 1024 and 1024² bytes (contract, D21). */
export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

/** `1536` → `1.5 KB`, for people. */
export function formatBytes(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`
  if (bytes < MIB) return `${round(bytes / KIB)} KB`
  if (bytes < GIB) return `${round(bytes / MIB)} MB`
  return `${round(bytes / GIB)} GB`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
