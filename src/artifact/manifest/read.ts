import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { RoostError } from '../../base/errors/index.ts'
import { isBelow } from '../../base/lib/index.ts'
import { checkFunctionFolder } from './check-folder.ts'
import { type Manifest, manifestSchema } from './manifest.ts'

export const MANIFEST_NAME = 'manifest.json'

export interface Artifact {
  /** Absolute path of the artifact's folder. */
  dir: string
  manifest: Manifest
}

/**
 * Loads an artifact and checks its manifest, which may come from anywhere: no path in it, and no
 * link in a function's folder, leads outside that folder.
 * @throws ARTIFACT_INVALID with the reason.
 */
export async function readArtifact(dir: string): Promise<Artifact> {
  const path = join(dir, MANIFEST_NAME)
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new RoostError('ARTIFACT_INVALID', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'Build the project with "roost build" first.',
      cause,
    })
  }
  const result = v.safeParse(manifestSchema, json)
  if (!result.success) {
    const issue = result.issues[0]
    throw new RoostError(
      'ARTIFACT_INVALID',
      `${path}: ${v.getDotPath(issue) ?? 'manifest'}: ${issue.message}`,
      {
        hint: 'Build the project again with this version of Roost.',
      },
    )
  }
  const manifest = result.output
  const names = new Set<string>()
  for (const fn of manifest.functions) {
    if (names.has(fn.name))
      throw new RoostError('ARTIFACT_INVALID', `${path}: two functions are called "${fn.name}"`)
    names.add(fn.name)
    const folder = resolve(dir, fn.dir)
    for (const [part, holder] of [
      [fn.dir, dir],
      [fn.entry, folder],
      [fn.cwd ?? fn.entry, folder],
    ] as const)
      if (!isBelow(holder, resolve(holder, part)))
        throw new RoostError(
          'ARTIFACT_INVALID',
          `${path}: "${part}" of function "${fn.name}" lies outside its folder`,
        )
    checkFunctionFolder(resolve(dir), folder)
  }
  return { dir: resolve(dir), manifest }
}
