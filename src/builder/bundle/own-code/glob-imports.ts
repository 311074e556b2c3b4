import { extname } from 'node:path'
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  build,
  type Loader,
  type Message,
} from 'esbuild'
import { readWritten } from './location.ts'

/**
 * esbuild expands `require("./lang/" + name)` to a table of the matching files, by full name. Node's `require` also
 * finds `en.js`, `en.json`, `en/index.js` and `en/index.json` for `en`, and so does Netlify's bundler (build.md
 * §11.3): the look-up that esbuild emits is made to try them too.
 */
export function relaxGlobLookup(code: string): string {
  return code.replace(
    /(var __glob = \(map\) => \(path\) => \{\n\s*var fn = )map\[path\];/,
    '$1["", ".js", ".json", "/index.js", "/index.json"].map((end) => map[path + end]).find(Boolean);',
  )
}

/**
 * Builds in memory. When all that stands in the way is files which only such an expression brought in and which
 * esbuild cannot bundle, a README beside the languages say, it builds again with those empty.
 */
export async function buildWithGlobs(options: BuildOptions): Promise<MemoryBuild> {
  const inMemory = { ...options, write: false, metafile: true } as const
  try {
    return await build(inMemory)
  } catch (failure) {
    const loader = findGlobLoaders(failure)
    if (loader === undefined) throw failure
    return await build({ ...inMemory, loader })
  }
}

export type MemoryBuild = BuildResult<{ write: false; metafile: true }>

function findGlobLoaders(failure: unknown): Record<string, Loader> | undefined {
  const errors = (failure as Partial<BuildFailure>).errors ?? []
  const loaders: Record<string, Loader> = {}
  for (const error of errors) {
    const extension = readExtension(error)
    if (extension === undefined) return undefined
    loaders[extension] = 'empty'
  }
  return errors.length > 0 ? loaders : undefined
}

/** An import that was written out names the file; one that was expanded does not. */
function readExtension({ text, location }: Message): string | undefined {
  const file = /^No loader is configured for "[^"]*" files: (.+)$/.exec(text)?.[1]
  if (file === undefined || location === null) return undefined
  return readWritten(location).includes(extname(file)) ? undefined : extname(file)
}
