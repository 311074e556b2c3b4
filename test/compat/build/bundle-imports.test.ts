// Imports that lead nowhere (build.md §11; cases 95–101, X13; D15c).
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answering, createProject, installed } from './support.ts'

const lambda = (expression: string) =>
  `exports.handler = async (event) => ({ statusCode: 200, body: String(${expression}) })\n`

describe('missing imports (D15c)', () => {
  it('cases 95, X13: each one names function, importer with line, and the command', async () => {
    const missing = {
      'package.json': '{"dependencies":{"declared":"1"}}',
      'lib/deep.ts': '// comment\nimport deep from "deep-one"\nexport default deep',
      'netlify/functions/web.mts': `import pad from 'left-pad'\n${answering('pad')}`,
      'netlify/functions/helper.mts': answering('deep', "import deep from '../../lib/deep.ts'"),
      'netlify/functions/untouched.js': `const x = require('@scope/name/sub')\n${lambda('x')}`,
      'netlify/functions/everything.ts': `import one from 'declared'\nexport const handler = async () => one`,
      'netlify/functions/local.mts': `import x from './nowhere'\n${answering('x')}`,
    }
    const project = await createProject({ ...missing, 'package-lock.json': '{}' })
    const errors = await project.buildErrors()
    const shown = Object.fromEntries(
      errors.map(({ code, details, message, hint }) => [details.functionName, { code, message, hint }]),
    )
    const code = 'BUNDLE_IMPORT_MISSING'
    expect(shown).toEqual({
      web: {
        code,
        message: '"web" imports "left-pad", which is not installed (netlify/functions/web.mts:1:17).',
        hint: 'Run "npm install left-pad".',
      },
      helper: {
        code,
        message: '"helper" imports "deep-one", which is not installed (lib/deep.ts:2:18).',
        hint: 'Run "npm install deep-one".',
      },
      untouched: {
        code,
        message:
          '"untouched" imports "@scope/name/sub", which is not installed (netlify/functions/untouched.js:1:19).',
        hint: 'Run "npm install @scope/name".',
      },
      everything: {
        code,
        message:
          '"everything" imports "declared", which is not installed (netlify/functions/everything.ts:1:17).',
        hint: 'Run "npm install".',
      },
      local: {
        code,
        message: '"local" imports "./nowhere", which does not exist (netlify/functions/local.mts:1:15).',
        hint: 'Correct the path or add the file.',
      },
    })
  })

  it.each([
    ['pnpm-lock.yaml', 'Run "pnpm add left-pad".'],
    ['yarn.lock', 'Run "yarn add left-pad".'],
    ['bun.lock', 'Run "bun add left-pad".'],
  ])('the command is that of the package manager in use: %s', async (lockFile, hint) => {
    const project = await createProject({
      [lockFile]: '',
      'package.json': '{}',
      'netlify/functions/web.mts': answering('pad', "import pad from 'left-pad'"),
    })
    expect((await project.buildErrors()).map((error) => error.hint)).toEqual([hint])
  })

  it("what a framework's output misses is installed in the project, not in the output", async () => {
    const project = await createProject({
      'package.json': '{}',
      '.netlify/functions-internal/server/package.json': '{ "dependencies": {} }',
      '.netlify/functions-internal/server/server.mjs': answering('pad', "import pad from 'left-pad'"),
    })
    expect((await project.buildErrors()).map((error) => error.hint)).toEqual(['Run "npm install left-pad".'])
  })

  it('case 96, §11.3: optional dependencies, optional peers and what is tried may be missing', async () => {
    const tried = `let found = 'none'\ntry { found = require('maybe') } catch {}\n`
    const project = await createProject({
      'package.json': JSON.stringify({
        optionalDependencies: { optional: '1' },
        peerDependencies: { peer: '1' },
        peerDependenciesMeta: { peer: { optional: true } },
      }),
      ...installed('pkg', 'try { module.exports = require("inner") } catch { module.exports = "pkg" }', {
        optionalDependencies: { inner: '1' },
      }),
      'netlify/functions/a-whole.js': `${tried}${lambda('found + require("pkg")')}`,
      'netlify/functions/b-local.cjs': `${tried}exports.default = async () => new Response(found + require("pkg"))`,
      'netlify/functions/c-everything.ts': `${tried}export const handler = async () => ({ statusCode: 200, body: found + require("pkg") })`,
      'netlify/functions/d-optional.mts': answering(
        'await import("optional").catch(() => "gone") + await import("peer").catch(() => "too")',
      ),
      'netlify/functions/e-optional-v1.js': lambda(
        '(() => { try { return require("optional") } catch { return "gone" } })()',
      ),
    })
    const build = await project.build()
    expect(await build.run(build.functions.map(({ name }) => ({ name })))).toEqual(
      ['nonepkg', 'nonepkg', 'nonepkg', 'gonetoo', 'gone'].map((body) => ({ body })),
    )
  })

  it('what is imported inside try, or with a catch of its own, may be missing', async () => {
    const project = await createProject({
      'netlify/functions/web.mts': answering(
        'await import("gone-one").catch(() => "one") + found',
        'let found = "two"\ntry { found = await import("gone-two") } catch {}',
      ),
    })
    expect(await (await project.build()).run([{ name: 'web' }])).toEqual([{ body: 'onetwo' }])
  })

  it('case 97: a needed dependency or peer of a package is missed; one that is only flagged optional, too', async () => {
    const project = await createProject({
      'package.json': '{}',
      ...installed('needs-dep', 'require("gone-dep")', { dependencies: { 'gone-dep': '1' } }),
      ...installed('needs-peer', '', { peerDependencies: { 'gone-peer': '1' } }),
      ...installed('only-meta', 'require("flagged")', {
        peerDependenciesMeta: { flagged: { optional: true } },
        dependencies: { flagged: '1' },
      }),
      'netlify/functions/dep-v1.js': lambda('require("needs-dep")'),
      'netlify/functions/dep-v2.mjs': answering('dep', "import dep from 'needs-dep'"),
      'netlify/functions/peer-v1.js': lambda('require("needs-peer")'),
      'netlify/functions/meta-v1.js': lambda('require("only-meta")'),
    })
    const errors = await project.buildErrors()
    expect(errors.map((error) => `${error.details.functionName} ${error.details.specifier}`).sort()).toEqual([
      'dep-v1 gone-dep',
      'dep-v2 gone-dep',
      'meta-v1 flagged',
      'peer-v1 gone-peer',
    ])
    expect(errors[0]?.message).toContain('"needs-dep"')
  })

  it('case 98: a require of something that is not a package name is left alone', async () => {
    const project = await createProject({
      'netlify/functions/odd.js': `try { require('@scope') } catch {}\nconst odd = () => require('@only')\n${lambda('typeof odd')}`,
    })
    const build = await project.build()
    expect(await build.run([{ name: 'odd' }])).toEqual([{ body: 'function' }])
  })

  it('case 99: a package.json that is not JSON is an error that names it', async () => {
    const project = await createProject({
      'package.json': '{ "name": ',
      'netlify/functions/plain.js': lambda('1'),
      'netlify/functions/web.mts': answering('1'),
    })
    const errors = await project.buildErrors()
    for (const error of errors) expect(error.message).toContain('package.json')
    expect(errors.map((error) => error.code)).toContain('BUNDLE_FAILED')
  })

  it('case 100: of thirteen unresolved requires ten are shown', async () => {
    const requires = Array.from({ length: 13 }, (_, index) => `require("gone-${index}")`).join('\n')
    const project = await createProject({
      'netlify/functions/many.ts': `${requires}\nexport const handler = () => {}`,
    })
    expect(await project.buildErrors()).toHaveLength(10)
  })

  it('case 101: a syntax error in .cjs is an error of that function with its place', async () => {
    const project = await createProject({
      'netlify/functions/bad.cjs': 'exports.handler = () => {}\nexport { }}',
    })
    expect(await project.buildErrors()).toMatchObject([
      { code: 'BUNDLE_FAILED', details: { file: join(project.dir, 'netlify/functions/bad.cjs'), line: 2 } },
    ])
  })

  it('§11.1: esbuild that fails falls back to shipping the files, and says so', async () => {
    const project = await createProject({
      'netlify.toml': '[functions]\nnode_bundler = "esbuild"',
      'netlify/functions/fallback.js': `const load = () => require('./a.weird')\n${lambda('typeof load')}`,
      'netlify/functions/a.weird': 'not code',
    })
    const build = await project.build()
    expect(build.get('fallback').bundler).toBe('nft')
    expect(build.warnings.map((warning) => warning.code)).toContain('BUNDLER_FALLBACK')
    expect(await build.run([{ name: 'fallback' }])).toEqual([{ body: 'function' }])
  })
})
