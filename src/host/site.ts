import { createHash } from 'node:crypto'
import { type Artifact, resolveFunction } from '../artifact/manifest/index.ts'
import { NO_RULES } from '../artifact/rules/index.ts'
import type { RoostError } from '../base/errors/index.ts'
import type { Project } from '../builder/project/index.ts'
import { createDeploy, type DeployFacts, type Site } from '../gateway/functions/index.ts'
import { readDeployFiles } from '../platform/blobs/index.ts'
import { type ArtifactOptions, type BuildInfo, prepareArtifact } from './artifact.ts'
import type { CallerSources } from './callers.ts'
import { describeContext, describeGaps } from './describe.ts'
import type { FunctionServices } from './function-services.ts'
import { toFunctionVersion } from './function-version.ts'
import type { Machine } from './machine.ts'
import type { MachineFeatures } from './machine-features.ts'
import { describeNetlifyOutput } from './netlify-build.ts'
import { identifySite } from './site-identity.ts'
import { openStaticFiles } from './static-files.ts'

// What lives as long as a deploy is served: nothing of it has to be closed.

/** A site before it has an address. */
export interface PreparedSite {
  readonly artifact: Artifact
  readonly project: Project
  readonly build: BuildInfo
  /** Functions that `allowBroken` left out. */
  readonly broken: readonly RoostError[]
  /**
   * The site as the gateway serves it at `url`, its public origin. From then on its functions have access to its Blobs
   * and cache.
   * @throws RoostErrors for routes that must not meet a request.
   */
  placeAt(url: string, place: { features: MachineFeatures; callers: CallerSources }): Site
}

export interface SiteOptions extends ArtifactOptions {
  /** What the deploy is and what it is for. What is left out comes from the project and its files. */
  deploy: Pick<DeployFacts, 'mode' | 'isPublished'> & Partial<DeployFacts>
}

/** What of a machine a site has to do with. */
export interface SiteGround
  extends Pick<Machine, 'settings' | 'answers' | 'httpCache' | 'dataDir' | 'files'> {
  readonly services: Pick<FunctionServices, 'admit' | 'fillDeployStore'>
}

/** Builds a project, or takes what an earlier build has left. @throws what builds and artifacts throw; NOT_OFFERED */
export async function prepareSite(
  project: Project,
  options: SiteOptions,
  machine: SiteGround,
): Promise<PreparedSite> {
  const identity = await identifySite(options.dir)
  const { artifact, build, broken } = await prepareArtifact(project, options, machine)
  const { functions } = artifact.manifest
  const staticSite = await openStaticFiles(options, project, machine.files)
  const deployFiles = await readDeployFiles(project.buildDir)
  const id = toDeployId(artifact, deployFiles?.digest)
  const facts: DeployFacts = { id, ...identity, context: project.context, ...options.deploy }
  const { siteId, siteName } = facts
  if (deployFiles !== undefined)
    await machine.services.fillDeployStore({ siteId, deployId: facts.id }, deployFiles)
  const isPrebuilt = options.prebuilt !== undefined
  for await (const note of describeNetlifyOutput(project, { isPrebuilt, deployFiles })) options.onNote(note)
  for (const note of describeContext(project, isPrebuilt)) options.onNote(note)
  for (const note of describeGaps(functions)) options.onNote(note)
  return {
    artifact,
    project,
    build,
    broken,
    placeAt(url, { features, callers }) {
      const { functionEnv } = options
      const { settings, answers, httpCache } = machine
      const resolved = functions.map((fn) => resolveFunction(fn, settings.limits))
      const versions = resolved.map((fn) =>
        toFunctionVersion(artifact, fn, { ...facts, url }, functionEnv, settings, features),
      )
      machine.services.admit(facts.id, { siteId, siteName, domain: new URL(url).host })
      return {
        deploy: createDeploy({
          facts,
          callers: callers.forSite(url),
          functions: resolved,
          versions: new Map(versions.map((version) => [version.name, version])),
          rules: artifact.manifest.rules,
          siteUrl: url,
          secretOf: (name) => findOwn(functionEnv, name) ?? findOwn(project.environment, name),
          staticSite,
          answers,
          cache: httpCache,
        }),
      }
    },
  }
}

/** Of variables with any name. `signed` of a rule reads those of netlify.toml too, which no function sees (D88). */
function findOwn(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined
}

/** The same files and rules are the same deploy: 24 hexadecimal digits, as Netlify's are. */
function toDeployId({ manifest }: Artifact, blobsDigest = ''): string {
  const hash = createHash('sha256').update(blobsDigest)
  for (const fn of manifest.functions) hash.update(`${fn.name}\0${fn.digest}\0`)
  const { redirects, headers, prettyUrls } = manifest.rules ?? NO_RULES
  // Where a rule stands changes nothing.
  for (const { source: _, ...rule } of [...redirects, ...headers]) hash.update(`${JSON.stringify(rule)}\0`)
  if (!prettyUrls) hash.update('without pretty URLs')
  return hash.digest('hex').slice(0, 24)
}
