import { isRoostError, RoostErrors } from '../../src/base/errors/index.ts'
import { type FunctionConfig, resolveFunctionConfig } from '../../src/builder/config/index.ts'
import { type Discovery, discoverFunctions } from '../../src/builder/discover/index.ts'
import { type FindProjectOptions, findProject } from '../../src/builder/project/index.ts'
import { type ProjectFiles, writeProject } from './project-files.ts'

/** The front half of a build over real files: what is found, and what is configured for each function. */
export async function discover(files: ProjectFiles, options: FindProjectOptions = {}): Promise<Discovery> {
  return discoverFunctions(await findProject(await writeProject(files), options))
}

export interface Reading {
  config: FunctionConfig
  warnings: string[]
  notes: string[]
}

/** Everything that one function of a project is configured with. The files need no `netlify.toml`. */
export async function readFunction(
  files: ProjectFiles,
  name: string,
  options: FindProjectOptions = {},
): Promise<Reading> {
  const project = await findProject(await writeProject(files), options)
  const { functions } = await discoverFunctions(project)
  const source = functions.find((candidate) => candidate.name === name)
  if (source === undefined)
    throw new Error(`no function "${name}" among ${functions.map((one) => one.name).join(', ')}`)
  const { config, warnings, analysis } = await resolveFunctionConfig(source, project)
  return {
    config,
    warnings: warnings.map(({ code }) => code),
    notes: analysis?.notes.map(({ code }) => code) ?? [],
  }
}

/** The same of one function's source text, in `netlify/functions/fn.EXTENSION`. */
export function readSource(source: string, { extension = 'mts', toml = '' } = {}): Promise<Reading> {
  return readFunction({ 'netlify.toml': toml, [`netlify/functions/fn.${extension}`]: source }, 'fn')
}

export interface Refusal {
  code: string
  message: string
  line?: unknown
  key?: unknown
}

/** What a build refuses, in order: every error of what the promise is rejected with. Fails when it is not rejected. */
export async function refusalsOf(promise: Promise<unknown>): Promise<Refusal[]> {
  const reason: unknown = await promise.then(
    (value) => {
      throw new Error(`expected a refusal, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
  const errors = reason instanceof RoostErrors ? reason.errors : isRoostError(reason) ? [reason] : []
  if (errors.length === 0) throw reason
  return errors.map(({ code, message, details }) => ({ code, message, line: details.line, key: details.key }))
}
