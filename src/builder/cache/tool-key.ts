import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { version as esbuildVersion } from 'esbuild'

/** What makes bundles and artifacts of sources. */
const PROGRAM = ['..', '../../artifact'].map((path) => join(dirname(fileURLToPath(import.meta.url)), path))

/**
 * Stands for the tools that make bundles: another esbuild, nft, Node or Roost may make other bytes of the same input.
 * Roost itself is known by its program files, so that a checkout being worked on never finds its own old results.
 */
export function readToolKey(): string {
  const hash = createHash('sha256')
  const nft = createRequire(import.meta.url)('@vercel/nft/package.json') as { version: string }
  hash.update(`${esbuildVersion} ${nft.version} ${process.version} ${process.platform} ${process.arch}\n`)
  const entries = PROGRAM.flatMap((dir) => readdirSync(dir, { recursive: true, withFileTypes: true }))
  for (const entry of entries) {
    if (!entry.isFile() || entry.name.includes('.test.')) continue
    const path = join(entry.parentPath, entry.name)
    const { size, mtimeMs } = statSync(path)
    hash.update(`${path} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}
