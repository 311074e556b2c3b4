import { readFile } from 'node:fs/promises'
import type { BundleInput } from './bundler.ts'

/**
 * - `local` own code in one file, packages beside it (nft)
 * - `everything` own code and packages in one file (esbuild)
 * - `whole` files as they are, with all of the function's folder and of its packages (Netlify's zisi; D17)
 * - `traced` files as they are, as far as they are used (nft)
 * - `none` the main file alone
 */
export type Method = 'local' | 'everything' | 'whole' | 'traced' | 'none'

export interface Choice {
  method: Method
  /** Tried when `method` fails. */
  fallback?: Method
}

/**
 * The table of build.md §11.1. A web-format function is always bundled in the one way, unless with none. What is not
 * plain CommonJS cannot be shipped as it is: where Netlify's zisi would ship it all the same, it is bundled.
 */
export async function chooseMethod({ source, config }: BundleInput): Promise<Choice> {
  if (config.nodeBundler === 'none') return { method: 'none' }
  if (config.runtimeApi === 2) return { method: 'local' }
  const isJs = source.extension === '.js' || source.extension === '.cjs'
  const isPlain = isJs && config.inputModuleFormat === 'cjs'
  switch (config.nodeBundler) {
    case 'esbuild':
      return { method: 'everything' }
    case 'esbuild_zisi':
      return isPlain ? { method: 'everything', fallback: 'whole' } : { method: 'everything' }
    case 'nft':
      return { method: isPlain ? 'traced' : 'local' }
    case 'zisi':
      return { method: isPlain ? 'whole' : 'everything' }
  }
  if (source.extension === '.mjs' && config.nodeModuleFormat === 'esm') return { method: 'local' }
  if (!isJs) return { method: 'everything' }
  if (!isPlain) return { method: 'local' }
  if (source.extension === '.cjs') return { method: 'whole' }
  const text = await readFile(source.mainFile, 'utf8')
  if (/\bimport\s*\.\s*meta\b/.test(text)) return { method: 'local' }
  return { method: /\bimport\s*\(/.test(text) ? 'traced' : 'whole' }
}
