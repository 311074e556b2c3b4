import { createHash, randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Boundary } from '../project/index.ts'
import { createFileTable, type FileTable, type KnownFile } from './file-table.ts'
import { type ConfigFiles, findSurroundings } from './surroundings.ts'

export const CACHE_NAME = '.build-cache.json'

/** What is remembered of a function between builds; `T` is what the caller wants back. */
interface Entry<T> {
  /** Hash over everything that is not a file: options, configuration, tools. */
  key: string
  /** Indices into `paths`. */
  files: number[]
  dirs: number[]
  result: T
}

interface Stored<T> {
  /** Paths once, since a hundred functions share most of them. */
  paths: string[]
  files: Record<number, KnownFile>
  dirs: Record<number, string>
  entries: Record<string, Entry<T>>
}

/**
 * One build's view of what earlier builds left in an artifact's folder. A result is found again when its key is the
 * same and every file and folder it depended on has the content it had; then bundling would give the same bytes.
 */
export interface BuildCache<T> {
  readonly table: FileTable
  find(name: string, key: string): Promise<T | undefined>
  /**
   * To be called when `result` is complete. `inputs` are absolute.
   * @throws LINK_OUTSIDE_REPOSITORY for configuration files that were read with them.
   */
  remember(name: string, key: string, inputs: Iterable<string>, result: T): Promise<void>
  /** Writes down what was found or remembered, and forgets the rest. */
  save(): Promise<void>
}

export async function openBuildCache<T>(dir: string, boundary: Boundary): Promise<BuildCache<T>> {
  const file = join(dir, CACHE_NAME)
  const stored = await readStored<T>(file)
  const known = new Map(
    Object.entries(stored.files).map(([id, state]) => [stored.paths[Number(id)] ?? '', state]),
  )
  const table = createFileTable(known)
  const configFiles = new Map<string, Promise<ConfigFiles>>()
  const entries = new Map<string, { key: string; files: string[]; dirs: string[]; result: T }>()

  async function isUnchanged(entry: Entry<T>): Promise<boolean> {
    const files = entry.files.map(async (id) => {
      const now = await table.hash(stored.paths[id] ?? '')
      return now?.sha256 === stored.files[id]?.[3]
    })
    const dirs = entry.dirs.map(
      async (id) => (await table.hashNames(stored.paths[id] ?? '')) === stored.dirs[id],
    )
    return (await Promise.all([...files, ...dirs])).every(Boolean)
  }

  return {
    table,
    async find(name, key) {
      const entry = Object.hasOwn(stored.entries, name) ? stored.entries[name] : undefined
      if (entry === undefined || entry.key !== key || !(await isUnchanged(entry))) return undefined
      const toPaths = (ids: number[]) => ids.map((id) => stored.paths[id] ?? '')
      entries.set(name, { key, files: toPaths(entry.files), dirs: toPaths(entry.dirs), result: entry.result })
      return entry.result
    },
    async remember(name, key, inputs, result) {
      const around = await findSurroundings(inputs, boundary.root, configFiles)
      for (const file of around.chosen) boundary.check(file, name)
      const files = [...new Set([...inputs, ...around.files])]
      // A file saved while we read it: nobody knows which of its contents went into the bundle.
      const isRacy = await Promise.all(files.map((path) => table.isRacy(path)))
      if (!isRacy.includes(true)) entries.set(name, { key, files, dirs: [...around.dirs], result })
    },
    async save() {
      const temporary = `${file}.${randomBytes(6).toString('hex')}`
      try {
        await writeFile(temporary, JSON.stringify(await pack(entries, table)))
        await rename(temporary, file)
      } finally {
        await rm(temporary, { force: true })
      }
    },
  }
}

/** sha256 over anything that JSON can say. */
export function hashKey(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

async function pack<T>(
  entries: Map<string, { key: string; files: string[]; dirs: string[]; result: T }>,
  table: FileTable,
): Promise<Stored<T>> {
  const ids = new Map<string, number>()
  const toId = (path: string): number => {
    const known = ids.get(path)
    if (known !== undefined) return known
    ids.set(path, ids.size)
    return ids.size - 1
  }
  const stored: Stored<T> = { paths: [], files: {}, dirs: {}, entries: {} }
  for (const [name, { key, files, dirs, result }] of entries)
    stored.entries[name] = { key, files: files.map(toId), dirs: dirs.map(toId), result }
  const all = [...entries.values()]
  const known = await table.known(new Set(all.flatMap((entry) => entry.files)))
  for (const [path, state] of known) stored.files[toId(path)] = state
  for (const dir of new Set(all.flatMap((entry) => entry.dirs))) {
    const names = await table.hashNames(dir)
    if (names !== undefined) stored.dirs[toId(dir)] = names
  }
  stored.paths = [...ids.keys()]
  return stored
}

async function readStored<T>(file: string): Promise<Stored<T>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Stored<T>
  } catch {
    return { paths: [], files: {}, dirs: {}, entries: {} } // none yet, or damaged: build everything
  }
}
