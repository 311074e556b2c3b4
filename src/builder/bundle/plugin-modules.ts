import { dirname, join, sep } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import type { BundleInput } from './bundler.ts'
import type { BundleSession } from './session.ts'

/**
 * Build plugins install their packages apart, in `.netlify/plugins/node_modules`, and the functions they generate may
 * use them (build.md §11.10).
 */
const PLUGINS = join('.netlify', 'plugins')

/** The `node_modules` of build plugins that the function's imports fall back to, closest first. */
export function findPluginModules(
  { source, repositoryRoot }: BundleInput,
  session: BundleSession,
): Promise<string[]> {
  const from = dirname(source.mainFile)
  return session.once(`plugins ${from}`, async () => {
    const found: string[] = []
    for (let dir = from; isInside(repositoryRoot, dir); dir = dirname(dir)) {
      const modules = join(dir, PLUGINS, 'node_modules')
      if (await session.isDirectory(modules)) found.push(modules)
      if (dir === repositoryRoot) break
    }
    return found
  })
}

/** Where such a file stands in a bundle whose imports are not rewritten: in the plain `node_modules` beside. */
export function toPlainModules(path: string): string {
  const marker = `${sep}${PLUGINS}${sep}node_modules${sep}`
  return path.includes(marker) ? path.replace(marker, `${sep}node_modules${sep}`) : path
}

/** A function that lives among those packages is a project of its own: it sees them, and paths start there. */
export function isolatePluginFunction(input: BundleInput): BundleInput {
  const { mainFile } = input.source
  const at = mainFile.indexOf(`${sep}${PLUGINS}${sep}node_modules${sep}`)
  if (at === -1) return input
  const root = join(mainFile.slice(0, at), PLUGINS)
  return { ...input, buildDir: root, repositoryRoot: root }
}
