import { expect, it } from 'vitest'
import { addPrelude, withoutShims } from './prelude.ts'

const MAP = JSON.stringify({ version: 3, mappings: 'AAAA;AACA' })
const mappings = (map: string | undefined) => (JSON.parse(map ?? '{}') as { mappings: string }).mappings

it('code that uses no shim stays as it is', () => {
  expect(addPrelude('export default 1\n', MAP, 'esm')).toEqual({ code: 'export default 1\n', map: MAP })
})

it('each name brings its own lines, and the map moves down by as many', () => {
  const { code, map } = addPrelude('console.log(__roost_dirname)\n', MAP, 'esm')
  expect(code).toMatch(/__roost_fileURLToPath[\s\S]*console\.log\(__roost_dirname\)\n$/)
  expect(code).not.toContain('createRequire')
  const lines = code.split('\n').length - 2
  expect(mappings(map)).toBe(`${';'.repeat(lines)}AAAA;AACA`)
  expect(addPrelude('__require("x")\n', undefined, 'esm').code).toContain('createRequire')
})

it('a hashbang goes, since the file is imported, and its line leaves the map', () => {
  expect(addPrelude('#!/usr/bin/env node\nrun()\n', JSON.stringify({ mappings: ';AAAA' }), 'esm')).toEqual({
    code: 'run()\n',
    map: JSON.stringify({ mappings: 'AAAA' }),
  })
  const both = addPrelude(
    '#!/usr/bin/env node\n__require("x")\n',
    JSON.stringify({ mappings: ';AAAA' }),
    'esm',
  )
  expect(both.code).not.toContain('#!')
  expect(mappings(both.map)).toBe(`${';'.repeat(both.code.split('\n').length - 2)}AAAA`)
})

it('the trace reads the names it knows', () => {
  expect(withoutShims('__require("a"); f(__roost_dirname, __roost_filename)')).toBe(
    'require("a"); f(__dirname, __filename)',
  )
  expect(withoutShims('var import_path = __toESM(require("path"), 1); import_path.default.join(x)')).toBe(
    'var import_path = require("path"); import_path.join(x)',
  )
})
