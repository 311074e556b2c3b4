import type { Settings } from '../base/settings/index.ts'
import type { Artifact } from '../build/artifact/index.ts'
import { createDeploy, type Deploy } from '../gateway/serve/index.ts'
import type { StaticSite } from '../gateway/static/index.ts'
import type { AnswerStore } from '../platform/answers/index.ts'
import { type DeployIdentity, toFunctionVersion } from './function-version.ts'
import type { Machine } from './machine.ts'

/** An artifact as the gateway serves it. @throws RoostErrors for routes that must not meet a request. */
export function toDeploy(
  artifact: Artifact,
  identity: DeployIdentity,
  functionEnv: Readonly<Record<string, string>>,
  settings: Settings,
  staticSite: StaticSite | undefined,
  machine: Machine,
  answers: AnswerStore,
): Deploy {
  const { functions } = artifact.manifest
  return createDeploy({
    id: identity.deployId,
    siteId: identity.siteId,
    siteName: identity.siteName,
    functions,
    versions: new Map(
      functions.map((fn) => [
        fn.name,
        toFunctionVersion(artifact, fn, identity, functionEnv, settings, machine),
      ]),
    ),
    staticSite,
    limits: settings.limits,
    answers,
  })
}
