import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monotonicNow } from '../base/lib/index.ts'
import { createHostMemory } from '../base/memory/index.ts'
import type { Settings } from '../base/settings/index.ts'
import { HttpCache } from '../gateway/cache/index.ts'
import { type AskedRequest, createGateway } from '../gateway/functions/index.ts'
import { FileDelivery } from '../gateway/static/index.ts'
import type { Explanation } from '../gateway/trace/index.ts'
import { AnswerStore } from '../platform/answers/index.ts'
import { findServedProject } from './artifact.ts'
import { openCallers } from './callers.ts'
import { DEFAULT_PORT } from './listen.ts'
import { PLAIN_FEATURES } from './machine-features.ts'
import { PUBLISHED } from './serve.ts'
import { prepareSite, type SiteOptions } from './site.ts'

export interface ExplainOptions extends Omit<SiteOptions, 'context' | 'deploy'> {
  settings: Settings
}

/**
 * Builds a project as `serve` does and says what would become of a request (D110): without a listener, an instance, a
 * sandbox or a data folder.
 * @throws what builds and artifacts throw; REQUEST_INVALID for what is not a request.
 */
export async function explainProject(options: ExplainOptions, asked: AskedRequest): Promise<Explanation> {
  if (options.prebuilt === undefined) return explain(options, asked, NO_FOLDER)
  // The build of other tools is converted before it is read.
  const folder = await mkdtemp(join(tmpdir(), 'roost-why-'))
  try {
    return await explain(options, asked, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function explain(given: ExplainOptions, asked: AskedRequest, dataDir: string): Promise<Explanation> {
  const options = { ...given, context: given.settings.context, deploy: PUBLISHED }
  const { settings, log } = options
  const project = await findServedProject(options)
  const answers = new AnswerStore({ maxBytes: settings.limits.cacheBytes })
  const prepared = await prepareSite(project, options, {
    settings,
    answers,
    httpCache: settings.limits.cacheBytes > 0 ? new HttpCache(answers) : undefined,
    dataDir,
    files: new FileDelivery(),
    services: NOBODY,
  })
  const url = settings.url ?? `http://localhost:${settings.port || DEFAULT_PORT}`
  const callers = await openCallers(settings, options)
  const site = prepared.placeAt(url, { features: PLAIN_FEATURES, callers })
  const gateway = createGateway({
    findSite: () => site,
    dispatch: refuseToRun,
    background: refuseToRun,
    limits: settings.limits,
    memory: createHostMemory(settings.limits, { clock: monotonicNow, log }),
    trustedHops: settings.trustedHops,
    showTraces: false,
    clock: monotonicNow,
    log,
  })
  return gateway.explain(url, asked)
}

/** Only a build that is converted is put anywhere. */
const NO_FOLDER = ''

/** No function runs, so none is given access to anything. */
const NOBODY = { admit: () => undefined, fillDeployStore: async () => undefined }

function refuseToRun(): never {
  throw new Error('nothing is run for an explanation')
}
