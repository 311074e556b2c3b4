import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeFileTrace } from '@vercel/nft'
import { describe, expect, it } from 'vitest'
import { type Analysis, analyseQuickly, SPECIAL_PACKAGES } from './quick-analysis.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
const PACKAGES = ['valibot', 'smol-toml', 'kysely', 'commander', 'croner', 'mime', 'jose']

/** What nft itself finds out about a file. */
async function analyse(path: string): Promise<Analysis | undefined> {
  const cache: { analysisCache?: Map<string, Analysis> } = {}
  await nodeFileTrace([path], { base: ROOT, cache, depth: 0, exportsOnly: true, mixedModules: true })
  await nodeFileTrace([path], { base: ROOT, cache, depth: 1, exportsOnly: true, mixedModules: true })
  return cache.analysisCache?.get(path)
}

describe('analyseQuickly', () => {
  it.each(PACKAGES)('finds in %s what nft finds', async (name) => {
    const files = globSync(`node_modules/${name}/**/*.{js,mjs}`, { cwd: ROOT })
      .map((path) => join(ROOT, path))
      .slice(0, 40)
    const quick = files.map((path) => ({ path, analysis: analyseQuickly(path) }))
    for (const { path, analysis } of quick)
      if (analysis !== undefined) expect(await analyse(path), path).toEqual(analysis)
    expect(files.length).toBeGreaterThan(0)
  })

  it('takes the quick way with most modules of packages that are ES modules', () => {
    const files = globSync('node_modules/{valibot,smol-toml,kysely}/dist/**/*.{js,mjs}', { cwd: ROOT })
    const esm = files
      .map((path) => join(ROOT, path))
      .filter((path) => /^(import|export) /m.test(readFileSync(path, 'utf8')))
    const quick = esm.filter((path) => analyseQuickly(path) !== undefined)
    expect(quick.length / esm.length).toBeGreaterThan(0.8)
  })

  it('knows the packages that nft knows by name', () => {
    const nft = dirname(createRequire(import.meta.url).resolve('@vercel/nft/package.json'))
    const text = readFileSync(join(nft, 'out/utils/special-cases.js'), 'utf8')
    const table = /const specialCases = \{\n([\s\S]*?)\n\};/.exec(text)![1]!
    const names = [...table.matchAll(/^ {4}(?:async )?'?([\w@/.-]+)'?(?:\(|: )/gm)].map(([, name]) => name!)
    expect(names.toSorted()).toEqual([...SPECIAL_PACKAGES])
  })
})
