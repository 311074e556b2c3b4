import { join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { readIfThere } from './folders.ts'
import { type ConfigLayer, mergeDeep, toLayer } from './layers.ts'
import { isTable } from './schema.ts'

const FILES = ['.netlify/v1/config.json', '.netlify/deploy/v1/config.json']

/**
 * Lays what a framework wrote (build.md §5.5) below what the user wrote: the user's values win, arrays are joined with
 * the user's entries first; only `redirects!` goes above. Properties that a framework may not set are dropped.
 * @throws CONFIG_SYNTAX when the file is no JSON object.
 */
export async function applyFrameworksApi(user: ConfigLayer, buildDir: string): Promise<ConfigLayer> {
  const found = await readConfig(buildDir)
  if (found === undefined) return user
  const { redirects, headers, images, build, functions } = found
  const layer = toLayer({ functions })
  const own = isTable(build) ? build : {}
  for (const key of ['publish', 'functions']) if (typeof own[key] === 'string') layer.build[key] = own[key]
  for (const [key, value] of Object.entries({ redirects, headers }))
    if (Array.isArray(value)) layer.rest[key] = value
  if (isTable(images) && Array.isArray(images.remote_images))
    layer.rest.images = { remote_images: images.remote_images }
  const merged = mergeDeep(layer, user, 'concat')
  const first = found['redirects!']
  if (!Array.isArray(first)) return merged
  const rules = Array.isArray(merged.rest.redirects) ? (merged.rest.redirects as unknown[]) : []
  return { ...merged, rest: { ...merged.rest, redirects: [...first, ...rules] } }
}

async function readConfig(buildDir: string): Promise<Record<string, unknown> | undefined> {
  for (const name of FILES) {
    const file = join(buildDir, name)
    const text = await readIfThere(file)
    if (text === undefined) continue
    try {
      const data: unknown = JSON.parse(text)
      if (isTable(data)) return data
      throw new TypeError('it is no object')
    } catch (cause) {
      throw new RoostError(
        'CONFIG_SYNTAX',
        `${file}: the platform configuration written by your framework cannot be read: ${(cause as Error).message}`,
        { hint: "Run the framework's build again; the file is its output.", details: { file }, cause },
      )
    }
  }
  return undefined
}
