// Rules on their way from the project to a request: built now, built before, or left by Netlify's tools.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildProject } from '../../../src/builder/pipeline/index.ts'
import type { PrebuiltChoice } from '../../../src/host/prebuilt.ts'
import { startHost } from '../../../src/host/serve.ts'
import { ask } from '../../helpers/http.ts'
import { type ProjectFiles, writeProject } from '../../helpers/project-files.ts'
import { describeHost, type LogLines } from '../../helpers/server-harness.ts'

const SITE: ProjectFiles = {
  'netlify.toml': '[build]\npublish = "public"\n',
  'public/index.html': 'home',
  'public/new.html': 'new',
  'public/_redirects': '/old /new 302\n/broken\n',
  _redirects: '/root /new 302\n',
  'public/_headers': '/new\n  X-Rule: yes\n',
}

interface Served {
  id: string
  location: string | undefined
  header: string | undefined
  root: number
  warnings: string[]
}

async function serve(dir: string, prebuilt?: PrebuiltChoice): Promise<Served> {
  const log: LogLines = []
  const warnings: string[] = []
  const onWarning = ({ code }: { code: string }) => void warnings.push(code)
  const host = await startHost({ ...describeHost(dir, log), onWarning, ...(prebuilt && { prebuilt }) })
  try {
    const at = (path: string) => ask(`${host.edge.url}${path}`)
    const { headers } = await at('/old')
    return {
      id: host.site.deploy.id,
      location: headers.location,
      header: (await at('/new')).headers['x-rule'] as string | undefined,
      root: (await at('/root')).status,
      warnings,
    }
  } finally {
    await host.stops.destroy()
  }
}

const RULED = { location: '/new', header: 'yes', root: 404 }

it('case 59: rules of the publish directory count, in each way to serve a project; what a build says is said', async () => {
  const dir = await writeProject({ ...SITE, '.netlify/functions/': '' })
  expect(await serve(dir)).toMatchObject({ ...RULED, warnings: ['REDIRECT_UNREADABLE'] })
  expect(await serve(dir, 'netlify')).toMatchObject({ ...RULED, warnings: ['REDIRECT_UNREADABLE'] })
  await buildProject({ dir })
  // What was built counts, not what has become of the project.
  await rm(join(dir, 'public/_redirects'))
  expect(await serve(dir, 'roost')).toMatchObject({ ...RULED, warnings: [] })
})

it('other rules are another deploy; the same rules on other lines are not', async () => {
  const dir = await writeProject(SITE)
  const first = await serve(dir)
  await writeFile(join(dir, 'public/_redirects'), '# moved\n\n/old /new 302\n')
  expect((await serve(dir)).id).toBe(first.id)
  await writeFile(join(dir, 'public/_redirects'), '/old /new 301\n')
  expect((await serve(dir)).id).not.toBe(first.id)
})
