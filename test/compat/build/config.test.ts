import { describe, expect, it } from 'vitest'
import { findProject } from '../../../src/builder/project/index.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { type Reading, readFunction, readSource, refusalsOf } from '../../helpers/project-reading.ts'

// build.md §4 (keys), §5 (layers).

const V1 = 'exports.handler = async () => ({ statusCode: 200 })'
const V2 = 'export default () => new Response()'

/** A web-format function with this config. */
const web = (config: string, options?: { extension?: string; toml?: string }): Promise<Reading> =>
  readSource(`${V2}\nexport const config = ${config}`, options)

describe('§4 keys of a config export', () => {
  it.each([
    ['"IAD"', 'iad'],
    ['"cmh"', 'cmh'],
  ])('case 58: region %s is %s', async (written, region) => {
    expect((await web(`{ region: ${written} }`)).config.region).toBe(region)
  })

  it('case 58: an unknown region is refused', async () => {
    const [refusal] = await refusalsOf(web('{ region: "not-a-real-region" }'))
    expect(refusal).toMatchObject({ code: 'FUNCTION_CONFIG_INVALID', key: 'config.region', line: 2 })
    expect(refusal?.message).toContain('netlify/functions/fn.mts:2')
    expect(refusal?.message).toContain('function "fn"')
  })

  it.each([
    ['"2gb"', 2048],
    ['"1024mb"', 1024],
    ['2048', 2048],
    ['"1.5gb"', 1536],
    ['" 2 GB "', 2048],
    ['"4096"', 4096],
  ])('case 59: memory %s is %d MB', async (written, megabytes) => {
    expect((await web(`{ memory: ${written} }`)).config.memoryMb).toBe(megabytes)
  })

  it.each(['512', '"5gb"', '"lots"', '2048.5', '"1.7gb"', '""', '"1kb"', '"1e3mb"', 'null'])(
    'case 59: memory %s is refused',
    async (written) => {
      expect(await refusalsOf(web(`{ memory: ${written} }`))).toMatchObject([
        { code: 'FUNCTION_CONFIG_INVALID', key: 'config.memory' },
      ])
    },
  )

  it('cases 60, 61: vcpu from 0.5 to 2, and never beside memory', async () => {
    for (const vcpu of [0.5, 1.5, 2]) expect((await web(`{ vcpu: ${vcpu} }`)).config.vcpu).toBe(vcpu)
    for (const config of ['{ vcpu: 0.4 }', '{ vcpu: 2.5 }', '{ vcpu: "1" }', '{ memory: 2048, vcpu: 1 }'])
      expect(await refusalsOf(web(config))).toMatchObject([{ key: 'config.vcpu' }])
  })

  it.each([
    ['timeout: "20"', 'timeoutSeconds'],
    ['timeout: 0', 'timeoutSeconds'],
    ['name: 5', 'displayName'],
    ['generator: true', 'generator'],
    ['nodeBundler: "webpack"', 'nodeBundler'],
    ['nodeVersion: 20', 'nodeVersion'],
    ['schedule: 5', 'schedule'],
    ['rateLimit: 5', 'trafficRules'],
  ] as const)('a soft key with a bad value counts as not set, and it is said (%s)', async (key, name) => {
    const { config, warnings } = await web(`{ ${key} }`)
    expect(config[name]).toBeUndefined()
    expect(warnings).toEqual(['CONFIG_VALUE_IGNORED'])
  })

  it('all keys at once', async () => {
    const { config, warnings } = await web(`{
      name: "Shown", generator: "me@1", timeout: 20, nodeBundler: "none", nodeVersion: "20",
      externalNodeModules: ["a"], ignoredNodeModules: ["b"], includedFiles: ["c/*"], region: "fra",
    }`)
    expect(warnings).toEqual([])
    expect(config).toMatchObject({
      displayName: 'Shown',
      generator: 'me@1',
      timeoutSeconds: 20,
      nodeBundler: 'none',
      nodeVersion: '20',
      externalNodeModules: ['a'],
      ignoredNodeModules: ['b'],
      includedFiles: ['c/*'],
      region: 'fra',
    })
  })

  it('every problem is told, not the first alone', async () => {
    const refusals = await refusalsOf(web('{ path: "x", region: "nowhere", memory: 5, method: "YELL" }'))
    expect(refusals.map(({ key }) => key)).toEqual([
      'config.path',
      'config.region',
      'config.memory',
      'config.method',
    ])
  })

  it.each(['method: "GET"', 'excludedPath: "/x"', 'preferStatic: true'])(
    'what does nothing without a path is said (%s)',
    async (key) => {
      expect((await web(`{ ${key} }`)).warnings).toEqual(['CONFIG_WITHOUT_EFFECT'])
    },
  )
})

describe('§5.1 netlify.toml', () => {
  const toml = (text: string, source = V2): Promise<Reading> => readSource(source, { toml: text })

  it('case 22: background in a function’s own table', async () => {
    expect(
      (await toml('[functions.fn]\nbackground = true', 'export const handler = 1')).config.invocationMode,
    ).toBe('background')
  })

  it('-> memory, region, vcpu, background and timeout are forwarded', async () => {
    const { config } = await toml(
      '[functions.fn]\nmemory = "2gb"\nregion = "CMH"\ntimeout = 20\nbackground = true\nname = "Shown"',
    )
    expect(config).toMatchObject({
      memoryMb: 2048,
      region: 'cmh',
      timeoutSeconds: 20,
      invocationMode: 'background',
      displayName: 'Shown',
    })
  })

  it('X11, D15: Roost’s own keys stand directly under [functions] or in a table', async () => {
    const { config } = await toml(
      '[functions]\ntimeout = 20\nconcurrency = 5\nmax_instances = 3\nnetwork = "none"\n[functions.fn]\ntimeout = 30',
    )
    expect(config).toMatchObject({ timeoutSeconds: 30, concurrency: 5, maxInstances: 3, network: 'none' })
  })

  it.each(['background = true', 'name = "x"', 'path = "/x"', 'timeouts = 20'])(
    'X11: another scalar directly under [functions] is refused (%s)',
    async (line) => {
      const key = `functions.${line.split(' ')[0]}`
      expect(await refusalsOf(toml(`[functions]\n${line}`))).toMatchObject([
        { code: 'CONFIG_INVALID', key, line: 2 },
      ])
    },
  )

  it('D15: an unknown key in a table is a warning with a did-you-mean', async () => {
    const project = await findProject(
      await writeProject({ 'netlify.toml': '[functions.fn]\nincluded_file = ["a"]\npath = "/x"' }),
    )
    expect(project.warnings).toMatchObject([
      { code: 'CONFIG_KEY_UNKNOWN', line: 2 },
      { code: 'CONFIG_KEY_UNKNOWN', line: 3 },
    ])
    expect(project.warnings[0]?.message).toContain('Did you mean "included_files"?')
    expect(project.warnings[1]?.message).toContain('`config` export')
  })

  it('a table called like a key is a function of that name when it has nothing but keys', async () => {
    const files = { 'netlify/functions/schedule.mjs': V2 }
    const { config } = await readFunction(
      { ...files, 'netlify.toml': '[functions.schedule]\nnode_bundler = "nft"' },
      'schedule',
    )
    expect(config.nodeBundler).toBe('nft')
    const refused = readFunction({ ...files, 'netlify.toml': '[functions.schedule]\ncron = "x"' }, 'schedule')
    expect(await refusalsOf(refused)).toMatchObject([{ key: 'functions.schedule', line: 1 }])
  })

  it('an explicit "*" beats the same key directly under [functions]', async () => {
    const { config } = await toml('[functions]\nregion = "fra"\n[functions."*"]\nregion = "cmh"')
    expect(config.region).toBe('cmh')
  })

  it('"esbuild" becomes esbuild with zisi behind it', async () => {
    expect((await toml('[functions]\nnode_bundler = "esbuild"')).config.nodeBundler).toBe('esbuild_zisi')
  })

  it('included_files are relative to the base directory', async () => {
    const dir = await writeProject({ 'netlify.toml': '[functions]\nincluded_files = ["data/**"]' })
    const project = await findProject(dir)
    expect(project.functions).toEqual([{ pattern: '*', settings: { includedFiles: ['data/**'] } }])
    expect(project.buildDir).toBe(dir)
  })

  it.each([
    ['external_node_modules = "x"', 'a list of texts'],
    ['ignored_node_modules = [1]', 'text'],
    ['included_files = "x"', 'a list of texts'],
    ['node_bundler = "webpack"', 'one of "esbuild"'],
    ['memory = true', 'megabytes'],
    ['memory = "lots"', 'megabytes'],
    ['region = 5', 'text'],
    ['vcpu = 3', 'from 0.5 to 2'],
    ['timeout = 0', 'above 0'],
    ['concurrency = 1.5', 'a whole number'],
    ['max_instances = 0', 'at least 1'],
    ['network = "some"', 'one of "all", "none"'],
    ['background = "yes"', 'true or false'],
  ])('§5.1, E16: a wrong value is refused with its line (%s)', async (line, expected) => {
    const [refusal] = await refusalsOf(toml(`[functions.fn]\n\n${line}`))
    expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', line: 3 })
    expect(refusal?.message).toContain(expected)
  })

  it('contexts override key by key, and their arrays replace', async () => {
    const files = {
      'netlify/functions/fn.mjs': V2,
      'netlify.toml': [
        '[functions.fn]',
        'included_files = ["a"]',
        'region = "fra"',
        '[context.dev.functions.fn]',
        'included_files = ["b"]',
        '[context."feature/*".functions]',
        'region = "cmh"',
      ].join('\n'),
    }
    expect((await readFunction(files, 'fn')).config).toMatchObject({ includedFiles: ['a'], region: 'fra' })
    const dev = await readFunction(files, 'fn', { context: 'dev' })
    expect(dev.config).toMatchObject({ includedFiles: ['b'], region: 'fra' })
    const branch = await readFunction(files, 'fn', { context: 'branch-deploy', branch: 'feature/x' })
    // The context's key goes to "*", which the function's own table outweighs.
    expect(branch.config.region).toBe('fra')
  })
})

describe('§5.2 patterns', () => {
  const source = { 'netlify/functions/function_one.mjs': V2, 'netlify/functions/api_x.mjs': V2 }

  it('case 66: lists of all matching tables, from the least to the most specific', async () => {
    const toml = [
      '[functions.function_one]',
      'external_node_modules = ["c"]',
      '[functions."*"]',
      'external_node_modules = ["a"]',
      '[functions."function_*"]',
      'external_node_modules = ["b"]',
    ]
    const { config } = await readFunction({ ...source, 'netlify.toml': toml.join('\n') }, 'function_one')
    expect(config.externalNodeModules).toEqual(['a', 'b', 'c'])
  })

  it('case 67: what a specific table does not set is left alone', async () => {
    const toml = '[functions."*"]\nschedule = "@daily"\n[functions.function_one]\nregion = "fra"'
    const { config } = await readFunction({ ...source, 'netlify.toml': toml }, 'function_one')
    expect(config).toMatchObject({ schedule: '@daily', region: 'fra' })
  })

  it.each([
    ['X16: braces outweigh the exact name', '{api_x,foo}', 'api_x', '{api_x,foo}'],
    ['a star weighs less than nothing', '*', 'api_*', 'api_*'],
    ['of equal weights the later one', 'api_?', 'api_x', 'api_x'],
    ['of equal weights the later one, the other way round', 'api_x', 'api_?', 'api_?'],
    ['a negation matches too', '*', '!foo', '!foo'],
    ['§5.2: !foo weighs 4, api_* 3', '!foo', 'api_*', '!foo'],
  ])('%s', async (_case, first, second, winner) => {
    const toml = [first, second].map((pattern) => `[functions."${pattern}"]\nname = "${pattern}"`).join('\n')
    const { config } = await readFunction({ ...source, 'netlify.toml': toml }, 'api_x')
    expect(config.displayName).toBe(winner)
  })

  it('a star does not match names that begin with a dot', async () => {
    const files = { 'netlify/functions/.x.mjs': V2, 'netlify.toml': '[functions]\nregion = "fra"' }
    expect((await readFunction(files, '.x')).config.region).toBeUndefined()
  })

  it('§19: memory and vcpu are one choice, and the most specific that makes it makes it whole', async () => {
    const toml = '[functions]\nmemory = 2048\n[functions.api_x]\nvcpu = 1.5'
    const { config } = await readFunction({ ...source, 'netlify.toml': toml }, 'api_x')
    expect(config.vcpu).toBe(1.5)
    expect(config.memoryMb).toBeUndefined()
  })

  it('a table for a function that there is not is said', async () => {
    const dir = await writeProject({ ...source, 'netlify.toml': '[functions.api_y]\nregion = "fra"' })
    const { discoverFunctions } = await import('../../../src/builder/discover/index.ts')
    const { warnings } = await discoverFunctions(await findProject(dir))
    expect(warnings).toMatchObject([{ code: 'FUNCTION_TABLE_UNUSED', line: 1 }])
    expect(warnings[0]?.message).toContain('Did you mean "api_x"?')
  })
})

describe('§5.3 the JSON file of generated functions', () => {
  const json = (config: object, version: unknown = 1): string => JSON.stringify({ version, config })

  it('case 62: the source’s own values win everywhere', async () => {
    const files = {
      '.netlify/functions-internal/fn.mjs': `${V2}
        export const config = { name: "SSR", generator: "me@2", timeout: 60, region: "cmh", memory: "2gb" }`,
      '.netlify/functions-internal/fn.json': json({ name: 'Other', generator: 'other@1', timeout: 5 }),
    }
    expect((await readFunction(files, 'fn')).config).toMatchObject({
      displayName: 'SSR',
      generator: 'me@2',
      timeoutSeconds: 60,
      region: 'cmh',
      memoryMb: 2048,
    })
  })

  it('case 63: only below .netlify/functions-internal', async () => {
    for (const [dir, expected] of [
      ['.netlify/functions-internal', 'Shown'],
      ['.netlify/v1/functions', undefined],
      ['netlify/functions', undefined],
    ]) {
      const files = { [`${dir}/fn.mjs`]: V2, [`${dir}/fn.json`]: json({ name: 'Shown' }) }
      expect((await readFunction(files, 'fn')).config.displayName).toBe(expected)
    }
  })

  it('case 64: it replaces what it sets, lists too, and leaves the rest', async () => {
    const files = {
      'netlify.toml': '[functions]\nschedule = "@daily"\nincluded_files = ["a"]',
      '.netlify/functions-internal/plain/index.js': V1,
      '.netlify/functions-internal/plain/index.json': json({
        includedFiles: ['b'],
        includedFilesBasePath: 'sub',
      }),
      '.netlify/functions-internal/scheduled.js': V1,
      '.netlify/functions-internal/scheduled.json': json({ schedule: '@hourly', nodeModuleFormat: 'esm' }),
    }
    const { config: plain } = await readFunction(files, 'plain')
    expect(plain).toMatchObject({ schedule: '@daily', includedFiles: ['b'] })
    expect(plain.includedFilesBasePath).toMatch(/\/sub$/)
    const { config: scheduled } = await readFunction(files, 'scheduled')
    expect(scheduled).toMatchObject({ schedule: '@hourly', includedFiles: ['a'], nodeModuleFormat: 'esm' })
  })

  it.each([
    ['no version', JSON.stringify({ config: { name: 'x' } })],
    ['another version', json({ name: 'x' }, 2)],
    ['version as text', json({ name: 'x' }, '1')],
    ['no JSON', '{'],
    ['a value of the wrong kind', json({ name: 5 })],
    ['a bad schedule', json({ schedule: 'nope' })],
  ])('case 65: %s is ignored, and it is said', async (_case, text) => {
    const files = { '.netlify/functions-internal/fn.mjs': V2, '.netlify/functions-internal/fn.json': text }
    const { config, warnings } = await readFunction(files, 'fn')
    expect(config.displayName).toBeUndefined()
    expect(config.schedule).toBeUndefined()
    expect(warnings).toEqual(['CONFIG_FILE_IGNORED'])
  })
})

describe('§5.4 the source on top', () => {
  it.each([
    ['unreadable', 'schedule: S', 'schedule = "@hourly"', 'schedule', 'CONFIG_VALUE_UNREADABLE'],
    ['soft-invalid', 'timeout: "x"', 'timeout = 20', 'timeoutSeconds', 'CONFIG_VALUE_IGNORED'],
    ['unreadable', 'memory: M', 'vcpu = 1.5', 'vcpu', 'CONFIG_VALUE_UNREADABLE'],
  ] as const)(
    'X9: a key that is %s erases the value of netlify.toml, and both are said (%s)',
    async (_case, key, toml, name, code) => {
      const { config, warnings } = await web(`{ ${key} }`, { toml: `[functions.fn]\n${toml}` })
      expect(config[name]).toBeUndefined()
      expect(warnings).toEqual([code, 'SETTING_ERASED'])
    },
  )

  it('lists are joined, the lower layer first', async () => {
    const { config } = await web('{ externalNodeModules: ["b"] }', {
      toml: '[functions]\nexternal_node_modules = ["a"]',
    })
    expect(config.externalNodeModules).toEqual(['a', 'b'])
  })

  it('case 106: includedFiles replaces, and is relative to the main file', async () => {
    const files = {
      'netlify.toml': '[functions]\nincluded_files = ["blog/author*"]',
      'netlify/functions/fn/index.mjs': `${V2}\nexport const config = { includedFiles: ["../../../blog/post*"] }`,
    }
    const { config } = await readFunction(files, 'fn')
    expect(config.includedFiles).toEqual(['../../../blog/post*'])
    expect(config.includedFilesBasePath).toMatch(/\/netlify\/functions\/fn$/)
  })

  it.each(['[]', '["a", X]'])(
    'an includedFiles that is or becomes empty leaves the lower list alone (%s)',
    async (list) => {
      const { config } = await web(`{ includedFiles: ${list} }`, {
        toml: '[functions]\nincluded_files = ["a"]',
      })
      expect(config.includedFiles).toEqual(['a'])
      expect(config.includedFilesBasePath).not.toMatch(/functions$/)
    },
  )

  it('exclusions alone discard the lower list as well', async () => {
    const { config } = await web('{ includedFiles: ["!b"] }', { toml: '[functions]\nincluded_files = ["a"]' })
    expect(config.includedFiles).toEqual(['!b'])
  })
})

describe('§5.5 Frameworks API', () => {
  const framework = (config: object, extra: Record<string, string> = {}) => ({
    'netlify/functions/fn.mjs': V2,
    '.netlify/v1/config.json': JSON.stringify(config),
    ...extra,
  })

  it('lies below the user’s values; arrays are joined, the user’s first', async () => {
    const files = framework(
      { functions: { '*': { included_files: ['theirs'], region: 'cmh', node_bundler: 'nft' } } },
      { 'netlify.toml': '[functions]\nincluded_files = ["mine"]\nregion = "fra"' },
    )
    expect((await readFunction(files, 'fn')).config).toMatchObject({
      includedFiles: ['mine', 'theirs'],
      region: 'fra',
      nodeBundler: 'nft',
    })
  })

  it('the older file is read when there is no other', async () => {
    const files = {
      'netlify/functions/fn.mjs': V2,
      '.netlify/deploy/v1/config.json': JSON.stringify({ functions: { fn: { region: 'cmh' } } }),
    }
    expect((await readFunction(files, 'fn')).config.region).toBe('cmh')
  })

  it('publish and redirects of the framework are taken, what it may not set is dropped', async () => {
    const files = framework(
      {
        build: { publish: 'dist', command: 'rm -rf /' },
        redirects: [{ from: '/b' }],
        'redirects!': [{ from: '/first' }],
        plugins: [{ package: 'x' }],
      },
      { 'netlify.toml': '[[redirects]]\nfrom = "/a"', 'dist/index.html': '' },
    )
    const project = await findProject(await writeProject(files))
    expect(project.publishDir).toMatch(/\/dist$/)
    expect(project.config).toEqual({
      build: { publish: 'dist' },
      redirects: [{ from: '/a' }, { from: '/b' }],
    })
    const file = '.netlify/v1/config.json'
    expect(project.rules).toEqual({
      first: [{ value: { from: '/first' }, source: { file, number: 1 } }],
      redirects: [
        { value: { from: '/a' }, source: { file: 'netlify.toml', number: 1, line: 1 } },
        { value: { from: '/b' }, source: { file, number: 1 } },
      ],
      headers: [],
    })
  })

  it('a wrong value counts as not set, and it is said', async () => {
    const files = framework({ functions: { fn: { vcpu: 9, region: 'cmh' } } })
    const project = await findProject(await writeProject(files))
    expect(project.functions).toEqual([{ pattern: 'fn', settings: { region: 'cmh' } }])
    expect(project.warnings).toMatchObject([{ code: 'CONFIG_FILE_IGNORED' }])
  })

  it('E20: unreadable JSON ends the build', async () => {
    const [refusal] = await refusalsOf(findProject(await writeProject({ '.netlify/v1/config.json': '{' })))
    expect(refusal?.code).toBe('CONFIG_SYNTAX')
    expect(refusal?.message).toContain('platform configuration written by your framework')
  })
})
