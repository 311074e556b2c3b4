// Packages that are not simply below the function (build.md §11.2, §11.10; cases 28, 94, 111, 116, X13).
import { lstat, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { answering, createProject, installed, type TestBuild, type Tree } from './support.ts'

const lambda = (expression: string) =>
  `exports.handler = async () => ({ statusCode: 200, body: String(${expression}) })\n`

/** A workspace package, written in TypeScript unless its main file says otherwise. */
function workspace(name: string, code: string, main = 'src/index.ts', fields: object = {}): Tree {
  return {
    [`packages/${name}/package.json`]: JSON.stringify({ name: `@org/${name}`, main, ...fields }),
    [`packages/${name}/${main}`]: code,
    [`node_modules/@org/${name}`]: { link: `../../packages/${name}` },
  }
}

describe('npm and yarn workspaces: a base directory below the repository root', () => {
  let build: TestBuild

  beforeAll(async () => {
    const project = await createProject(
      {
        'package.json': '{"workspaces":["packages/*"]}',
        'package-lock.json': '{}',
        'packages/site/package.json': '{"name":"site","type":"module"}',
        'packages/site/netlify.toml': '[functions]\nincluded_files = ["data/*", "../shared/x.txt"]',
        'packages/site/data/a.txt': 'data',
        'packages/shared/x.txt': 'shared',
        ...installed('hoisted', 'module.exports = "hoisted"'),
        ...installed('versioned', 'module.exports = "v1"'),
        ...workspace(
          'types',
          `import { inner } from './inner'\nimport versioned from 'versioned'\nexport const types: string = inner + versioned`,
        ),
        'packages/types/src/inner.ts':
          'export enum Kind { A = "enum" }\nexport const inner = Kind.A as string',
        ...installed(
          'versioned',
          'module.exports = "v2"',
          { version: '2.0.0' },
          'packages/types/node_modules',
        ),
        ...workspace(
          'plain',
          'exports.plain = require("fs").readFileSync(__dirname + "/beside.txt", "utf8")',
          'index.js',
        ),
        'packages/plain/beside.txt': 'beside',
        ...workspace('mixed', 'exports.mixed = "js+" + require("@org/types").types', 'index.js'),
        ...workspace('exports', 'export const sub = "sub"', 'sub.mts', { exports: { './sub': './sub.mts' } }),
        'packages/site/netlify/functions/hoisted.mjs': answering('hoisted', "import hoisted from 'hoisted'"),
        'packages/site/netlify/functions/hoisted-v1.cjs': lambda('require("hoisted")'),
        'packages/site/netlify/functions/types.mts': answering(
          'types + "," + versioned',
          "import { types } from '@org/types'\nimport versioned from 'versioned'",
        ),
        'packages/site/netlify/functions/types-v1.ts': `import { types } from '@org/types'\nexport const handler = async () => ({ statusCode: 200, body: types })`,
        'packages/site/netlify/functions/plain.mts': answering('plain', "import { plain } from '@org/plain'"),
        'packages/site/netlify/functions/mixed.mts': answering('mixed', "import { mixed } from '@org/mixed'"),
        'packages/site/netlify/functions/sub.mts': answering('sub', "import { sub } from '@org/exports/sub'"),
        'packages/site/netlify/functions/reads.mts': answering(
          'readFileSync("data/a.txt") + readFileSync("../shared/x.txt")',
          "import { readFileSync } from 'node:fs'",
        ),
      },
      'packages/site',
    )
    build = await project.build()
  })

  it('case 116: hoisted packages above the base directory are found, in both formats', async () => {
    expect(await build.run([{ name: 'hoisted' }, { name: 'hoisted-v1' }])).toEqual([
      { body: 'hoisted' },
      { body: 'hoisted' },
    ])
    expect(await build.files('hoisted')).toContain('node_modules/hoisted/index.js')
  })

  it('the base directory stays the working directory when the layout starts at the repository root', async () => {
    expect(build.get('reads')).toMatchObject({
      cwd: 'packages/site',
      entry: 'packages/site/netlify/functions/reads.mjs',
    })
    expect(await build.run([{ name: 'reads' }])).toEqual([{ body: 'datashared' }])
  })

  it('§11.2: TypeScript workspace packages are bundled, with the versions of packages that they see themselves', async () => {
    expect(await build.run([{ name: 'types' }, { name: 'types-v1' }])).toEqual([
      { body: 'enumv2,v1' },
      { body: 'enumv2' },
    ])
    const files = await build.files('types')
    expect(files.filter((path) => path.endsWith('.ts'))).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining([
        'node_modules/versioned/index.js',
        'packages/types/node_modules/versioned/index.js',
        'packages/site/netlify/functions/types.mjs',
      ]),
    )
  })

  it('JavaScript workspace packages are copied with what they read, unless they import TypeScript themselves', async () => {
    expect(await build.run([{ name: 'plain' }, { name: 'mixed' }, { name: 'sub' }])).toEqual([
      { body: 'beside' },
      { body: 'js+enumv2' },
      { body: 'sub' },
    ])
    expect(await build.files('plain')).toEqual(
      expect.arrayContaining([
        'node_modules/@org/plain',
        'packages/plain/index.js',
        'packages/plain/beside.txt',
      ]),
    )
    expect(await build.files('mixed')).not.toContain('packages/mixed/index.js')
  })
})

describe('pnpm', () => {
  const store = 'node_modules/.pnpm'

  it('case 94, 111: packages behind links, with dependencies of their own, in both formats; links stay links', async () => {
    const esm = 'import inner from "inner"\nexport default "esm+" + inner'
    const project = await createProject({
      'pnpm-lock.yaml': '',
      'package.json': '{}',
      ...installed(
        'dep',
        esm,
        { type: 'module', dependencies: { inner: '1' } },
        `${store}/dep@1.0.0/node_modules`,
      ),
      ...installed('inner', 'module.exports = "inner"', {}, `${store}/inner@1.0.0/node_modules`),
      [`${store}/dep@1.0.0/node_modules/inner`]: { link: '../../inner@1.0.0/node_modules/inner' },
      'node_modules/dep': { link: '.pnpm/dep@1.0.0/node_modules/dep' },
      'node_modules/alias-of-dep': { link: '.pnpm/dep@1.0.0/node_modules/dep' },
      'node_modules/inner-too': { link: '.pnpm/inner@1.0.0/node_modules/inner' },
      'netlify/functions/esm.mts': answering(
        'dep + alias',
        "import dep from 'dep'\nimport alias from 'alias-of-dep'",
      ),
      'netlify/functions/dynamic.ts': answering('(await import("dep")).default'),
      'netlify/functions/whole.cjs': lambda('require("inner-too")'),
    })
    const build = await project.build()
    expect(await build.run(['esm', 'dynamic', 'whole'].map((name) => ({ name })))).toEqual([
      { body: 'esm+inneresm+inner' },
      { body: 'esm+inner' },
      { body: 'inner' },
    ])
    const folder = join(build.artifactDir, build.get('esm').dir)
    for (const name of ['dep', 'alias-of-dep']) {
      expect((await lstat(join(folder, 'node_modules', name))).isSymbolicLink()).toBe(true)
      expect(await readlink(join(folder, 'node_modules', name))).toBe('.pnpm/dep@1.0.0/node_modules/dep')
    }
  })

  it('a bundled workspace package finds dependencies that only it has', async () => {
    const project = await createProject(
      {
        'pnpm-lock.yaml': '',
        'package.json': '{}',
        ...installed('only-there', 'module.exports = "there"', {}, `${store}/only-there@1.0.0/node_modules`),
        'packages/util/package.json': '{"name":"@org/util","main":"index.ts"}',
        'packages/util/index.ts': "import there from 'only-there'\nexport const util: string = there",
        'packages/util/node_modules/only-there': {
          link: '../../../node_modules/.pnpm/only-there@1.0.0/node_modules/only-there',
        },
        'packages/site/package.json': '{}',
        'packages/site/node_modules/@org/util': { link: '../../../util' },
        'packages/site/netlify/functions/esm.mts': answering('util', "import { util } from '@org/util'"),
        'packages/site/netlify/functions/cjs.cts': answering('util', "import { util } from '@org/util'"),
      },
      'packages/site',
    )
    const build = await project.build()
    expect(await build.run([{ name: 'esm' }, { name: 'cjs' }])).toEqual([
      { body: 'there' },
      { body: 'there' },
    ])
  })

  it('the command for a missing package says where to run it', async () => {
    const project = await createProject(
      {
        'pnpm-lock.yaml': '',
        'package.json': '{}',
        'packages/site/package.json': '{}',
        'packages/site/netlify/functions/one.mts': answering('gone', "import gone from '@org/gone'"),
      },
      'packages/site',
    )
    expect((await project.buildErrors()).map((error) => error.hint)).toEqual([
      'Run "pnpm add @org/gone" in packages/site.',
    ])
  })
})

describe('places outside the site', () => {
  it('a functions directory outside the base directory', async () => {
    const project = await createProject(
      {
        'site/netlify.toml': '[functions]\ndirectory = "../functions"\nincluded_files = ["a.txt"]',
        'site/a.txt': 'base',
        'functions/outside.mts': answering('readFileSync("a.txt")', "import { readFileSync } from 'node:fs'"),
      },
      'site',
    )
    const build = await project.build()
    expect(build.get('outside')).toMatchObject({ cwd: 'site', entry: 'functions/outside.mjs' })
    expect(await build.run([{ name: 'outside' }])).toEqual([{ body: 'base' }])
  })

  it('a package linked from outside the repository is bundled in', async () => {
    const outside = await createProject({
      'package.json': '{"name":"linked","main":"index.js"}',
      'index.js': 'exports.linked = "from outside"',
    })
    const project = await createProject({
      'node_modules/linked': { link: outside.dir },
      'netlify/functions/one.mts': answering('linked', "import { linked } from 'linked'"),
    })
    const build = await project.build()
    expect(await build.run([{ name: 'one' }])).toEqual([{ body: 'from outside' }])
    expect((await build.files('one')).filter((path) => path.startsWith('node_modules'))).toEqual([])
  })

  it('§11.10: packages of build plugins are found when there are no others of that name', async () => {
    const plugins = '.netlify/plugins/node_modules'
    const project = await createProject({
      ...installed('both', 'module.exports = "site"'),
      ...installed('both', 'module.exports = "plugin"', {}, plugins),
      ...installed('only-plugin', 'module.exports = "only+" + require("both")', {}, plugins),
      'netlify/functions/web.mts': answering(
        'both + only',
        "import both from 'both'\nimport only from 'only-plugin'",
      ),
      'netlify/functions/whole.cjs': lambda('require("only-plugin")'),
      'netlify/functions/everything.ts': `import only from 'only-plugin'\nexport const handler = async () => ({ statusCode: 200, body: only })`,
    })
    const build = await project.build()
    expect(await build.run([{ name: 'web' }, { name: 'everything' }, { name: 'whole' }])).toEqual([
      { body: 'siteonly+plugin' },
      { body: 'only+plugin' },
      { body: expect.stringMatching(/^only\+/) },
    ])
    expect(await build.files('whole')).toContain('node_modules/only-plugin/index.js')
  })

  it('case 28: a function among the packages of a build plugin sees those packages, and paths start there', async () => {
    const plugins = '.netlify/plugins/node_modules'
    const project = await createProject({
      ...installed('dep', 'module.exports = "site"'),
      ...installed('dep', 'module.exports = "plugin"', {}, plugins),
      [`${plugins}/plugin/functions/inside.mjs`]: answering('dep', "import dep from 'dep'"),
      'netlify.toml': `[functions]\ndirectory = "${plugins}/plugin/functions"`,
    })
    const build = await project.build()
    expect(build.get('inside').entry).toBe('node_modules/plugin/functions/inside.mjs')
    expect(await build.run([{ name: 'inside' }])).toEqual([{ body: 'plugin' }])
  })
})
