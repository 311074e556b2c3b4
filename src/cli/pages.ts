import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A page of the documentation that lies beside the program, as a path that can be opened from here. */
export function findPage(name: string): string {
  const file = fileURLToPath(new URL(`../../${name}`, import.meta.url))
  const fromHere = relative(process.cwd(), file)
  return fromHere.startsWith('..') ? file : fromHere
}
