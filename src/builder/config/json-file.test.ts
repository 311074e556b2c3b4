import { describe, expect, it } from 'vitest'
import { parseJsonConfig } from './json-file.ts'

describe('parseJsonConfig', () => {
  it('takes what it knows, and leaves options of Netlify’s bundler alone', () => {
    const config = { name: 'n', timeout: 5, includedFiles: ['a'], nodeModuleFormat: 'esm', zipGo: true }
    expect(parseJsonConfig(JSON.stringify({ version: 1, config }))).toEqual({
      values: { name: 'n', timeout: 5, includedFiles: ['a'], nodeModuleFormat: 'esm' },
      problems: [],
    })
  })

  it('drops single values that are wrong, each with its reason', () => {
    const config = { timeout: '5', memory: 'lots', generator: 'g', schedule: '@reboot' }
    const { values, problems } = parseJsonConfig(JSON.stringify({ version: 1, config }))
    expect(values).toEqual({ generator: 'g' })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'config.timeout',
      'config.memory',
      'config.schedule',
    ])
  })

  it.each(['null', '[]', '"x"', '5', '{"version":1}', '{"version":1,"config":null}'])(
    'survives %s',
    (text) => {
      expect(parseJsonConfig(text).values).toEqual({})
    },
  )
})
