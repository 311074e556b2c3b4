// Writes the files that the floor and Roost both serve: bench/projects/site/public, out of git's sight.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const SITE_FILES = fileURLToPath(new URL('projects/site/public', import.meta.url))

export function writeSiteFiles(): void {
  mkdirSync(SITE_FILES, { recursive: true })
  writeFileSync(join(SITE_FILES, 'small.html'), 'x'.repeat(1024))
  writeFileSync(join(SITE_FILES, 'large.bin'), Buffer.alloc(1024 ** 2, 97))
}

if (import.meta.main) writeSiteFiles()
