import { expect, it } from 'vitest'
import { readPrebuiltFlag } from './prebuilt-flag.ts'

it('names a build, or takes the newest', () => {
  expect(readPrebuiltFlag(undefined, 'site')).toEqual({ dir: 'site' })
  expect(readPrebuiltFlag(true, 'site')).toEqual({ dir: 'site', prebuilt: 'newest' })
  expect(readPrebuiltFlag('roost', undefined)).toEqual({ dir: '.', prebuilt: 'roost' })
  expect(readPrebuiltFlag('netlify', 'site')).toEqual({ dir: 'site', prebuilt: 'netlify' })
})

it('`serve --prebuilt site` names the folder, as it always did', () => {
  expect(readPrebuiltFlag('site', undefined)).toEqual({ dir: 'site', prebuilt: 'newest' })
})

it('refuses another word beside a folder', () => {
  expect(() => readPrebuiltFlag('vercel', 'site')).toThrow('expected "roost" or "netlify"')
})
