// Functions are bundled together where they can be: with the same bytes as each alone, and the same errors.
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import { createProject, installed, type Tree } from './support.ts'

/** Every way in which one function could change what esbuild makes of a helper that another one uses too. */
const PROJECT: Tree = {
  'package.json': '{ "type": "module" }',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
  'lib/plain.ts': `export const plain = (text: string): string => text + '!'
export const unused = () => 'never'
`,
  'lib/required.ts': 'export const required = "required"\nexport default { required }\n',
  'lib/lazy.ts': 'export const lazy = "lazy"\n',
  'lib/pack.ts': 'import { pack } from "pack"\nexport const shared = pack\n',
  'lib/list.json': '[1, 2, 3]',
  'lib/old.cjs': 'exports.old = "old"\n',
  ...installed('pack', 'export const pack = "pack"\n', { type: 'module' }),
  'netlify/functions/imports.mts': `import { plain } from '@lib/plain.ts'
import { lazy } from '../../lib/lazy.ts'
import list from '../../lib/list.json'
import { required } from '../../lib/required.ts'
import { shared } from '../../lib/pack.ts'
import { pack } from 'pack'
export default async () => new Response([plain('a'), lazy, list, required, shared, pack].join())
`,
  'netlify/functions/requires.mts': `import { plain } from '../../lib/plain.ts'
const { required } = require('../../lib/required.ts')
const list = require('../../lib/list.json')
export default async () => new Response([plain('b'), required, list].join())
`,
  'netlify/functions/lazily.mts': `import old from '../../lib/old.cjs'
export default async () => new Response([(await import('../../lib/lazy.ts')).lazy, old.old].join())
`,
  'netlify/functions/whole.mts': `import * as plain from '../../lib/plain.ts'
const required = 'mine'
export default async () => new Response([Object.keys(plain), required].join())
`,
  'netlify/functions/neighbour.mts': `import other from './whole.mts'
import { createRequire } from 'node:module'
export default async () => new Response([await (await other()).text(), typeof createRequire, __dirname.length > 0].join())
`,
  // In folders of their own. In `nested` Node would find another version of the package than its helper means.
  'netlify/functions/folder/index.mts': `import { plain } from '../../../lib/plain.ts'
import { pack } from 'pack'
export default async () => new Response(plain(pack))
`,
  'netlify/functions/nested/nested.mts': `import { shared } from '../../../lib/pack.ts'
export default async () => new Response(shared)
`,
  ...installed(
    'pack',
    'export const pack = "nested"\n',
    { type: 'module' },
    'netlify/functions/nested/node_modules',
  ),
  'kit/kit.ts': 'import { pack } from "pack"\nexport const kit = pack\n',
  ...installed('pack', 'export const pack = "of the kit"\n', { type: 'module' }, 'kit/node_modules'),
  'netlify/functions/with-kit.mts': `import { kit } from '../../kit/kit.ts'
export default async () => new Response(kit)
`,
  'netlify/functions/folder-kit/index.mts': `import { kit } from '../../../kit/kit.ts'
export default async () => new Response(kit)
`,
  'netlify/functions/common.cts': `import { plain } from '../../lib/plain.ts'
export default async () => new Response(plain('c'))
`,
}

describe('functions that are bundled together', () => {
  it('have the bytes that they have alone, and work', async () => {
    const project = await createProject(PROJECT)
    const together = await project.build()
    const names = together.manifest.functions.map(({ name }) => name)
    expect(names).toHaveLength(10)
    for (const name of names) {
      const alone = await createProject(PROJECT)
      const { manifest } = await buildProject({ dir: alone.dir, outDir: alone.outDir, onlyFunctions: [name] })
      expect(manifest.functions[0]?.digest, name).toBe(together.get(name).digest)
    }
    const answers = await together.run(names.map((name) => ({ name })))
    expect(Object.fromEntries(names.map((name, index) => [name, answers[index]?.body]))).toEqual({
      common: 'c!',
      folder: 'pack!',
      'folder-kit': 'of the kit',
      imports: 'a!,lazy,1,2,3,required,pack,pack',
      lazily: 'lazy,old',
      neighbour: 'plain,unused,mine,function,true',
      nested: 'pack',
      requires: 'b!,required,1,2,3',
      whole: 'plain,unused,mine',
      'with-kit': 'of the kit',
    })
  })

  it('fail alone: the others are built, and the error names its own function', async () => {
    const project = await createProject({
      ...PROJECT,
      'netlify/functions/broken.mts': 'import { nothing } from "./nowhere.ts"\nexport default nothing\n',
    })
    const { functions, errors } = await project.build({ allowBroken: true })
    expect(functions).toHaveLength(10)
    expect(errors).toMatchObject([{ code: 'BUNDLE_IMPORT_MISSING', details: { functionName: 'broken' } }])
  })

  it('are warned about each by itself', async () => {
    const project = await createProject({
      ...PROJECT,
      'netlify/functions/odd.mts':
        'export default async () => new Response(JSON.stringify({ a: 1, a: 2 }))\n',
    })
    const { warnings } = await project.build()
    expect(warnings).toMatchObject([{ code: 'ESBUILD_WARNING', functionName: 'odd', line: 1 }])
  })

  it('watch their own sources only', async () => {
    const { functions } = await (await createProject(PROJECT)).build()
    const inputs = (name: string) =>
      functions
        .find((fn) => fn.name === name)!
        .inputs.map((path) => path.split('/').slice(-2).join('/'))
        .sort()
    expect(inputs('whole')).toEqual(['functions/whole.mts', 'lib/plain.ts'])
    expect(inputs('lazily')).toEqual(['functions/lazily.mts', 'lib/lazy.ts', 'lib/old.cjs'])
  })

  it('have equal small files in common, which stay when one of them goes', async () => {
    const project = await createProject(PROJECT)
    const { artifactDir, get } = await project.build()
    const fileOf = (name: string) => join(artifactDir, get(name).dir, 'package.json')
    const [one, other] = await Promise.all(['whole', 'lazily'].map((name) => stat(fileOf(name))))
    expect(one!.ino).toBe(other!.ino)
    await rm(fileOf('whole'))
    expect(await readFile(fileOf('lazily'), 'utf8')).toBe('{}\n')
  })
})
