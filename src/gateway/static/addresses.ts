import type { StaticFile } from './file-table.ts'

/**
 * Every path that shows what `file` holds, percent-encoded, the one that visitors know it by first: those of pretty URLs
 * (dev-and-edge.md §3.4), then its own; of `page.html.br` those of `page.html` before. A folder's has no slash at its end.
 */
export function listAddresses(file: StaticFile): string[] {
  const addresses = file.original === undefined ? [] : listAddresses(file.original)
  const url = encodeURI(file.url)
  const page = /^(.*)\.html?$/s.exec(url)?.[1]
  if (page?.endsWith('/index')) addresses.push(page.slice(0, -'/index'.length) || '/')
  if (page !== undefined) addresses.push(page)
  return [...addresses, url]
}
