import { fileURLToPath } from 'node:url'
import { showPath } from './shown-path.ts'

/** A page of the documentation that lies beside the program, as a path that can be opened from here. */
export function findPage(name: string): string {
  return showPath(fileURLToPath(new URL(`../../${name}`, import.meta.url)))
}
