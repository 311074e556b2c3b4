import { chmodSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPlaces } from '../../helpers/hostile-site.ts'
import { ask } from '../../helpers/http.ts'
import { writeProject } from '../../helpers/project-files.ts'
import { type Roost, startRoost } from '../../helpers/roost.ts'

// runtime.md §12.1, D137: a function's files lie in /var/task, as on Lambda, where the sandbox has a file system
// of its own. Elsewhere LAMBDA_TASK_ROOT says where they are.

const TOML = '[functions]\nincluded_files = ["data/**"]\n'
const WHERE = `import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
const ROOT = process.env.LAMBDA_TASK_ROOT
const attempt = (work) => { try { return work() } catch (error) { return error.code } }
export default async () => Response.json({
  root: ROOT,
  cwd: process.cwd(),
  file: import.meta.filename ?? new URL(import.meta.url).pathname,
  dirname: __dirname,
  stack: /\\((?:file:\\/\\/)?(\\/[^)]*?):\\d+:\\d+\\)|at (?:file:\\/\\/)?(\\/\\S*?):\\d+:\\d+/.exec(new Error().stack).slice(1).join(''),
  names: readdirSync(ROOT).sort(),
  byName: attempt(() => readFileSync('/var/task/data/x.txt', 'utf8')),
  byRoot: attempt(() => readFileSync(ROOT + '/data/x.txt', 'utf8')),
  relative: attempt(() => readFileSync('data/x.txt', 'utf8')),
  added: attempt(() => writeFileSync(ROOT + '/new.txt', 'x')),
  changed: attempt(() => writeFileSync(ROOT + '/data/x.txt', 'x')),
})
`

describe.each(listPlaces())('the root of a function: $name', (place) => {
  const isOwn = place.sandbox === 'bubblewrap'
  let roost: Roost
  let remove: (() => Promise<void>) | undefined

  const serve = async (files: Record<string, string>, subfolder = ''): Promise<Roost> => {
    const dir = await writeProject(files, (whenDone) => {
      remove = whenDone
    })
    chmodSync(dir, 0o777) // whoever the host is builds in it
    return startRoost(['serve', `${dir}${subfolder}`, '--port', '0', '--sandbox', place.sandbox], {
      env: { HOME: dir },
    })
  }
  const where = async () =>
    JSON.parse((await ask(`${roost.url}/.netlify/functions/where`)).body) as Record<string, string>

  describe('a project', () => {
    beforeAll(async () => {
      roost = await serve({
        'netlify.toml': TOML,
        'data/x.txt': 'the data',
        'netlify/functions/where.mjs': WHERE,
      })
    })
    afterAll(async () => {
      await roost?.stop()
      await remove?.()
    })

    it('is one for LAMBDA_TASK_ROOT, the working directory, the code and its stacks', async () => {
      const { root, ...found } = await where()
      if (isOwn) expect(root).toBe('/var/task')
      expect(found).toMatchObject({
        cwd: root,
        file: `${root}/netlify/functions/where.mjs`,
        dirname: `${root}/netlify/functions`,
        stack: `${root}/netlify/functions/where.mjs`,
        names: ['data', 'netlify', 'package.json'],
        byRoot: 'the data',
        relative: 'the data',
      })
    })

    it('is found by code that writes the path down, where the sandbox can have it there', async () => {
      expect((await where()).byName).toBe(isOwn ? 'the data' : 'ENOENT')
    })

    it.runIf(isOwn || process.getuid?.() === 0)('is not for the function to write', async () => {
      const { added, changed } = await where()
      expect([added, changed].every((code) => ['EROFS', 'EACCES'].includes(code ?? ''))).toBe(true)
    })
  })

  it('stays the whole of the files where the base directory lies deeper in it', async () => {
    roost = await serve(
      {
        '.git/HEAD': 'ref: refs/heads/main\n',
        'package.json': '{"workspaces":["apps/*"]}',
        'node_modules/dep/package.json': '{"name":"dep","version":"1.0.0","main":"index.js"}',
        'node_modules/dep/index.js': '',
        'apps/site/netlify.toml': TOML,
        'apps/site/data/x.txt': 'the data',
        'apps/site/netlify/functions/where.mjs': `import 'dep'\n${WHERE}`,
      },
      '/apps/site',
    )
    try {
      const { root, cwd, relative, names } = await where()
      if (isOwn) expect(root).toBe('/var/task')
      expect({ cwd, relative, names }).toEqual({
        cwd: `${root}/apps/site`,
        relative: 'the data',
        names: ['apps', 'node_modules', 'package.json'],
      })
    } finally {
      await roost.stop()
      await remove?.()
    }
  })
})
