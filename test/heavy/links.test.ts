// D133: no link carries a file from outside the repository into a build or onto the site. The project is one that
// somebody else wrote, the key is the operator's.
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ProjectFiles, writeProject } from '../helpers/project-files.ts'
import { type Ending, runRoost, startRoost } from '../helpers/roost.ts'

const KEY = 'OPERATOR-KEY-5f2c1'
/** The commands start several processes each, and bundle dozens of functions. */
const TIMEOUT_MS = 180_000
/** Functions of the project that reach for nothing. */
const INNOCENT = ['innocent', 'side-files']

/** What lies on the machine beside the repository. */
const OUTSIDE: ProjectFiles = {
  'key.txt': KEY,
  'key.json': JSON.stringify({ key: KEY }),
  'key.mjs': `export default ${JSON.stringify(KEY)}`,
  'key.cjs': `module.exports = ${JSON.stringify(KEY)}`,
  'folder/key.txt': KEY,
  'web.mjs': `export default async () => new Response(${JSON.stringify(KEY)})`,
  'lambda.js': `exports.handler = async () => ({ statusCode: 200, body: ${JSON.stringify(KEY)} })`,
  'package/package.json': '{"name":"another","main":"index.js"}',
  'package/index.js': `module.exports = ${JSON.stringify(KEY)}`,
  'linked/package.json': '{"name":"linked","main":"index.js"}',
  'linked/index.js': 'module.exports = "a linked package"',
  'linked/key.txt': { link: '../key.txt' },
}

const web = (imports: string, expression: string) =>
  `${imports}\nexport default async () => new Response(String(${expression}))\n`
const lambda = (expression: string) =>
  `exports.handler = async () => ({ statusCode: 200, body: String(${expression}) })\n`
const readsFile = (path: string) =>
  web("import { readFileSync } from 'node:fs'", `readFileSync(${JSON.stringify(path)})`)
const inFunctions = (files: ProjectFiles): ProjectFiles =>
  Object.fromEntries(Object.entries(files).map(([path, file]) => [`netlify/functions/${path}`, file]))

/** Function → what of its files leads out, as `included_files` names it. */
const INCLUDED = {
  file: ['data/file'],
  'through-folder': ['data/folder/key.txt'],
  'whole-folder': ['data/folder/**', 'data/folder'],
  chain: ['data/chain/first'],
  'folder-chain': ['data/by-folder'],
  climbing: ['data/climbing'],
  dangling: ['data/dangling'],
  device: ['data/device'],
  proc: ['data/proc'],
  ring: ['data/ring'],
}

function listLinks(outside: string): ProjectFiles {
  return {
    'data/file': { link: join(outside, 'key.txt') },
    'data/folder': { link: join(outside, 'folder') },
    'data/chain/first': { link: 'second' },
    'data/chain/second': { link: '../file' },
    'data/by-folder': { link: 'folder/key.txt' },
    'data/deep/up': { link: '..' },
    'data/climbing': { link: join('deep/up/up/..', '../../../../../../../../../../..', outside, 'key.txt') },
    'data/dangling': { link: join(outside, 'not-there') },
    'data/device': { link: '/dev/zero' },
    'data/proc': { link: '/proc/self/environ' },
    'data/ring': { link: 'gnir' },
    'data/gnir': { link: 'ring' },
  }
}

/** Functions whose code leads out, one for each way by which a bundle takes files. */
function listCode(outside: string): ProjectFiles {
  return {
    'lib/key.txt': { link: join(outside, 'key.txt') },
    'lib/key.json': { link: join(outside, 'key.json') },
    'lib/key.mjs': { link: join(outside, 'key.mjs') },
    'lib/key.cjs': { link: join(outside, 'key.cjs') },
    'lib/folder': { link: outside },
    'node_modules/wrong': { link: join(outside, 'package') },
    'node_modules/dep/package.json': '{"name":"dep","main":"index.js"}',
    'node_modules/dep/index.js': 'exports.dep = require("fs").readFileSync(__dirname + "/key.txt", "utf8")',
    'node_modules/dep/key.txt': { link: join(outside, 'key.txt') },
    'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '@key/*': [`${outside}/*`] } } }),
    ...inFunctions({
      'code.mjs': web("import key from '../../lib/key.mjs'", 'key'),
      'json.mjs': web("import key from '../../lib/key.json'", 'key.key'),
      'text.mjs': web("import key from '../../lib/key.txt'", 'key'),
      'code-folder.mjs': web("import key from '../../lib/folder/key.mjs'", 'key'),
      'absolute.mjs': web(`import key from '${outside}/key.mjs'`, 'key'),
      'alias.ts': web("import key from '@key/key.json'", 'key.key'),
      'traversal.mjs': web(
        `import key from 'dep/../../../../../../../../../../../../..${outside}/key.json'`,
        'key.key',
      ),
      'everything.ts': `import key from '../../lib/key.json'\nexport const handler = async () => ({ statusCode: 200, body: key.key })`,
      'asset.mjs': web(
        "import { readFileSync } from 'node:fs'",
        'readFileSync(new URL("./asset/key.txt", import.meta.url))',
      ),
      'asset/key.txt': { link: join(outside, 'key.txt') },
      'wrong-package.mjs': web("import wrong from 'wrong'", 'wrong'),
      'wrong-package-whole.js': lambda('require("wrong")'),
      'package-data.mjs': web("import { dep } from 'dep'", 'dep'),
      'package-data-whole.js': lambda('require("dep").dep'),
      'whole.js': lambda('require("../../lib/key.json").key'),
      'traced.js': lambda('[require("../../lib/key.cjs"), import("node:fs")]'),
      'entry.mjs': { link: join(outside, 'web.mjs') },
      'entry-of-folder/index.js': { link: join(outside, 'lambda.js') },
      'untouched.js': { link: join(outside, 'lambda.js') },
    }),
  }
}

vi.setConfig({ testTimeout: TIMEOUT_MS })

describe('a project that links to the operator’s files', () => {
  const removals: (() => Promise<void>)[] = []
  const write = (files: ProjectFiles) => writeProject(files, (remove) => removals.push(remove))
  let outside: string
  let dir: string
  let names: string[]

  beforeAll(async () => {
    outside = await write(OUTSIDE)
    const tables = Object.entries(INCLUDED).map(
      ([name, paths]) => `[functions.${name}]\nincluded_files = ${JSON.stringify(paths)}\n`,
    )
    const code = listCode(outside)
    dir = await write({
      '.git/HEAD': '',
      'netlify.toml': `${tables.join('')}[functions.untouched]\nnode_bundler = "none"\n`,
      ...listLinks(outside),
      ...code,
      ...inFunctions({
        'innocent.mjs': web('', '"innocent"'),
        // Links among side files are not followed (build.md §11.4): nothing of it is taken, and nothing refused.
        'side-files/side-files.js': lambda('1'),
        'side-files/key.txt': { link: join(outside, 'key.txt') },
        ...Object.fromEntries(
          Object.entries(INCLUDED).map(([name, [path]]) => [`${name}.mjs`, readsFile(path!)]),
        ),
      }),
    })
    const own = Object.keys(code).flatMap(
      (path) => /^netlify\/functions\/([\w-]+)(\.\w+|\/\1\.js|\/index\.js)$/.exec(path)?.[1] ?? [],
    )
    names = [...own, ...Object.keys(INCLUDED)].sort()
  })
  afterAll(async () => {
    for (const remove of removals) await remove()
  })

  it('the build refuses each function, names the link and where it leads, and takes nothing of it', async () => {
    const ending = await runRoost(['build', dir, '--allow-broken', '--json'])
    const { errors, functions } = JSON.parse(ending.stdout || '{}') as BuildJson
    expect(functions?.map(({ name }) => name)).toEqual(INNOCENT)
    expect([...new Set(errors.map((error) => error.details.functionName))].sort()).toEqual(names)
    expect(errors.filter(({ code }) => code !== 'LINK_OUTSIDE_REPOSITORY')).toEqual([])
    const named = (name: string) => errors.find((error) => error.details.functionName === name)?.message
    expect(named('file')).toContain(`data/file leads out of the repository ${dir}, to ${outside}/key.txt`)
    expect(named('through-folder')).toContain(`data/folder leads out`)
    expect(named('chain')).toContain(`data/chain/first leads out`)
    expect(named('code-folder')).toContain('lib/folder leads out')
    expect(named('ring')).toContain('data/ring is a link that leads in a circle')
    expect(named('entry')).toContain('netlify/functions/entry.mjs leads out')
    for (const error of errors) expect(error.hint).toContain('--allow-outside-links')
    expect(findKey(join(dir, '.netlify'))).toEqual([])
  })

  it('serve says the same and does not start; check says it before', async () => {
    const served = await runRoost(['serve', dir, '--port', '0'])
    const checked = await runRoost(['check', dir, '--json'])
    expect(served.code).toBe(1)
    expect(checked.code).toBe(3)
    const { findings } = JSON.parse(checked.stdout) as { findings: { code: string; functionName: string }[] }
    const found = findings.filter(({ code }) => code === 'LINK_OUTSIDE_REPOSITORY')
    expect([...new Set(found.map(({ functionName }) => functionName))].sort()).toEqual(names)
    expect(served.stderr.match(/LINK_OUTSIDE_REPOSITORY/g)?.length).toBe(found.length)
    expect(served.stderr).not.toContain(KEY)
    expect(checked.stdout + checked.stderr).not.toContain(KEY)
  })

  it('the project cannot allow it to itself: its own roost.toml is refused, one that the operator names is not', async () => {
    const file = join(dir, 'roost.toml')
    writeFileSync(file, 'allow_outside_links = true\n')
    const own = await runRoost(['serve', dir, '--port', '0'])
    expect(own.stderr).toContain('SETTING_INVALID')
    expect(own.stderr).toContain('allow_outside_links')
    const named = await runRoost(['serve', dir, '--port', '70000', '--config', file])
    expect(named.stderr).not.toContain('allow_outside_links')
    rmSync(file)
  })

  it('--allow-outside-links takes what the links lead to, and its variable does', async () => {
    const ending = await runRoost(['build', dir, '--allow-broken', '--json', '--allow-outside-links'])
    const { errors, functions } = JSON.parse(ending.stdout) as BuildJson
    expect(errors.filter(({ code }) => code === 'LINK_OUTSIDE_REPOSITORY')).toEqual([])
    expect(functions?.map(({ name }) => name)).toEqual(expect.arrayContaining(['file', 'code', 'entry']))
    expect(findKey(join(dir, '.netlify/roost/build/functions/file'))).not.toEqual([])
    const env = { ROOST_ALLOW_OUTSIDE_LINKS: 'true' }
    const checked = await runRoost(['check', dir, '--json'], { env })
    expect(checked.stdout).not.toContain('LINK_OUTSIDE_REPOSITORY')
    // Without it nothing of what it has built is used again.
    const again = await runRoost(['build', dir, '--allow-broken', '--json'])
    expect((JSON.parse(again.stdout) as BuildJson).functions?.map(({ name }) => name)).toEqual(INNOCENT)
  })
})

describe('configuration and folders that are links', () => {
  const FUNCTION = inFunctions({ 'hello.mjs': web('', '"hello"') })

  it.each<[string, string, (outside: string) => ProjectFiles, string]>([
    ['netlify.toml', 'netlify.toml', (o) => ({ 'netlify.toml': { link: `${o}/key.txt` } }), 'netlify.toml'],
    [
      'the functions directory',
      'netlify/functions',
      (o) => ({ 'netlify/functions': { link: `${o}/functions` } }),
      'netlify/functions',
    ],
    [
      'a folder above the functions directory',
      'netlify',
      (o) => ({ netlify: { link: o }, 'netlify.toml': '[functions]\ndirectory = "netlify/functions"' }),
      'netlify',
    ],
    [
      'the publish folder',
      'public',
      (o) => ({
        ...FUNCTION,
        public: { link: `${o}/folder` },
        'netlify.toml': '[build]\npublish = "public"',
      }),
      'public',
    ],
    [
      'the base directory',
      'site',
      (o) => ({ site: { link: o }, 'netlify.toml': '[build]\nbase = "site"' }),
      'site',
    ],
    ['.nvmrc', '.nvmrc', (o) => ({ ...FUNCTION, '.nvmrc': { link: `${o}/key.txt` } }), '.nvmrc'],
    [
      'what a framework wrote',
      '.netlify/v1',
      (o) => ({ ...FUNCTION, '.netlify/v1': { link: `${o}/v1` } }),
      '.netlify/v1',
    ],
    [
      'tsconfig.json',
      'tsconfig.json',
      (o) => ({ ...FUNCTION, 'tsconfig.json': { link: `${o}/key.json` } }),
      'tsconfig.json',
    ],
    [
      'what tsconfig.json extends',
      'base.json',
      (o) => ({
        ...FUNCTION,
        'tsconfig.json': '{"extends":"./base.json"}',
        'base.json': { link: `${o}/key.json` },
      }),
      'base.json',
    ],
    [
      'package.json',
      'package.json',
      (o) => ({ ...FUNCTION, 'package.json': { link: `${o}/key.json` } }),
      'package.json',
    ],
  ])('%s: build, check and serve refuse it by name', async (_, __, files, link) => {
    const outside = await writeProject({
      ...OUTSIDE,
      'functions/hello.mjs': web('', `"${KEY}"`),
      'v1/config.json': '{}',
      'v1/functions/hello.mjs': web('', `"${KEY}"`),
    })
    const dir = await writeProject({ '.git/HEAD': '', ...files(outside) })
    const endings: Record<string, Ending> = {
      build: await runRoost(['build', dir]),
      check: await runRoost(['check', dir]),
      serve: await runRoost(['serve', dir, '--port', '0']),
    }
    for (const [command, { code, stdout, stderr }] of Object.entries(endings)) {
      expect(`${stdout}${stderr}`, command).toContain('LINK_OUTSIDE_REPOSITORY')
      expect(`${stdout}${stderr}`, command).toContain(`${link} leads out of the repository ${dir}`)
      expect(`${stdout}${stderr}`, command).not.toContain(KEY)
      expect(code, command).toBe(command === 'check' ? 3 : 1)
    }
    expect(findKey(dir)).toEqual([])
  })
})

describe('packages that are links', () => {
  it('npm link: the package of that name is bundled, with a note; what it links to itself is not', async () => {
    const outside = await writeProject({
      ...OUTSIDE,
      'linked/index.js': 'module.exports = "linked+" + require("inner")',
      'linked/node_modules/inner/package.json': '{"name":"inner","main":"index.js"}',
      'linked/node_modules/inner/index.js': 'module.exports = "inner"',
      'linked/package.json': '{"name":"@org/linked","main":"index.js","dependencies":{"inner":"1"}}',
    })
    rmSync(join(outside, 'linked/key.txt'))
    const dir = await writeProject({
      '.git/HEAD': '',
      'node_modules/@org/linked': { link: join(outside, 'linked') },
      'netlify.toml': '[functions.whole]\nnode_bundler = "zisi"\n[functions.traced]\nnode_bundler = "nft"\n',
      ...inFunctions({
        'web.mjs': web("import linked from '@org/linked'", 'linked'),
        'whole.js': lambda('require("@org/linked")'),
        'traced.js': lambda('require("@org/linked")'),
        'everything.ts': `import linked from '@org/linked'\nexport const handler = async () => ({ statusCode: 200, body: linked })`,
      }),
    })
    await using roost = await startRoost(['serve', dir, '--port', '0'])
    for (const name of ['web', 'whole', 'traced', 'everything']) {
      const response = await fetch(`${roost.url}/.netlify/functions/${name}`)
      expect(await response.text(), name).toBe('linked+inner')
    }
    expect(roost.stderr.text).toContain('"web" uses the package @org/linked from outside')
    expect(roost.stderr.text.match(/PACKAGE_OUTSIDE_REPOSITORY/g)?.length).toBe(4)
  })
})

describe('the site', () => {
  it('serves no link that leads outside, nor one that takes the place of a file or folder later', async () => {
    const outside = await writeProject({ ...OUTSIDE, 'img/page.txt': KEY })
    const dir = await writeProject({
      '.git/HEAD': '',
      'netlify.toml': '[build]\npublish = "public"',
      'public/page.txt': 'page',
      'public/img/page.txt': 'page',
      'public/file.txt': { link: join(outside, 'key.txt') },
      'public/folder': { link: join(outside, 'folder') },
      'public/above.txt': { link: '../netlify.toml' },
      'netlify/functions/': '',
    })
    await using roost = await startRoost(['serve', dir, '--port', '0'])
    const get = async (path: string) => {
      const response = await fetch(`${roost.url}${path}`)
      return `${response.status} ${(await response.text()).includes(KEY) ? KEY : ''}`
    }
    for (const path of ['/file.txt', '/folder/key.txt', '/above.txt']) expect(await get(path)).toBe('404 ')
    for (const path of ['/page.txt', '/img/page.txt']) expect(await get(path)).toBe('200 ')
    renameSync(join(dir, 'public/page.txt'), join(dir, 'public/old.txt'))
    symlinkSync(join(outside, 'key.txt'), join(dir, 'public/page.txt'))
    renameSync(join(dir, 'public/img'), join(dir, 'public/old'))
    symlinkSync(join(outside, 'img'), join(dir, 'public/img'))
    for (const path of ['/page.txt', '/img/page.txt']) expect(await get(path)).toBe('404 ')
  })
})

describe('artifacts', () => {
  it('a folder or link that leads out of a build is not served, with --prebuilt and without', async () => {
    const outside = await writeProject({ ...OUTSIDE, 'bundle/hello.mjs': OUTSIDE['web.mjs']! })
    const dir = await writeProject({
      '.git/HEAD': '',
      ...inFunctions({ 'hello.mjs': web('', '"hello"') }),
    })
    expect((await runRoost(['build', dir])).code).toBe(0)
    const build = join(dir, '.netlify/roost/build/functions/hello')
    const [version] = readdirSync(build)
    symlinkSync(outside, join(build, version!, 'out'))
    const linked = await runRoost(['serve', dir, '--prebuilt', '--port', '0'])
    expect(linked.stderr).toContain('ARTIFACT_INVALID')
    expect(linked.stderr).toContain(`${version}/out`)
    rmSync(join(build, version!), { recursive: true })
    symlinkSync(join(outside, 'bundle'), join(build, version!))
    for (const flags of [['--prebuilt'], []]) {
      const { code, stderr } = await runRoost(['serve', dir, ...flags, '--port', '0'])
      expect(code).toBe(1)
      expect(stderr).toContain('ARTIFACT_INVALID')
      expect(stderr).toContain(version!)
    }
  })
})

interface BuildJson {
  functions?: { name: string }[]
  errors: { code: string; message: string; hint?: string; details: { functionName?: string } }[]
}

/** Files below `dir` that hold the key, without following a link. */
function findKey(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return findKey(path)
    return entry.isFile() && readFileSync(path).includes(KEY) ? [path] : []
  })
}
