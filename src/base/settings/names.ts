/** The three names under which an operator gives a setting or limit: `syncTimeoutMs` is one of both. */

/** `--sync-timeout-ms` */
export function toFlag(name: string): string {
  return `--${toKey(name).replaceAll('_', '-')}`
}

/** `ROOST_SYNC_TIMEOUT_MS` */
export function toVariable(name: string): string {
  return `ROOST_${toKey(name).toUpperCase()}`
}

/** `sync_timeout_ms` */
export function toKey(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
