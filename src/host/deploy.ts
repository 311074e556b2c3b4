import type { Settings } from '../base/settings/index.ts'
import type { Artifact } from '../build/artifact/index.ts'
import { type Callers, createDeploy, type Deploy } from '../gateway/serve/index.ts'
import type { StaticSite } from '../gateway/static/index.ts'
import type { AnswerStore } from '../platform/answers/index.ts'
import { type PlacedDeploy, toFunctionVersion } from './function-version.ts'
import type { Machine } from './machine.ts'

/** An artifact as the gateway serves it. @throws RoostErrors for routes that must not meet a request. */
export function toDeploy(
  artifact: Artifact,
  { url, ...facts }: PlacedDeploy,
  callers: Callers,
  functionEnv: Readonly<Record<string, string>>,
  settings: Settings,
  staticSite: StaticSite | undefined,
  machine: Machine,
  answers: AnswerStore,
): Deploy {
  const { functions } = artifact.manifest
  return createDeploy({
    facts,
    callers,
    functions,
    versions: new Map(
      functions.map((fn) => [
        fn.name,
        toFunctionVersion(artifact, fn, { ...facts, url }, functionEnv, settings, machine),
      ]),
    ),
    staticSite,
    limits: settings.limits,
    answers,
  })
}
