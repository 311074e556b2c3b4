import { isAbsolute, relative, resolve } from 'node:path'
import type { BuildFailure, Location, Message, Metafile } from 'esbuild'
import { RoostError, RoostErrors } from '../../../base/errors/index.ts'
import type { BuildWarning } from '../../project/index.ts'
import type { BundleInput } from '../bundler.ts'
import { describeInstall } from '../install-command.ts'
import { toPosix } from '../layout.ts'
import { findPackageDir, toPackageName } from '../packages.ts'
import { readOutsideError } from './boundary-plugin.ts'
import { readPlace, showPlace } from './location.ts'

/** As many as esbuild shows of one function (build.md §11.3). */
const MAX_SHOWN = 10

/** What esbuild could not do, as errors that say which function, which file and line, and the next step. */
export function toBuildErrors(failure: unknown, input: BundleInput): RoostErrors {
  if (!isBuildFailure(failure)) throw failure
  const shown = failure.errors.slice(0, MAX_SHOWN)
  return new RoostErrors(shown.map((message) => toBuildError(message, input, failure)))
}

/** esbuild makes a second output of styles, which nobody would load: an error, as on Netlify (build.md §11.2). */
export function refuseStyles({ inputs }: Metafile, { source, repositoryRoot }: BundleInput): void {
  for (const [file, { imports }] of Object.entries(inputs))
    for (const { path, original } of imports)
      if (inputs[path] !== undefined && path.endsWith('.css'))
        throw new RoostError(
          'BUNDLE_FAILED',
          `"${source.name}" cannot be bundled: ${file} imports "${original ?? path}", but a function cannot import stylesheets.`,
          {
            hint: 'Remove the import, or read the file at run time.',
            details: { functionName: source.name, bundler: 'esbuild', file: resolve(repositoryRoot, file) },
          },
        )
}

/**
 * esbuild's warnings about the user's own files; those about packages help nobody. `import.meta` in CommonJS gets one
 * warning with the way out (build.md §10, case 103).
 */
export function toBuildWarnings(messages: readonly Message[], input: BundleInput): BuildWarning[] {
  const own = messages.filter((message) => !message.location?.file.includes('node_modules/'))
  const importMeta = own.find(isImportMeta)
  const others = own
    .filter((message) => !isImportMeta(message))
    .map((message) => toBuildWarning(message, input))
  if (importMeta === undefined) return others
  return [
    ...others,
    {
      ...toBuildWarning(importMeta, input),
      code: 'IMPORT_META_EMPTY',
      message: `import.meta is empty in "${input.source.name}", which is compiled to CommonJS. Use __dirname and __filename, or name the file .mts or .mjs.`,
    },
  ]
}

function isImportMeta(message: Message): boolean {
  return message.id === 'empty-import-meta'
}

function toBuildWarning({ id, text, location }: Message, input: BundleInput): BuildWarning {
  return {
    code: 'ESBUILD_WARNING',
    functionName: input.source.name,
    message: id === '' ? text : `${text} (esbuild: ${id})`,
    ...(location && toPlace(location, input)),
  }
}

/** esbuild names files relative to its working directory. */
function toPlace(location: Location, { repositoryRoot }: BundleInput) {
  return { file: resolve(repositoryRoot, location.file), ...readPlace(location) }
}

function toBuildError(message: Message, input: BundleInput, cause: BuildFailure): RoostError {
  const outside = readOutsideError(message, input)
  if (outside !== undefined) return outside
  const name = input.source.name
  const { location, text } = message
  const place = location === null ? '' : ` (${showPlace(location)})`
  const details: Record<string, unknown> & { file?: string } = {
    functionName: name,
    bundler: 'esbuild',
    reason: text,
    ...(location && { ...toPlace(location, input), lineText: location.lineText }),
  }
  const specifier = /^Could not resolve "(.+?)"/.exec(text)?.[1]
  if (specifier !== undefined)
    return describeMissingImport(specifier, place, { ...details, specifier }, input, cause)
  return new RoostError('BUNDLE_FAILED', `"${name}" cannot be bundled: ${text}${place}.`, {
    hint: findHint(text) ?? describeExternal(details.file ?? '', input),
    details,
    cause,
  })
}

function describeMissingImport(
  specifier: string,
  place: string,
  details: Record<string, unknown> & { file?: string },
  input: BundleInput,
  cause?: unknown,
): RoostError {
  const isLocal = specifier.startsWith('.') || isAbsolute(specifier)
  const importer = details.file ?? input.source.mainFile
  return new RoostError(
    'BUNDLE_IMPORT_MISSING',
    `"${input.source.name}" imports "${specifier}", which ${isLocal ? 'does not exist' : 'is not installed'}${place}.`,
    {
      hint: isLocal
        ? 'Correct the path or add the file.'
        : [describeInstall(specifier, importer, input), describeExternal(importer, input)].join(' ').trim(),
      details,
      cause,
    },
  )
}

/** What helps when a package cannot be bundled, or imports what it can do without: to ship it as it is. */
function describeExternal(file: string, { source, repositoryRoot }: BundleInput): string | undefined {
  const dir = findPackageDir(file)
  if (dir === undefined) return undefined
  const name = toPackageName(toPosix(relative(repositoryRoot, dir)).replace(/^.*node_modules\//, ''))
  return `If "${name}" works anyway, add external_node_modules = ["${name}"] to [functions."${source.name}"] in netlify.toml: Roost then ships it unbundled.`
}

function findHint(text: string): string | undefined {
  if (text.includes('Top-level await'))
    return 'Name the file .mjs or .mts, or set "type": "module" in package.json: only ES modules can use top-level await.'
  if (text.includes('No loader is configured'))
    return 'Read the file at run time instead (new URL("./file", import.meta.url)), or list it in included_files.'
  return undefined
}

function isBuildFailure(failure: unknown): failure is BuildFailure {
  return failure instanceof Error && Array.isArray((failure as Partial<BuildFailure>).errors)
}
