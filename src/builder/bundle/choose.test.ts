import { expect, it } from 'vitest'
import type { NodeBundler } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import { chooseMethod } from './choose.ts'

/** The main file is this one: it is CommonJS to nobody, but what counts here is its extension and what was read of it. */
const choose = async (extension: string, config: Partial<BundleInput['config']>) => {
  const source = { extension, mainFile: import.meta.filename }
  const input = { source, config: { runtimeApi: 1, inputModuleFormat: 'cjs', ...config } }
  return (await chooseMethod(input as BundleInput)).method
}

it('web format: always the one way, unless with none (build.md §11.1)', async () => {
  const asked: (NodeBundler | undefined)[] = [undefined, 'esbuild', 'esbuild_zisi', 'nft', 'zisi']
  for (const nodeBundler of asked)
    expect(await choose('.mts', { runtimeApi: 2, ...(nodeBundler && { nodeBundler }) })).toBe('local')
  expect(await choose('.mts', { runtimeApi: 2, nodeBundler: 'none' })).toBe('none')
})

it('Lambda format: by extension when nothing is asked for', async () => {
  for (const extension of ['.mjs', '.ts', '.tsx', '.cts', '.mts'])
    expect(await choose(extension, {})).toBe('everything')
  expect(await choose('.cjs', {})).toBe('whole')
  expect(await choose('.js', { inputModuleFormat: 'esm' })).toBe('local')
  expect(await choose('.mjs', { nodeModuleFormat: 'esm', inputModuleFormat: 'esm' })).toBe('local')
})

it('Lambda format: what is asked for, as far as the file can be shipped that way', async () => {
  expect(await choose('.js', { nodeBundler: 'esbuild' })).toBe('everything')
  expect(await choose('.js', { nodeBundler: 'nft' })).toBe('traced')
  expect(await choose('.ts', { nodeBundler: 'nft' })).toBe('local')
  expect(await choose('.cjs', { nodeBundler: 'zisi' })).toBe('whole')
  expect(await choose('.ts', { nodeBundler: 'zisi' })).toBe('everything')
})
