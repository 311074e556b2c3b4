import { rememberNames } from '../http/index.ts'

/** Less than this does not fit into fewer packets when it is compressed. */
export const MIN_BYTES = 1024

/** Whether content of this type becomes smaller: text, and the few formats that are not compressed themselves. */
export const isCompressible = rememberNames((type): boolean => {
  const end = type.indexOf(';')
  const essence = (end === -1 ? type : type.slice(0, end)).trim().toLowerCase()
  // Events leave one by one, and a connection may stay for hours (runtime.md §5).
  if (essence === 'text/event-stream') return false
  return (
    essence.startsWith('text/') ||
    essence.endsWith('+json') ||
    essence.endsWith('+xml') ||
    essence.endsWith('+text') ||
    OTHERS.has(essence)
  )
})

const OTHERS = new Set([
  'application/ecmascript',
  'application/eot',
  'application/geojson',
  'application/graphql',
  'application/javascript',
  'application/json',
  'application/json5',
  'application/jsonl',
  'application/rtf',
  'application/toml',
  'application/vnd.apple.mpegurl',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-javascript',
  'application/x-ndjson',
  'application/x-yaml',
  'application/xml',
  'application/yaml',
  'font/otf',
  'font/ttf',
  'image/bmp',
  'image/vnd.microsoft.icon',
  'image/x-icon',
])

/** `no-transform`: nobody on the way may change the content (RFC 9111, 5.2.2.6). */
export function forbidsTransform(cacheControl: string): boolean {
  return /(?:^|[,\s])no-transform(?:[,\s]|$)/i.test(cacheControl)
}

/** What a cache has to compare: `vary` as it is, and `Accept-Encoding`. */
export function addVary(vary: string | undefined): string {
  if (vary === undefined || vary.trim() === '') return 'Accept-Encoding'
  const names = vary.toLowerCase().split(',')
  return names.some((name) => name.trim() === '*' || name.trim() === 'accept-encoding')
    ? vary
    : `${vary}, Accept-Encoding`
}
