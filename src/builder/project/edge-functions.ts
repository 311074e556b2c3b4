import { readdir } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import type { BuildWarning } from './build-warning.ts'
import { kindOf, readIfThere, resolveIn } from './folders.ts'
import { FRAMEWORK_CONFIG_FILES } from './frameworks-api.ts'
import type { Project } from './project.ts'
import { parseToml } from './read-toml.ts'
import { isTable } from './schema.ts'

/** Code that Netlify would run at the edge: middleware, guards. Nothing here runs it. */
export interface EdgeFunctions extends BuildWarning {
  code: 'EDGE_FUNCTIONS_NOT_OFFERED'
  /** The folder, manifest or configuration file that has them, absolute. */
  file: string
}

/**
 * Every place of a project that has edge functions, or cannot be read and so may have some: one that is overlooked is
 * a guard that is skipped (D54, D127). A source folder counts by its code files, a generated one by what its
 * manifest declares and by code that configures itself: the Next.js plugin leaves an empty manifest where there is
 * nothing to run.
 */
export async function findEdgeFunctions(project: Project): Promise<EdgeFunctions[]> {
  const { buildDir, config } = project
  const configured = (config.build as { edge_functions?: unknown }).edge_functions
  const isNamed = typeof configured === 'string' && configured.trim() !== ''
  const found = await Promise.all([
    readSources(resolveIn(buildDir, isNamed ? configured : 'netlify/edge-functions')),
    ...GENERATED.map((dir) => readGenerated(join(buildDir, dir))),
    readDeclarations(project),
    readFrameworkConfig(buildDir),
    readNextMiddleware(buildDir),
  ])
  return found.flat().map(({ file, line, holds }) => ({
    code: 'EDGE_FUNCTIONS_NOT_OFFERED',
    file,
    ...(line !== undefined && { line }),
    message: `${relative(project.root, file)}${line === undefined ? '' : `:${line}`} ${holds}. ${ADVICE}`,
  }))
}

const ADVICE =
  'Edge functions and middleware do not run here: what they guard would be open. Write what they do as functions with a path.'

interface Found {
  file: string
  line?: number
  /** What follows the file's name in the sentence. */
  holds: string
}

/** Where frameworks and Netlify's own bundler put them (build.md §1, dev-and-edge.md §1.3). */
const GENERATED = [
  '.netlify/edge-functions',
  '.netlify/v1/edge-functions',
  '.netlify/deploy/v1/edge-functions',
  '.netlify/edge-functions-dist',
]
const CODE = new Set(['.js', '.jsx', '.mjs', '.cjs', '.ts', '.tsx', '.mts', '.cts'])
const OWN_CONFIG = /\bexport\s+(?:const|let|var)\s+config\b|\bexport\s*\{[^}]*\bconfig\b/

async function readSources(dir: string): Promise<Found[]> {
  if ((await kindOf(dir)) === 'file') return [{ file: dir, holds: 'may hold edge functions' }]
  const files = await listCode(dir)
  return files === 'unreadable'
    ? [{ file: dir, holds: 'cannot be read and may hold edge functions' }]
    : describeList(dir, files)
}

async function readGenerated(dir: string): Promise<Found[]> {
  const manifest = join(dir, 'manifest.json')
  const files = await listCode(dir)
  if (files === 'unreadable') return [{ file: dir, holds: 'cannot be read and may hold edge functions' }]
  let declared: string[] | undefined
  try {
    const text = await readIfThere(manifest)
    declared = text === undefined ? undefined : readManifest(JSON.parse(text))
  } catch {
    return [{ file: manifest, holds: 'cannot be read and may declare edge functions' }]
  }
  if (declared !== undefined && declared.length > 0) return describeList(manifest, declared, 'declares')
  const counting = declared === undefined ? files : await filter(files, (file) => hasConfig(join(dir, file)))
  return describeList(dir, counting)
}

/** Names of the functions that a manifest declares, of a framework's or of Netlify's bundler. @throws when it is neither. */
function readManifest(json: unknown): string[] {
  if (!isTable(json)) throw new TypeError('it is not an object')
  const lists = ['functions', 'routes', 'post_cache_routes'].map((key) => json[key] ?? [])
  if (!lists.every(Array.isArray) || (json.functions === undefined && json.routes === undefined))
    throw new TypeError('it has no list of functions')
  const names = lists.flat().map((one: unknown) => (isTable(one) ? String(one.function ?? one.name) : '?'))
  return [...new Set(names)]
}

async function hasConfig(file: string): Promise<boolean> {
  return OWN_CONFIG.test((await readIfThere(file)) ?? '')
}

async function readDeclarations({ config, configFile, buildDir }: Project): Promise<Found[]> {
  const declared = config.edge_functions
  if (declared === undefined || (Array.isArray(declared) && declared.length === 0)) return []
  const file = configFile ?? join(buildDir, 'netlify.toml')
  const place = parseToml((await readIfThere(file)) ?? '', file).findPlace(['edge_functions'])
  return [{ file, holds: 'declares edge functions', ...(place && { line: place.line }) }]
}

/** A framework's own configuration may declare them too; what of it Roost uses is read elsewhere. */
async function readFrameworkConfig(buildDir: string): Promise<Found[]> {
  for (const name of FRAMEWORK_CONFIG_FILES) {
    const text = await readIfThere(join(buildDir, name))
    if (text === undefined) continue
    const data: unknown = JSON.parse(text) // findProject has read it already: it is JSON
    const declared = isTable(data) ? data.edge_functions : undefined
    const isEmpty = declared === undefined || (Array.isArray(declared) && declared.length === 0)
    return isEmpty ? [] : [{ file: join(buildDir, name), holds: 'declares edge functions' }]
  }
  return []
}

/** Next.js has one such file; built by Netlify's tools it is an edge function, built otherwise nobody runs it. */
async function readNextMiddleware(buildDir: string): Promise<Found[]> {
  const text = (await readIfThere(join(buildDir, 'package.json'))) ?? ''
  if (!/"next"\s*:/.test(text)) return []
  const own = await listNames(buildDir)
  const configs = own.filter((name) => /^next\.config\.[cm]?[jt]s$/.test(name))
  const texts = await Promise.all(configs.map((name) => readIfThere(join(buildDir, name))))
  const pattern = texts.some((config) => config?.includes('pageExtensions')) ? ANY_ENDING : MIDDLEWARE
  const inSrc = (await listNames(join(buildDir, 'src'))).map((name) => `src/${name}`)
  const named = [...own, ...inSrc].filter((name) => isCode(name) && pattern.test(basename(name)))
  const there = await filter(named, async (name) => (await kindOf(join(buildDir, name))) === 'file')
  return there.map((name) => ({ file: join(buildDir, name), holds: 'holds the middleware of Next.js' }))
}

/** `page` is the ending that Next.js suggests for `pageExtensions`, which may be set where nobody looks. */
const MIDDLEWARE = /^(?:middleware|proxy)(?:\.page)?\.[^.]+$/
/** With `pageExtensions` the file has one of its endings; those of tests are not among them. */
const ANY_ENDING = /^(?:middleware|proxy)(?:\.(?!test\.|spec\.)[^.]+)+$/

async function listNames(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch {
    return [] // no such folder; what may not be read, Next.js cannot build
  }
}

async function listCode(dir: string): Promise<string[] | 'unreadable'> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true })
    const counting = await filter(entries, async (entry) => {
      if (entry.isDirectory()) return false
      // What is in a folder behind a link is not listed, but is there.
      const isLink = entry.isSymbolicLink()
      return (
        isCode(entry.name) || (isLink && (await kindOf(join(entry.parentPath, entry.name))) === 'directory')
      )
    })
    return counting.map((entry) => relative(dir, join(entry.parentPath, entry.name))).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? [] : 'unreadable'
  }
}

function isCode(name: string): boolean {
  return CODE.has(extname(name)) && !/\.d\.[mc]?ts$/.test(name)
}

const SHOWN = 5

function describeList(file: string, names: readonly string[], verb = 'holds'): Found[] {
  if (names.length === 0) return []
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
  return [{ file, holds: `${verb} edge functions (${names.slice(0, SHOWN).join(', ')}${more})` }]
}

async function filter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const results = await Promise.all(items.map(test))
  return items.filter((_, index) => results[index])
}
