import { join, resolve } from 'node:path'

/** What Roost writes into a project, relative to it (D22). */
export const OWN_FOLDER = '.netlify/roost'
export const BUILD_FOLDER = `${OWN_FOLDER}/build`
export const CHECK_FOLDER = `${OWN_FOLDER}/check`
export const DATA_FOLDER = `${OWN_FOLDER}/data`

/** The folder of `--data`, else the one in the project. Absolute. */
export function locateDataDir(projectDir: string, given?: string): string {
  return resolve(given ?? join(projectDir, DATA_FOLDER))
}
