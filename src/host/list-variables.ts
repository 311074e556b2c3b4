import { listBuildPaths, type ProjectFiles } from '../builder/project/index.ts'
import { type GivenOrigin, type GivenVariable, placeVariables, siteVariables } from './function-env.ts'
import { identifySite } from './site-identity.ts'

/** A variable that functions of a project see, or that somebody might expect them to see. */
export interface ListedVariable {
  readonly name: string
  /** Undefined: it is another one for each function or instance, is a secret, or is not seen. */
  readonly value: string | undefined
  readonly origin: VariableOrigin
}

export type VariableOrigin =
  | GivenOrigin
  /** Roost's own, `each`: with another value for each function. */
  | { readonly kind: 'roost'; readonly each: boolean }
  /** Access to Blobs and purge, made for each instance: it is not shown to anybody. */
  | { readonly kind: 'secret' }
  /** Of netlify.toml: for builds, no function sees it (D7, D88). */
  | { readonly kind: 'toml'; readonly file: string; readonly line: number }

/** Set for functions that reach the network and are no programs (runtime.md §13.4). */
const SECRETS = ['NETLIFY_BLOBS_CONTEXT', 'NETLIFY_PURGE_API_TOKEN']

export interface ListVariablesOptions {
  /** As `serve` is given it: the ID of a site that is not linked is made of it. */
  dir: string
  files: ProjectFiles
  given: ReadonlyMap<string, GivenVariable>
  /** The site's public origin, if the settings say it. */
  url: string | undefined
}

/** What a start with the same flags would give to functions, from the code that gives it. */
export async function listVariables({
  dir,
  files,
  given,
  url,
}: ListVariablesOptions): Promise<ListedVariable[]> {
  const site = siteVariables({ ...(await identifySite(dir)), url: url ?? '' })
  const own = placeVariables({ name: '', memory: '', folder: '' })
  const listed = new Map<string, ListedVariable>()
  const add = (name: string, value: string | undefined, origin: VariableOrigin): void => {
    // What is not known is another value each time.
    listed.set(name, { name, value: value === '' && origin.kind === 'roost' ? undefined : value, origin })
  }
  // In the order in which a function gets them: what comes later wins.
  for (const [name, value] of Object.entries(site)) add(name, value, { kind: 'roost', each: false })
  for (const [name, { value, origin }] of given) add(name, value, origin)
  for (const [name, value] of Object.entries(own)) add(name, value, { kind: 'roost', each: true })
  for (const name of SECRETS) add(name, undefined, { kind: 'secret' })
  return [...listed.values(), ...listTomlVariables(files)]
}

/** Of the deploy context, with the places that count for it. */
function listTomlVariables({ project, toml }: ProjectFiles): ListedVariable[] {
  if (toml === undefined) return []
  return Object.keys(project.environment).map((name) => {
    const paths = listBuildPaths(project.contexts, 'environment', name)
    const place = paths
      .map((path) => toml.findPlace(path, { exact: true }))
      .find((found) => found !== undefined)
    return { name, value: undefined, origin: { kind: 'toml', file: toml.file, line: place?.line ?? 1 } }
  })
}
