import { real } from './real.ts'

/**
 * Makes `to` equal to `from`. A light object that has handed out its headers keeps those; the real object made behind
 * it has headers of its own, which follow before anything looks at them.
 */
export function copyHeaders(from: Headers, to: Headers): void {
  const wanted = [...readEntries(from)]
  const found = [...readEntries(to)]
  if (wanted.length === found.length && wanted.every(([name, value], i) => isSame(found[i]!, name, value)))
    return
  for (const [name] of found) real.headers.call('delete', to, [name])
  for (const pair of wanted) real.headers.call('append', to, pair)
}

function readEntries(headers: Headers): Iterable<[string, string]> {
  return real.headers.call('entries', headers, [])
}

function isSame(pair: [string, string], name: string, value: string): boolean {
  return pair[0] === name && pair[1] === value
}
