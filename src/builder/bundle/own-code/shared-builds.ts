import { dirname, extname, relative, sep } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { buildWithGlobs, type MemoryBuild } from './glob-imports.ts'

/** What one function asks esbuild for. */
export type OneBuild = BuildOptions & { absWorkingDir: string; entryPoints: string[]; outfile: string }

/**
 * One call of esbuild for the functions that ask at about the same time and differ in their entry point only. It
 * reads, parses and resolves each file once, where a hundred functions would read a shared helper a hundred times.
 * Without code splitting esbuild links each entry point by itself, so each gets byte for byte what it would get alone.
 */
export interface SharedBuilds {
  /**
   * @param key equal for builds whose options mean the same for every entry point, but for imports of packages that
   * a plugin keeps by a relative path; undefined: alone.
   * @throws esbuild's BuildFailure, of this entry point only.
   */
  build(options: OneBuild, key: string | undefined): Promise<MemoryBuild>
}

/** Builds at once: esbuild works on some while others are still being read. */
const MOST_TOGETHER = 32
/** Builds that are asked for one after the other, each after a few reads, come closer than this. */
const WAIT_MS = 2

interface Waiting {
  options: OneBuild
  resolve(result: MemoryBuild | Promise<MemoryBuild>): void
}

export function createSharedBuilds(): SharedBuilds {
  const groups = new Map<string, { waiting: Waiting[]; timer: NodeJS.Timeout }>()

  function flush(key: string): void {
    const group = groups.get(key)
    groups.delete(key)
    clearTimeout(group?.timer)
    if (group !== undefined) void buildGroup(group.waiting) // never rejects: every build hears of its own end
  }

  return {
    build(options, key) {
      if (key === undefined) return buildWithGlobs(options)
      const { promise, resolve } = Promise.withResolvers<MemoryBuild>()
      const group = groups.get(key) ?? { waiting: [], timer: setTimeout(flush, WAIT_MS, key) }
      group.timer.refresh()
      groups.set(key, group)
      if (group.waiting.push({ options, resolve }) >= MOST_TOGETHER) flush(key)
      return promise
    },
  }
}

async function buildGroup(waiting: Waiting[]): Promise<void> {
  const all = waiting.map(({ options }) => options)
  // When something is wrong with one of them, each finds out alone what is wrong with it.
  const together = all.length === 1 ? undefined : await buildTogether(all).catch(() => undefined)
  for (const { options, resolve } of waiting)
    resolve((together && takePart(together, options, all[0]!)) ?? buildWithGlobs(options))
}

function buildTogether(all: OneBuild[]): Promise<MemoryBuild> {
  const { outfile, entryPoints: _, ...same } = all[0]!
  const extension = extname(outfile)
  return build({
    ...same,
    outdir: same.absWorkingDir,
    outExtension: { '.js': extension },
    entryPoints: all.map((one) => ({
      in: one.entryPoints[0]!,
      out: toOutputName(one).slice(0, -extension.length),
    })),
    write: false,
    metafile: true,
  })
}

/**
 * What a build of this function alone would have given, or undefined where it would have given something else: relative
 * imports were written for the folder of the `first`, whose plugins were asked.
 */
function takePart(
  { outputFiles, metafile, warnings, ...rest }: MemoryBuild,
  one: OneBuild,
  first: OneBuild,
): MemoryBuild | undefined {
  const { outfile } = one
  const name = toOutputName(one)
  const output = metafile.outputs[name]
  if (output?.entryPoint === undefined) return undefined
  const isBound = output.imports.some(({ path, external }) => external === true && path.startsWith('.'))
  if (isBound && dirname(outfile) !== dirname(first.outfile)) return undefined
  const reached = findReached(output.entryPoint, metafile.inputs)
  return {
    ...rest,
    outputFiles: outputFiles.filter(({ path }) => path === outfile || path === `${outfile}.map`),
    metafile: {
      inputs: Object.fromEntries([...reached].map((file) => [file, metafile.inputs[file]!])),
      outputs: { [name]: output },
    },
    // Those about other files, a tsconfig.json say, are everybody's.
    warnings: warnings.filter(({ location }) => {
      const file = location?.file ?? ''
      return reached.has(file) || metafile.inputs[file] === undefined
    }),
  }
}

/** As esbuild calls it: relative to the working directory, with forward slashes. */
function toOutputName({ absWorkingDir, outfile }: OneBuild): string {
  return relative(absWorkingDir, outfile).split(sep).join('/')
}

/** Everything that was read for an entry point, itself included. */
function findReached(entryPoint: string, inputs: Metafile['inputs']): Set<string> {
  const reached = new Set([entryPoint])
  for (const file of reached)
    for (const { path, external } of inputs[file]?.imports ?? [])
      if (external !== true && inputs[path] !== undefined) reached.add(path)
  return reached
}
