import { readFile } from 'node:fs/promises'
import type { BundleInput } from './types.ts'

/**
 * - `local` own code in one file, packages beside it (nft)
 * - `everything` own code and packages in one file (esbuild)
 * - `untouched` files as they are, found by tracing (Netlify's zisi; decision 17)
 * - `none` the main file alone
 */
export type Method = 'local' | 'everything' | 'untouched' | 'none'

export interface Choice {
  method: Method
  /** Tried when `method` fails. */
  fallback?: Method
}

/** The table of build.md §11.1. A web-format function is always bundled in the one way, unless with none. */
export async function chooseMethod({ source, config }: BundleInput): Promise<Choice> {
  if (config.nodeBundler === 'none') return { method: 'none' }
  if (config.runtimeApi === 2) return { method: 'local' }
  switch (config.nodeBundler) {
    case 'esbuild':
      return { method: 'everything' }
    case 'esbuild_zisi':
      return { method: 'everything', fallback: 'untouched' }
    case 'nft':
      return { method: 'local' }
    case 'zisi':
      return { method: 'untouched' }
  }
  if (source.extension === '.mjs' && config.nodeModuleFormat === 'esm') return { method: 'local' }
  if (['.mjs', '.ts', '.tsx', '.cts', '.mts'].includes(source.extension)) return { method: 'everything' }
  if (source.extension === '.js' && (await usesModuleSyntax(source.mainFile, config.inputModuleFormat)))
    return { method: 'local' }
  return { method: 'untouched' }
}

/** A lone `import()` or `import.meta` counts too, wherever it stands. */
async function usesModuleSyntax(mainFile: string, inputFormat: 'esm' | 'cjs'): Promise<boolean> {
  if (inputFormat === 'esm') return true
  return /\bimport\s*(\(|\.\s*meta\b)/.test(await readFile(mainFile, 'utf8'))
}
