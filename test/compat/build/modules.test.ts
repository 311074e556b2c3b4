// Module formats and what own code becomes (build.md §10, §11.2; cases 29–31, 87–93, 102, 103, X12–X15).
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { answering, createProject, installed, type TestBuild, type TestProject } from './support.ts'

describe('formats', () => {
  let esm: TestBuild
  let cjs: TestBuild

  beforeAll(async () => {
    const fixed = {
      'netlify/functions/fixed-mjs.mjs': answering('typeof import.meta.url'),
      'netlify/functions/fixed-mts.mts': answering('typeof (import.meta.url as string)'),
      'netlify/functions/fixed-cts.cts': answering('typeof (module as object)'),
      'netlify/functions/fixed-cjs.cjs': 'exports.default = async () => new Response(typeof module)',
      'netlify/functions/js.js': answering('"js"'),
      'netlify/functions/ts.ts': answering('("ts" as string)'),
      'netlify/functions/tsx.tsx': answering(
        '(<b>tsx</b>)',
        'const React = { createElement: (tag: string) => tag }',
      ),
      'netlify/functions/asked.js': `${answering('"asked"')}export const config = { nodeBundler: "esbuild" }`,
    }
    const inModule = await createProject({ 'package.json': '{"type":"module"}', ...fixed })
    const inScript = await createProject({ 'package.json': '{"name":"x"}', ...fixed })
    esm = await inModule.build()
    cjs = await inScript.build()
  })

  it('cases 29, 30: web functions of a module package are ESM by nft, whatever bundler is asked for', () => {
    for (const name of ['js', 'ts', 'tsx', 'asked', 'fixed-mjs', 'fixed-mts'])
      expect(esm.get(name)).toMatchObject({ format: 'web', bundler: 'nft', moduleFormat: 'esm' })
    expect(esm.get('js').entry).toBe('netlify/functions/js.mjs')
  })

  it('case 31: without a type they are CommonJS, and no TypeScript is left in the output', async () => {
    for (const name of ['js', 'ts', 'tsx', 'fixed-cts', 'fixed-cjs'])
      expect(cjs.get(name)).toMatchObject({ format: 'web', bundler: 'nft', moduleFormat: 'cjs' })
    expect(cjs.get('ts').entry).toBe('netlify/functions/ts.cjs')
    expect((await cjs.files('ts')).filter((path) => /\.ts$/.test(path))).toEqual([])
  })

  it('case X15: the extension decides, also .cjs in a module package', () => {
    expect(esm.get('fixed-cjs').moduleFormat).toBe('cjs')
    expect(esm.get('fixed-cts').moduleFormat).toBe('cjs')
    expect(cjs.get('fixed-mjs').moduleFormat).toBe('esm')
    expect(cjs.get('fixed-mts').moduleFormat).toBe('esm')
  })

  it('every form loads and answers', async () => {
    const names = ['fixed-mjs', 'fixed-mts', 'fixed-cts', 'fixed-cjs', 'js', 'ts', 'tsx', 'asked']
    const expected = ['string', 'string', 'object', 'object', 'js', 'ts', 'b', 'asked'].map((body) => ({
      body,
    }))
    expect(await esm.run(names.map((name) => ({ name })))).toEqual(expected)
    expect(await cjs.run(names.map((name) => ({ name })))).toEqual(expected)
  })
})

describe('CommonJS names in ESM output', () => {
  it('case X12: a top-level __dirname of one’s own works, in the main file and in helpers', async () => {
    const project = await createProject({
      'netlify/functions/own.mts': `import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { helper } from '../../lib/helper.ts'
const __filename = fileURLToPath(import.meta.url)
const __dirname = path.dirname(__filename)
export default async () => new Response([path.basename(__dirname), path.basename(__filename), helper].join())`,
      'lib/helper.ts': `import { createRequire } from 'node:module'
import path from 'node:path'
const require = createRequire(import.meta.url)
const __dirname = path.dirname(new URL(import.meta.url).pathname)
export const helper = path.basename(__dirname) + typeof require('node:fs').readFileSync`,
      'netlify/functions/given.mjs': `import { basename } from 'node:path'
import { helper } from '../../lib/given.mjs'
export default async () => new Response([basename(__dirname), basename(__filename), require('node:os').EOL.length, helper].join())`,
      'lib/given.mjs': 'export const helper = typeof require.resolve + __dirname.endsWith("functions")',
      'netlify/functions/none.mjs': answering('"no names"'),
    })
    const build = await project.build()
    expect(await build.run([{ name: 'own' }, { name: 'given' }])).toEqual([
      { body: 'functions,own.mjs,functionsfunction' },
      { body: 'functions,given.mjs,1,functiontrue' },
    ])
    expect(await build.read('none', 'netlify/functions/none.mjs')).not.toMatch(/require|__dirname|__filename/)
  })
})

describe('what is bundled and what stays an import', () => {
  let project: TestProject
  let build: TestBuild

  beforeAll(async () => {
    const dual = { exports: { import: './esm.mjs', require: './cjs.cjs' } }
    project = await createProject({
      'package.json': '{"imports":{"#lib":"./lib/one.js","#dep":"dep-cjs"}}',
      'tsconfig.json': '{"compilerOptions":{"baseUrl":".","paths":{"~/*":["lib/*"]}}}',
      ...installed('dep-cjs', 'exports.named = "cjs"'),
      ...installed('dep-esm', 'export const named = "esm"; export default "esm-default"', { type: 'module' }),
      'node_modules/dual/package.json': JSON.stringify({ name: 'dual', ...dual }),
      'node_modules/dual/esm.mjs': 'export const format = "dual-esm"',
      'node_modules/dual/cjs.cjs': 'exports.format = "dual-cjs"',
      'lib/one.js': 'export const one = 1',
      'lib/two.cjs': 'exports.two = 2',
      'lib/three.mjs': 'export const three = 3',
      'lib/four.ts': 'export const four: number = 4',
      'lib/five.cts': 'export const five: number = 5',
      'lib/langs/de.mjs': 'export default "hallo"',
      'lib/langs/en.mjs': 'export default "hello"',
      'lib/text.txt': 'plain text',
      'lib/data.json': '{"key":"value"}',
      ...forms('mixed', 'mts'),
      ...forms('mixed-cjs', 'cts'),
      'netlify/functions/alias.ts': answering(
        'four + one',
        "import { four } from '~/four'\nimport { one } from '#lib'",
      ),
      'netlify/functions/alias-esm.mts': answering(
        'four + one',
        "import { four } from '~/four'\nimport { one } from '#lib'",
      ),
      'netlify/functions/mapped.mjs': answering('named', "import { named } from '#dep'"),
      'netlify/functions/dual-import.mjs': answering('format', "import { format } from 'dual'"),
      'netlify/functions/dual-require.cjs': `const { format } = require('dual')\nexports.default = async () => new Response(format)`,
      'netlify/functions/template.mjs': `export default async (req) => {
  const name = new URL(req.url).pathname.slice(1)
  return new Response((await import(\`../../lib/langs/\${name}.mjs\`)).default)
}`,
      'netlify/functions/texts.mjs': answering(
        'text + json.key + typed.key',
        `import text from '../../lib/text.txt'
import json from '../../lib/data.json'
import typed from '../../lib/data.json' with { type: 'json' }`,
      ),
      'netlify/functions/await.mts': `const value = await Promise.resolve('awaited')\n${answering('value')}`,
      'netlify/functions/esm-in-cjs.ts': answering(
        'byDefault + named',
        "import byDefault, { named } from 'dep-esm'",
      ),
    })
    build = await project.build()
  })

  function forms(name: string, extension: string) {
    return {
      [`netlify/functions/${name}.${extension}`]: `import { one } from '../../lib/one.js'
import { two } from '../../lib/two.cjs'
import { three } from '../../lib/three.mjs'
import { four } from '../../lib/four'
import { five } from '../../lib/five.cjs'
import cjs from 'dep-cjs'
export default async () => {
  const esm = await import('dep-esm')
  return new Response([one, two, three, four, five, cjs.named, esm.named].join())
}`,
    }
  }

  it('cases 91: tsconfig aliases and package imports work in both formats', async () => {
    expect(await build.run([{ name: 'alias' }, { name: 'alias-esm' }])).toEqual([
      { body: '5' },
      { body: '5' },
    ])
    expect(await build.files('alias')).toEqual([
      'netlify/functions/alias.cjs',
      'netlify/functions/alias.cjs.map',
      'package.json',
    ])
  })

  it('cases 92, 93: packages of both formats and five helpers; inputs name every source', async () => {
    expect(await build.run([{ name: 'mixed' }, { name: 'mixed-cjs' }])).toEqual([
      { body: '1,2,3,4,5,cjs,esm' },
      { body: '1,2,3,4,5,cjs,esm' },
    ])
    const inputs = build.functions
      .find((fn) => fn.name === 'mixed')
      ?.inputs.map((path) => path.slice(project.dir.length + 1))
    expect(inputs).toEqual(
      expect.arrayContaining([
        'lib/five.cts',
        'lib/four.ts',
        'lib/one.js',
        'lib/three.mjs',
        'lib/two.cjs',
        'netlify/functions/mixed.mts',
      ]),
    )
  })

  it('a package import that leads to a package finds that package', async () => {
    expect(await build.run([{ name: 'mapped' }])).toEqual([{ body: 'cjs' }])
  })

  it('§11.2: only the export condition of the output format is copied', async () => {
    expect(await build.files('dual-import')).toContain('node_modules/dual/esm.mjs')
    expect(await build.files('dual-import')).not.toContain('node_modules/dual/cjs.cjs')
    expect(await build.files('dual-require')).toContain('node_modules/dual/cjs.cjs')
    expect(await build.files('dual-require')).not.toContain('node_modules/dual/esm.mjs')
    expect(await build.run([{ name: 'dual-import' }, { name: 'dual-require' }])).toEqual([
      { body: 'dual-esm' },
      { body: 'dual-cjs' },
    ])
  })

  it('§11.2: dynamic imports with a template are bundled', async () => {
    expect(await build.run([{ name: 'template', url: 'http://site.test/de' }])).toEqual([{ body: 'hallo' }])
    expect(await build.files('template')).not.toContain('lib/langs/de.mjs')
  })

  it('case X14: .txt is a string, .json an object, with attributes or without', async () => {
    expect(await build.run([{ name: 'texts' }])).toEqual([{ body: 'plain textvaluevalue' }])
  })

  it('an ES module package imported from CommonJS output is bundled in, so that no Node has to require it', async () => {
    expect(await build.run([{ name: 'esm-in-cjs' }, { name: 'await' }])).toEqual([
      { body: 'esm-defaultesm' },
      { body: 'awaited' },
    ])
    expect(await build.files('esm-in-cjs')).not.toContain('node_modules/dep-esm/index.js')
  })
})

describe('what cannot be bundled', () => {
  it('cases 102, X14, 95: top-level await in CommonJS, a file without a loader, a syntax error: file, line and advice', async () => {
    const project = await createProject({
      'netlify/functions/awaiting.ts': `const value = await fetch('http://x')\n${answering('value')}`,
      'netlify/functions/wasm.mjs': answering('wasm', "import wasm from './a.wasm'"),
      'netlify/functions/a.wasm': '\0asm',
      'netlify/functions/style.mjs': answering('1', "import './a.css'"),
      'netlify/functions/a.css': 'b { color: red }',
      'netlify/functions/broken.mts': 'export default async () => {\n  const = 1\n}',
    })
    const errors = await project.buildErrors()
    const of = (name: string) => errors.find((error) => error.details.functionName === name)
    expect(of('awaiting')).toMatchObject({
      code: 'BUNDLE_FAILED',
      details: { file: join(project.dir, 'netlify/functions/awaiting.ts'), line: 1, column: 15 },
      hint: expect.stringContaining('.mts'),
    })
    expect(of('wasm')).toMatchObject({
      code: 'BUNDLE_FAILED',
      hint: expect.stringContaining('included_files'),
    })
    expect(of('style')?.code).toBe('BUNDLE_FAILED')
    expect(of('broken')).toMatchObject({
      code: 'BUNDLE_FAILED',
      message: expect.stringContaining('netlify/functions/broken.mts:2:9'),
    })
    expect(errors).toHaveLength(4)
  })

  it('case 103: import.meta in what becomes CommonJS is one warning that recommends __dirname', async () => {
    const project = await createProject({
      'netlify/functions/v1.ts':
        'export const handler = async () => ({ statusCode: 200, body: String(import.meta.url) + import.meta.dirname })',
      'netlify/functions/v2.ts': answering('import.meta.url'),
    })
    const build = await project.build()
    const warnings = build.warnings.filter((warning) => warning.code === 'IMPORT_META_EMPTY')
    expect(warnings.map((warning) => [warning.functionName, warning.file, warning.line])).toEqual([
      ['v1', join(project.dir, 'netlify/functions/v1.ts'), 1],
      ['v2', join(project.dir, 'netlify/functions/v2.ts'), 2],
    ])
    expect(warnings[0]?.message).toContain('__dirname')
  })
})
